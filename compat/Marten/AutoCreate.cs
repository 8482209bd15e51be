namespace JasperFx;

/// <summary>What a store may do to the database's tables.</summary>
public enum AutoCreate
{
    /// <summary>Create what is missing. This stand-in never drops anything: it refuses a table that lacks a column it cannot add.</summary>
    All = 0,

    /// <summary>Create what is missing, never drop anything.</summary>
    CreateOrUpdate = 1,

    /// <summary>Leave the database alone.</summary>
    None = 3
}
