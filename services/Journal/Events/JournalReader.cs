using System.Runtime.CompilerServices;
using Npgsql;
using Trading.Contracts;
using Trading.Core;

namespace Trading.Journal.Events;

/// <summary>Reads the journal in order with SQL, as fast as PostgreSQL sends rows: the event store pages object by object.</summary>
public static class JournalReader
{
    /// <summary>The columns of mt_events that <see cref="Row"/> reads, in its order.</summary>
    public const string Columns = "seq_id, stream_id, version, type, timestamp, data";

    /// <summary>
    /// How many numbers back a reader that polls every few seconds reads again: an append in flight becomes visible after higher numbers.
    /// </summary>
    public const int LateBy = 1000;

    /// <summary>
    /// Leaves out what Marten writes to a stream of its own in place of appends that failed: these rows fill gaps of the sequence and are
    /// sealed like all others, but nothing happened.
    /// </summary>
    internal const string Happened = $"stream_id <> '{StoredEvent.Tombstones}'";

    private const string Query = $"select {Columns} from mt_events where seq_id > $1 and seq_id <= $2 and {Happened} order by seq_id";

    /// <summary>All events of accounts, trades, models and the audit.</summary>
    public static IEnumerable<Type> EventTypes => StoredTypes.All;

    /// <summary>The name of an event in the store: its record's name in snake case.</summary>
    public static string EventName(Type type) =>
        string.Concat(
            type.Name.Select((letter, at) => char.IsUpper(letter) ? $"{(at > 0 ? "_" : "")}{char.ToLowerInvariant(letter)}" : $"{letter}"));

    /// <summary>All events after a sequence number, in order, as they stand at the time of the call.</summary>
    public static async IAsyncEnumerable<StoredEvent> ReadAsync(
        NpgsqlDataSource database, long afterSequence = 0, long upToSequence = long.MaxValue,
        [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var command =
            new NpgsqlCommand(Query, connection) { Parameters = { new() { Value = afterSequence }, new() { Value = upToSequence } } };
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            yield return Row(reader);
        }
    }

    /// <summary>
    /// The next rows after a sequence number, in order, those among them that stand for failed appends: who follows the journal sees by
    /// them that a number will not come any more.
    /// </summary>
    public static async Task<IReadOnlyList<StoredEvent>> NextAsync(
        NpgsqlDataSource database, long afterSequence, int most, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(
            $"select {Columns} from mt_events where seq_id > $1 order by seq_id limit $2");
        command.Parameters.Add(new() { Value = afterSequence });
        command.Parameters.Add(new() { Value = most });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var rows = new List<StoredEvent>();
        while (await reader.ReadAsync(cancellation))
            rows.Add(Row(reader));
        return rows;
    }

    /// <summary>The events of some kinds after a sequence number, and the decisions that some rules refused, in order.</summary>
    public static async IAsyncEnumerable<StoredEvent> OfAsync(
        NpgsqlDataSource database, long afterSequence, string[] types, string[] refusals,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(
            $"select {Columns} from mt_events where seq_id > $1 and (type = any($2) or (type = 'trade_assessed' and data -> 'assessment' "
            + "->> 'refusal' = any($3))) order by seq_id");
        command.Parameters.Add(new() { Value = afterSequence });
        command.Parameters.Add(new() { Value = types });
        command.Parameters.Add(new() { Value = refusals });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
            yield return Row(reader);
    }

    /// <summary>The newest predictions that were decided on, newest first.</summary>
    public static async Task<IReadOnlyList<PredictionMade>> LastPredictionsAsync(
        NpgsqlDataSource database, int most, CancellationToken cancellation)
    {
        // Backwards from the newest event, no further than decisions can be apart.
        await using var command = database.CreateCommand(
            $"select {Columns} from mt_events where type = 'trade_proposed' and seq_id > (select coalesce(max(seq_id), "
            + "0) from mt_events) - 10 * $1 - 1000 order by seq_id desc limit $1");
        command.Parameters.Add(new() { Value = most });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var predictions = new List<PredictionMade>();
        while (await reader.ReadAsync(cancellation))
        {
            if (Row(reader).Event() is TradeProposed { Prediction: { } prediction })
                predictions.Add(prediction);
        }
        return predictions;
    }

    /// <summary>The last event of some kinds in a stream; null when there is none.</summary>
    public static async Task<StoredEvent?> LastOfAsync(
        NpgsqlDataSource database, string streamId, string[] types, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(
            $"select {Columns} from mt_events where stream_id = $1 and type in ({Literals(types)}) order by version desc limit 1");
        command.Parameters.Add(new() { Value = streamId });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        return await reader.ReadAsync(cancellation) ? Row(reader) : null;
    }

    /// <summary>When the newest event was appended (UTC); null in an empty journal.</summary>
    public static async Task<DateTimeOffset?> LastAsync(NpgsqlDataSource database, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("select timestamp from mt_events order by seq_id desc limit 1");
        return await command.ExecuteScalarAsync(cancellation) is DateTime at ? new DateTimeOffset(at, TimeSpan.Zero) : null;
    }

