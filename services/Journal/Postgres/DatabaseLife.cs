using Npgsql;
using Trading.Core;

namespace Trading.Journal.Postgres;

/// <summary>
/// Which life of the database this is: its system identifier and its timeline. PostgreSQL begins a new timeline with each promotion of a
/// standby and each recovery to a point in time; after either the newest commits may be missing.
/// </summary>
public static class DatabaseLife
{
    /// <summary>Who notes it in the account's stream.</summary>
    public const string By = "database";

    private const string Noted = "database ";
    private const string After = " after ";

    // The name of the log file that is being written begins with the timeline, at once after a promotion.
    private const string Identity =
        "select system_identifier::text || '/' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8) from pg_control_system()";

    private const string LastNote = """
        select data ->> 'command' from mt_events where stream_id = $1 and type = 'operator_commanded' and data ->> 'by' = $2
        order by version desc limit 1
        """;

    /// <summary>The life, as identifier/timeline.</summary>
    /// <exception cref="PostgresException">The server is in recovery: it takes no writes.</exception>
    public static async Task<string> ReadAsync(NpgsqlDataSource database, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(Identity);
        return (string)(await command.ExecuteScalarAsync(cancellation))!;
    }

    /// <summary>The life that the account was last traded in; null when none was noted.</summary>
    public static async Task<string?> NotedAsync(NpgsqlDataSource database, string account, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(LastNote);
        command.Parameters.Add(new() { Value = Portfolio.StreamId(account) });
        command.Parameters.Add(new() { Value = By });
        return await command.ExecuteScalarAsync(cancellation) is string note && note.StartsWith(Noted, StringComparison.Ordinal)
            ? note[Noted.Length..].Split(After)[0] : null;
    }

    /// <summary>Whether a note says that the database is another one than before.</summary>
    public static bool IsChange(OperatorCommanded note) =>
        note.By == By && note.Command.StartsWith(Noted, StringComparison.Ordinal) && note.Command.Contains(After, StringComparison.Ordinal);

    /// <summary>The note of a life.</summary>
    public static OperatorCommanded Note(string life, string? before, DateTimeOffset at) => new(
        before is null ? Noted + life : Noted + life + After + before, By,
        before is null ? "seen for the first time"
            : $"it was {before} before: commits may be missing, so nothing is traded before the account is compared with the exchange", at);
}
