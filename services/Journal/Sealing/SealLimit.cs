using Npgsql;

namespace Trading.Journal.Sealing;

/// <summary>
/// How far the journal can be sealed now. A sequence number is drawn by a transaction that may commit long after others with higher
/// numbers, and that may not have a transaction id yet which pg_current_snapshot() would show. But it is in pg_locks from its begin to its
/// end. So a gap stays a gap when every transaction of this database that ran when higher numbers were first readable has ended; events
/// behind a gap wait until then.
/// </summary>
internal sealed class SealLimit
{
    // The last readable event, how many there are, and the last one before a gap.
    private const string Readable = """
        select coalesce(max(seq_id), $1), count(*), coalesce(max(seq_id) filter (where seq_id = $1 + place), $1) from (
            select seq_id, row_number() over (order by seq_id) as place
            from (select seq_id from mt_events where seq_id > $1 order by seq_id limit $2) as next) as placed
        """;

    // The locks are read after the statement's snapshot was taken: a transaction that drew a number below a readable one is still in them,
    // or has ended. A prepared transaction is in them only by its lock on the table.
    private const string Sight = """
        select coalesce((select max(seq_id) from mt_events), 0), array(
            select virtualtransaction from pg_locks
            where locktype = 'relation' and relation = 'mt_events'::regclass and mode = 'RowExclusiveLock'
                and database = (select oid from pg_database where datname = current_database())
            union
            select l.virtualtransaction from pg_locks l join pg_stat_activity a on a.pid = l.pid
            where l.locktype = 'virtualxid' and l.mode = 'ExclusiveLock' and l.pid <> pg_backend_pid()
                and coalesce(a.backend_type, 'client backend') = 'client backend'
                and a.datid = (select oid from pg_database where datname = current_database()))
        """;

    private Sighting? _sighting;

    private sealed record Sighting(long High, IReadOnlyList<string> Holders);

    /// <summary>The last event that can be sealed, and how many readable events wait.</summary>
    public async Task<(long Target, long Waiting)> FindAsync(NpgsqlConnection connection, long last, CancellationToken cancellation)
    {
        var (high, waiting, withoutGap) = await RowAsync(connection, Readable, [last, Sealer.BatchSize + 1],
            row => (row.GetInt64(0), row.GetInt64(1), row.GetInt64(2)), cancellation);
        if (high - last == waiting)
        {
            _sighting = null;
            return (high, waiting);
        }
        var now = await RowAsync(connection, Sight, [], row => new Sighting(row.GetInt64(0), row.GetFieldValue<string[]>(1)), cancellation);
        if (now.Holders.Count == 0)
        {
            _sighting = null;
            return (now.High, waiting);
        }
        var settled = last;
        if (_sighting is not null && !_sighting.Holders.Intersect(now.Holders).Any())
            (settled, _sighting) = (_sighting.High, null);
        _sighting ??= now;
        return (Math.Max(settled, withoutGap), waiting);
    }

    private static async Task<T> RowAsync<T>(NpgsqlConnection connection, string query, long[] parameters, Func<NpgsqlDataReader, T> read,
        CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(query, connection);
        foreach (var parameter in parameters)
            command.Parameters.Add(new() { Value = parameter });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        await reader.ReadAsync(cancellation);
        return read(reader);
    }
}
