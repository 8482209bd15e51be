namespace Trading.Hosting.Settings;

/// <summary>Where the journal's PostgreSQL is.</summary>
public enum JournalKind
{
    /// <summary>A private server that this program starts and stops.</summary>
    Local,

    /// <summary>The server that JournalConnection names.</summary>
    Postgres,
}

/// <summary>Who creates and changes the tables of the journal's database.</summary>
public enum JournalMigrationKind
{
    /// <summary>Every program, at its start and where it needs them.</summary>
    Auto,

    /// <summary>
    /// trading journal migrate alone, so that services run without rights to change the schema; a start on a journal that lacks something
    /// ends.
    /// </summary>
    None,
}
