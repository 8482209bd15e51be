namespace Weasel.Core;

/// <summary>How enums are written to JSON.</summary>
public enum EnumStorage
{
    AsInteger,
    AsString
}

/// <summary>How member names are written to JSON.</summary>
public enum Casing
{
    Default,
    CamelCase,
    SnakeCase
}