    /// <summary>The fills of others that were found in an account, by the keys of their differences; the newest of each.</summary>
    public static async Task<IReadOnlyList<ExternalFillFound>> FoundFillsAsync(
        NpgsqlDataSource database, string account, IReadOnlyCollection<string> keys, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(
            $"select {Columns} from mt_events where stream_id = $1 and type = $2 and data ->> 'exchangeTradeId' = any($3) "
            + "order by version");
        command.Parameters.Add(new() { Value = Portfolio.StreamId(account) });
        command.Parameters.Add(new() { Value = EventName(typeof(ExternalFillFound)) });
        command.Parameters.Add(new() { Value = keys.Select(key => key[(key.LastIndexOf('/') + 1)..]).ToArray() });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var found = new Dictionary<string, ExternalFillFound>();
        while (await reader.ReadAsync(cancellation))
        {
            if (Row(reader).Event() is ExternalFillFound fill && keys.Contains(fill.Key()))
                found[fill.Key()] = fill;
        }
        return [.. found.Values];
    }

    // As literals: only then does the server see that an index over these kinds alone is enough.
    private static string Literals(string[] types) => string.Join(", ", types.Select(type =>
        type.All(letter => char.IsAsciiLetterLower(letter) || letter == '_') ? $"'{type}'"
            : throw new ArgumentException($"{type} is no event.")));

    /// <summary>The newest ends of an account's orders after a version of the account, in order.</summary>
    public static async Task<IReadOnlyList<OrderEnd>> EndsAsync(NpgsqlDataSource database, string account, long afterVersion,
        int most, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("""
            select version, (data ->> 'tradeId')::uuid, timestamp, causation_id from mt_events
            where stream_id = $1 and version > $2 and type = any($3) order by version desc limit $4
            """);
        command.Parameters.Add(new() { Value = Portfolio.StreamId(account) });
        command.Parameters.Add(new() { Value = afterVersion });
        command.Parameters.Add(new() { Value = new[] { EventName(typeof(TradeSettled)), EventName(typeof(ReservationReleased)) } });
        command.Parameters.Add(new() { Value = most });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var ends = new List<OrderEnd>();
        while (await reader.ReadAsync(cancellation))
            ends.Add(new(reader.GetInt64(0), reader.GetGuid(1), new(reader.GetDateTime(2), TimeSpan.Zero),
                reader.IsDBNull(3) ? null : reader.GetString(3)));
        ends.Reverse();
        return ends;
    }

    /// <summary>The event in a row that begins with <see cref="Columns"/>; what is packed in its data is opened.</summary>
    public static StoredEvent Row(NpgsqlDataReader reader)
    {
        var (type, data) = (reader.GetString(3), reader.GetFieldValue<byte[]>(5));
        return new(reader.GetInt64(0), reader.GetString(1), reader.GetInt64(2), type,
            new DateTimeOffset(reader.GetDateTime(4), TimeSpan.Zero), PackedProposal.Open(type, data, out var opened) ? opened : data);
    }

    /// <summary>
    /// All events after a sequence number as records, in order and in batches, as they stand at the time of the call. Batches are decoded
    /// in parallel while PostgreSQL sends the next ones; memory does not grow with the journal. What cannot be read comes as
    /// <see cref="UnreadableEvent"/>.
    /// </summary>
    public static IAsyncEnumerable<IReadOnlyList<JournalEvent>> EventsAsync(
        NpgsqlDataSource database, long afterSequence = 0, CancellationToken cancellation = default) =>
        EventStreaming.EventsAsync(database, afterSequence, cancellation);

    /// <summary>The streams that have events and whose names begin with a text, by name.</summary>
    public static async Task<IReadOnlyList<string>> StreamsAsync(
        NpgsqlDataSource database, string beginning, CancellationToken cancellation)
    {
        // From one name to the next over the index: there may be millions of events, and few such streams.
        await using var command = database.CreateCommand("""
            with recursive names as (
                (select stream_id from mt_events where stream_id >= $1 order by stream_id limit 1)
                union all
                select (select e.stream_id from mt_events e where e.stream_id > names.stream_id order by e.stream_id limit 1)
                from names where names.stream_id like $1 || '%')
            select stream_id from names where stream_id like $1 || '%'
            """);
        command.Parameters.Add(new() { Value = beginning });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var streams = new List<string>();
        while (await reader.ReadAsync(cancellation))
            streams.Add(reader.GetString(0));
        return streams;
    }

    /// <summary>The id of the event at a place in the journal; null when there is none.</summary>
    public static async Task<Guid?> IdAsync(NpgsqlDataSource database, long sequence, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("select id from mt_events where seq_id = $1");
        command.Parameters.Add(new() { Value = sequence });
        return await command.ExecuteScalarAsync(cancellation) as Guid?;
    }

    /// <summary>The highest sequence number that is readable now; 0 in an empty journal.</summary>
    public static async Task<long> LastSequenceAsync(NpgsqlDataSource database, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("select coalesce(max(seq_id), 0) from mt_events");
        return (long)(await command.ExecuteScalarAsync(cancellation))!;
    }

    /// <summary>How many events there are after a sequence number, up to another one.</summary>
    public static async Task<long> CountAsync(
        NpgsqlDataSource database, long afterSequence, long upToSequence, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand($"select count(*) from mt_events where seq_id > $1 and seq_id <= $2 and "
            + $"{Happened}");
        command.Parameters.Add(new() { Value = afterSequence });
        command.Parameters.Add(new() { Value = upToSequence });
        return (long)(await command.ExecuteScalarAsync(cancellation))!;
    }
}
