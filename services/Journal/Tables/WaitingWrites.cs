using Npgsql;
using Trading.Journal.Postgres;

namespace Trading.Journal.Tables;

/// <summary>
/// Writes that stores have not accepted yet, kept in the journal's database so that they survive a restart: texts in the order in which
/// they came.
/// </summary>
/// <param name="database">The journal's database.</param>
public sealed class WaitingWrites(NpgsqlDataSource database)
{
    private volatile bool _prepared;

    internal static NeededTables Needed { get; } = new(
        "waiting_writes", ["waiting_writes"],
        "create table if not exists waiting_writes (id bigint generated always as identity primary key, "
        + "store text not null, content text not null)");

    /// <summary>Keeps texts for a store.</summary>
    /// <returns>The id of each.</returns>
    public async Task<IReadOnlyList<long>> KeepAsync(string store, IReadOnlyList<string> texts, CancellationToken cancellation)
    {
        await PrepareAsync(cancellation);
        await using var command = database.CreateCommand("insert into waiting_writes (store, content) select $1, "
            + "content from unnest($2::text[]) with ordinality as given (content, place) order by place returning id");
        command.Parameters.Add(new() { Value = store });
        command.Parameters.Add(new() { Value = texts.ToArray() });
        var ids = new List<long>(texts.Count);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
            ids.Add(reader.GetInt64(0));
        return ids;
    }

    /// <summary>What is kept for a store, oldest first.</summary>
    public async Task<IReadOnlyList<(long Id, string Text)>> LoadAsync(string store, int most, CancellationToken cancellation)
    {
        await PrepareAsync(cancellation);
        await using var command = database.CreateCommand("select id, content from waiting_writes where store = $1 order by id limit $2");
        command.Parameters.Add(new() { Value = store });
        command.Parameters.Add(new() { Value = most });
        var kept = new List<(long, string)>();
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
            kept.Add((reader.GetInt64(0), reader.GetString(1)));
        return kept;
    }

    /// <summary>Deletes what was written, or is no longer needed.</summary>
    public async Task ForgetAsync(IReadOnlyList<long> ids, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("delete from waiting_writes where id = any($1)");
        command.Parameters.Add(new() { Value = ids.ToArray() });
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private async Task PrepareAsync(CancellationToken cancellation)
    {
        if (_prepared)
            return;
        await TableSetup.CreateAsync(database, Needed, cancellation);
        _prepared = true;
    }
}
