using Npgsql;

namespace Trading.Journal.Sealing;

/// <summary>
/// Events behind the last sealed one. A working sealer seals them soon and proves that it works by doing so: its lock proves nothing,
/// since anybody can hold it, also someone who deleted the seals. Without a sealer they may be events that somebody slipped in.
/// </summary>
internal sealed class UnsealedEvents(NpgsqlDataSource database, TimeSpan patience, WrongList wrongs)
{
    private static readonly TimeSpan CheckAgain = TimeSpan.FromMilliseconds(250);

    private enum Outcome
    {
        Sealed,
        SealerDoesNothing,
        NoSealer,
    }

    /// <summary>Waits for the sealer; adds what is wrong when it does not come.</summary>
    /// <param name="connection">A connection with the verification's snapshot.</param>
    /// <param name="lastSequence">The last sealed event.</param>
    /// <param name="count">How many events are behind it.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task CheckAsync(NpgsqlConnection connection, long lastSequence, long count, CancellationToken cancellation)
    {
        var (sequence, stream, version) = await FirstAsync(connection, lastSequence, cancellation);
        var outcome = await WaitAsync(connection, sequence, cancellation);
        if (outcome == Outcome.Sealed)
            return;
        wrongs.Add(WrongKind.Unsealed, sequence, stream, version,
            $"is not sealed{(count == 1 ? "" : $", nor are the {count - 1:N0} after it")}, and "
            + (outcome == Outcome.NoSealer ? "no sealer is at work" : "the process that holds the sealer's leadership does not seal it"));
    }

    private static async Task<(long Sequence, string? Stream, long? Version)> FirstAsync(
        NpgsqlConnection connection, long lastSequence, CancellationToken cancellation)
    {
        await using var next = new NpgsqlCommand(
            "select seq_id, stream_id, version from mt_events where seq_id > $1 order by seq_id limit 1", connection)
        { Parameters = { new() { Value = lastSequence } } };
        await using var reader = await next.ExecuteReaderAsync(cancellation);
        await reader.ReadAsync(cancellation);
        return (reader.GetInt64(0), reader.IsDBNull(1) ? null : reader.GetString(1), reader.IsDBNull(2) ? null : reader.GetInt64(2));
    }

    private async Task<Outcome> WaitAsync(NpgsqlConnection connection, long sequence, CancellationToken cancellation)
    {
        var outcome = Outcome.NoSealer;
        for (var begin = TimeProvider.System.GetTimestamp();
            TimeProvider.System.GetElapsedTime(begin) < patience; await Task.Delay(CheckAgain, cancellation))
        {
            if (await IsSealedByNowAsync(sequence, cancellation))
                return Outcome.Sealed;
            outcome = await IsHeldAsync(connection, cancellation) ? Outcome.SealerDoesNothing : Outcome.NoSealer;
            if (outcome == Outcome.NoSealer)
                break;
        }
        return outcome;
    }

    // Reads the present state, not the snapshot.
    private async Task<bool> IsSealedByNowAsync(long sequence, CancellationToken cancellation)
    {
        if (!await SealedTree.IsThereAsync(database, cancellation))
            return false;
        await using var command = database.CreateCommand("select exists (select from audit.leaves where seq_id >= $1)");
        command.Parameters.Add(new() { Value = sequence });
        return await command.ExecuteScalarAsync(cancellation) is true;
    }

    private static async Task<bool> IsHeldAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var atWork = new NpgsqlCommand(
            """
            select exists (select 1 from pg_locks where locktype = 'advisory' and granted
                and database = (select oid from pg_database where datname = current_database())
                and ((classid::bigint << 32) | objid::bigint) = hashtextextended($1, 0))
            """, connection)
        { Parameters = { new() { Value = Sealer.Leader } } };
        return await atWork.ExecuteScalarAsync(cancellation) is true;
    }
}
