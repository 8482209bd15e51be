namespace Trading.LocalServers;

/// <summary>Where a private PostgreSQL server keeps its data and where its programs are.</summary>
public sealed record LocalPostgresOptions
{
    /// <summary>
    /// The folder of the cluster; null for postgres in <see cref="TradingHome"/>. It must be missing, empty, or made by an earlier start.
    /// </summary>
    public string? Folder { get; init; }

    /// <summary>The folder that holds initdb, pg_ctl and postgres; null to search for them.</summary>
    public string? BinariesFolder { get; init; }

    /// <summary>The folders to search for a server; null for <see cref="PostgresBinaries.UsualFolders"/>.</summary>
    public IReadOnlyList<string>? SearchFolders { get; init; }

    /// <summary>Whether npm may fetch a server when none is installed.</summary>
    public bool FetchWithNpm { get; init; } = true;

    /// <summary>
    /// Where a fetched server is kept; null for cache in <see cref="TradingHome"/>.
    /// </summary>
    public string? CacheFolder { get; init; }

    /// <summary>How long npm may take; more than 0.</summary>
    public int FetchTimeoutSeconds { get; init; } = 300;

    /// <summary>How long the server may take until it answers, the recovery after a crash included; more than 0.</summary>
    public int StartTimeoutSeconds { get; init; } = 120;
}

/// <summary>There is no private PostgreSQL server. The message is one line for the person who started the program.</summary>
public sealed class PrivatePostgresException(string message, Exception? inner = null) : Exception(message, inner);
