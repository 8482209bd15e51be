using Npgsql;
using Trading.Journal.Schema;

namespace Trading.Journal.Postgres;

/// <summary>Tables beside the event store's own.</summary>
/// <param name="Lock">
/// Name of a lock. Without it, two programs that start together would both try to create the tables.
/// </param>
/// <param name="Names">The tables.</param>
/// <param name="Statements">What creates them where they are not there, with semicolons between the statements.</param>
internal sealed record NeededTables(string Lock, IReadOnlyList<string> Names, string Statements);

/// <summary>Creates tables beside the event store's own.</summary>
internal static class TableSetup
{
    /// <summary>Creates the tables unless all are there: so a role without rights to create may call it.</summary>
    public static async Task CreateAsync(NpgsqlDataSource database, NeededTables tables, CancellationToken cancellation)
    {
        var needed = tables.Names.Select(name => new JournalTable(name, "")).ToList();
        if ((await JournalSchema.StateAsync(database, needed, null, cancellation)).Missing.Count == 0)
            return;
        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(new("select pg_advisory_xact_lock(hashtext($1))") { Parameters = { new() { Value = tables.Lock } } });
        foreach (var statement in tables.Statements.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            batch.BatchCommands.Add(new(statement));
        await batch.ExecuteNonQueryAsync(cancellation);
    }
}
