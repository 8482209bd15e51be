using Npgsql;

namespace Trading.Journal;

/// <summary>Creates tables beside the event store's own.</summary>
internal static class TableSetup
{
    /// <summary>Runs statements that create what is not there.</summary>
    /// <param name="database">The database.</param>
    /// <param name="name">Name of what is created. Two programs that come at once would both try; a lock of this name lets one of them find it there.</param>
    /// <param name="statements">The statements, with semicolons between them.</param>
    /// <param name="cancellation">Ends it.</param>
    public static async Task CreateAsync(NpgsqlDataSource database, string name, string statements, CancellationToken cancellation)
    {
        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(new("select pg_advisory_xact_lock(hashtext($1))") { Parameters = { new() { Value = name } } });
        foreach (var statement in statements.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            batch.BatchCommands.Add(new(statement));
        await batch.ExecuteNonQueryAsync(cancellation);
    }
}
