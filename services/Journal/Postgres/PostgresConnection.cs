using System.Data.Common;
using Npgsql;

namespace Trading.Journal.Postgres;

/// <summary>How the journal's server is reached, from what the user wrote.</summary>
public static class PostgresConnection
{
    /// <summary>
    /// Options of a session that writes: the server ends one whose machine gives no sign for 14 s, or whose process is silent for 15 s in
    /// the middle of a transaction. Otherwise the rows that it has locked would stop all other writers until it wakes. One that reads a
    /// long answer slowly is not ended.
    /// </summary>
    public const string EndsSilentWriters = "-c tcp_keepalives_idle=5 -c tcp_keepalives_interval=3 -c tcp_keepalives_count=3 "
        + "-c idle_in_transaction_session_timeout=15000";

    private const string GssVariable = "PGGSSENCMODE";

    /// <summary>The connection that a string names.</summary>
    /// <param name="given">The user's connection string.</param>
    /// <exception cref="ArgumentException">It cannot be read.</exception>
    public static NpgsqlConnectionStringBuilder Of(string given)
    {
        var connection = new NpgsqlConnectionStringBuilder(given);
        // Npgsql asks every server for Kerberos encryption first, which costs a round trip and loads a system library: it is used only
        // when the user names it.
        if (!NamesGss(given))
            connection.GssEncryptionMode = GssEncryptionMode.Disable;
        return connection;
    }

    /// <summary>
    /// Whether nobody on the way can read or change what is said: the server's certificate and name are checked, or it is this machine.
    /// </summary>
    /// <param name="given">The user's connection string.</param>
    /// <exception cref="ArgumentException">It cannot be read.</exception>
    public static bool IsProtected(string given)
    {
        var connection = new NpgsqlConnectionStringBuilder(given);
        return connection.SslMode == SslMode.VerifyFull || (connection.Host ?? "").Split(',').All(IsHere);

        // A path is a socket of this machine.
        static bool IsHere(string host) => host.StartsWith('/') || host.StartsWith('@')
            || (Uri.TryCreate($"tcp://{(host.Contains("::", StringComparison.Ordinal) ? $"[{host.Trim('[', ']')}]" : host)}",
                UriKind.Absolute, out var address) && address.IsLoopback);
    }

    private static bool NamesGss(string given) =>
        Environment.GetEnvironmentVariable(GssVariable) is { Length: > 0 }
        || new DbConnectionStringBuilder { ConnectionString = given }.Keys.Cast<string>()
            .Select(key => key.Replace(" ", "", StringComparison.Ordinal))
            .Contains(nameof(NpgsqlConnectionStringBuilder.GssEncryptionMode), StringComparer.OrdinalIgnoreCase);
}
