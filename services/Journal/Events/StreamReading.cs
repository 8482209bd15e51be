using System.Runtime.CompilerServices;
using Npgsql;
using NpgsqlTypes;

namespace Trading.Journal.Events;

/// <summary>Where a stream stood at an instant: a prefix of its versions.</summary>
/// <param name="Version">The last version that was written by then; 0 for none.</param>
/// <param name="Ahead">
/// Versions before it that carry a later time: the clocks of their writers disagree. What was written before it had happened all the same.
/// </param>
public sealed record StreamAt(long Version, IReadOnlyList<long> Ahead);

/// <summary>Reads single streams with SQL.</summary>
public static class StreamReading
{
    // So many versions around an instant are looked at for times that do not rise.
    private const long Near = 5000;

    private const string From = $"select {JournalReader.Columns} from mt_events where stream_id = $1 and version > $2 and version <= $3";

    /// <summary>The events of a stream, in order.</summary>
    /// <param name="database">The journal.</param>
    /// <param name="streamId">The stream.</param>
    /// <param name="afterVersion">The last version that is left out.</param>
    /// <param name="upToVersion">The last version that is read.</param>
    /// <param name="cancellation">Ends it.</param>
    public static async IAsyncEnumerable<StoredEvent> ReadAsync(NpgsqlDataSource database, string streamId, long afterVersion = 0,
        long upToVersion = long.MaxValue, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        await using var command = database.CreateCommand($"{From} order by version");
        command.Parameters.Add(new() { Value = streamId });
        command.Parameters.Add(new() { Value = afterVersion });
        command.Parameters.Add(new() { Value = upToVersion });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
            yield return JournalReader.Row(reader);
    }

    /// <summary>The last version of a stream; 0 where it has no events.</summary>
    public static async Task<long> VersionAsync(NpgsqlDataSource database, string streamId, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("select coalesce(max(version), 0) from mt_events where stream_id = $1");
        command.Parameters.Add(new() { Value = streamId });
        return (long)(await command.ExecuteScalarAsync(cancellation))!;
    }

    /// <summary>
    /// Where a stream stood at an instant. Times are those of the writers' clocks, which may disagree; versions are the order in which it
    /// happened. So it is the last version with a time not later than the instant, and everything before it.
    /// </summary>
    public static async Task<StreamAt> AtAsync(
        NpgsqlDataSource database, string streamId, DateTimeOffset instant, CancellationToken cancellation)
    {
        // By halves, for times rise with versions but for what clocks are apart; then exactly, in the neighbourhood.
        var (low, high) = (0L, await VersionAsync(database, streamId, cancellation));
        while (low < high)
        {
            var middle = low + ((high - low + 1) / 2);
            if (await TimeAsync(database, streamId, middle, cancellation) <= instant)
                low = middle;
            else
                high = middle - 1;
        }
        await using var near = database.CreateCommand("""
            with near as (select version, timestamp <= $2 as by_then from mt_events
                where stream_id = $1 and version > $3 - $4 and version <= $3 + $4),
            at as (select coalesce(max(version) filter (where by_then), 0) as version from near)
            select at.version, coalesce((select array_agg(near.version order by near.version) from near
                where not near.by_then and near.version < at.version), '{}') from at
            """);
        near.Parameters.Add(new() { Value = streamId });
        near.Parameters.Add(new() { Value = instant.UtcDateTime, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        near.Parameters.Add(new() { Value = low });
        near.Parameters.Add(new() { Value = Near });
        await using var reader = await near.ExecuteReaderAsync(cancellation);
        await reader.ReadAsync(cancellation);
        return new(reader.GetInt64(0), reader.GetFieldValue<long[]>(1));
    }

    private static async Task<DateTimeOffset> TimeAsync(
        NpgsqlDataSource database, string streamId, long version, CancellationToken cancellation)
    {
        // The next one stands for a version that is gone.
        await using var command = database.CreateCommand(
            "select timestamp from mt_events where stream_id = $1 and version >= $2 order by version limit 1");
        command.Parameters.Add(new() { Value = streamId });
        command.Parameters.Add(new() { Value = version });
        return await command.ExecuteScalarAsync(cancellation) is DateTime at ? new(at, TimeSpan.Zero) : DateTimeOffset.MaxValue;
    }

    /// <summary>The first event that was written at an instant or later; the largest number when there is none.</summary>
    public static Task<long> FirstSequenceAsync(NpgsqlDataSource database, DateTimeOffset from, CancellationToken cancellation) =>
        SequenceAsync(database, "select coalesce(min(seq_id), 9223372036854775807) from mt_events where timestamp >= $1", from,
            cancellation);

    /// <summary>The last event that was written at an instant or before; 0 when there is none.</summary>
    public static Task<long> LastSequenceAsync(NpgsqlDataSource database, DateTimeOffset to, CancellationToken cancellation) =>
        SequenceAsync(database, "select coalesce(max(seq_id), 0) from mt_events where timestamp <= $1", to, cancellation);

    private static async Task<long> SequenceAsync(
        NpgsqlDataSource database, string sql, DateTimeOffset at, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(sql);
        command.Parameters.Add(new() { Value = at.UtcDateTime, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        return (long)(await command.ExecuteScalarAsync(cancellation))!;
    }
}
