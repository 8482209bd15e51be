using System.Buffers;
using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using Npgsql;
using Trading.Contracts;
using Trading.Core;

namespace Trading.Journal;

/// <summary>An event as it is stored.</summary>
/// <param name="Sequence">Its place in the journal; rises, with gaps where appends were rolled back.</param>
/// <param name="StreamId">The stream.</param>
/// <param name="Version">Its place in the stream, from 1 without gaps.</param>
/// <param name="Type">The event's name, for example trade_settled.</param>
/// <param name="Timestamp">When it was appended (UTC).</param>
/// <param name="Data">The event as JSON in UTF-8.</param>
public readonly record struct StoredEvent(long Sequence, string StreamId, long Version, string Type, DateTimeOffset Timestamp, byte[] Data)
{
    /// <summary>The event itself.</summary>
    /// <exception cref="InvalidDataException">The name is not one of an event of this version, or the JSON does not fit it.</exception>
    public object Event() => JournalReader.Deserialize(this);
}

/// <summary>An event of the journal as a record.</summary>
/// <param name="Sequence">Its place in the journal.</param>
/// <param name="StreamId">The stream.</param>
/// <param name="Version">Its place in the stream.</param>
/// <param name="At">When it was appended (UTC).</param>
/// <param name="Event">The event.</param>
public readonly record struct JournalEvent(long Sequence, string StreamId, long Version, DateTimeOffset At, object Event);

/// <summary>The end of an order as its account has it.</summary>
/// <param name="Version">Its place in the account's stream.</param>
/// <param name="TradeId">The trade.</param>
/// <param name="At">When it was appended (UTC).</param>
/// <param name="CausationId">The message or command that caused it.</param>
public readonly record struct OrderEnd(long Version, Guid TradeId, DateTimeOffset At, string? CausationId);

/// <summary>Reads the journal in order as fast as PostgreSQL hands out rows, past the event store's object by object paging.</summary>
public static class JournalReader
{
    /// <summary>The columns of mt_events that <see cref="Row"/> reads, in its order.</summary>
    public const string Columns = "seq_id, stream_id, version, type, timestamp, data";

    private const string Query = $"select {Columns} from mt_events where seq_id > $1 and seq_id <= $2 order by seq_id";

    private const string QueryForDecoding = "select seq_id, version, timestamp, stream_id, type, data from mt_events where seq_id > ";
    // What is decoded is recomputed while it is still in the processor's cache: batches of 512 took a third longer.
    private const int EventsPerBatch = 128;
    private const int BatchesAhead = 4;

    private static readonly DateTimeOffset Epoch = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly Dictionary<string, Type> Types = typeof(IAccountEvent).Assembly.GetTypes()
        .Where(type => type is { IsClass: true, IsAbstract: false } && (type.IsAssignableTo(typeof(IAccountEvent)) || type.IsAssignableTo(typeof(ITradeEvent)) || type.IsAssignableTo(typeof(IAuditEvent)) || type.IsAssignableTo(typeof(IModelEvent))))
        .ToDictionary(EventName, type => type);

    // Made at the first event of each name: most programs read few.
    private static readonly ConcurrentDictionary<string, Func<ReadOnlyMemory<byte>, object?>?> Decoders = new();

    /// <summary>All events of accounts, trades, models and the audit.</summary>
    public static IEnumerable<Type> EventTypes => Types.Values;

    /// <summary>The name of an event in the store: its record's name in snake case.</summary>
    public static string EventName(Type type) =>
        string.Concat(type.Name.Select((letter, at) => char.IsUpper(letter) ? $"{(at > 0 ? "_" : "")}{char.ToLowerInvariant(letter)}" : $"{letter}"));

    /// <summary>All events after a sequence number, in order, as they stand at the time of the call.</summary>
    public static async IAsyncEnumerable<StoredEvent> ReadAsync(
        NpgsqlDataSource database, long afterSequence = 0, long upToSequence = long.MaxValue, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var command = new NpgsqlCommand(Query, connection) { Parameters = { new() { Value = afterSequence }, new() { Value = upToSequence } } };
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            yield return Row(reader);
        }
    }

    /// <summary>A number becomes visible at most so many numbers after a higher one, for whoever looks every few seconds.</summary>
    public const int LateBy = 1000;

    /// <summary>The events of some kinds after a sequence number, and the decisions that some rules refused, in order.</summary>
    public static async IAsyncEnumerable<StoredEvent> OfAsync(
        NpgsqlDataSource database, long afterSequence, string[] types, string[] refusals, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(
            $"select {Columns} from mt_events where seq_id > $1 and (type = any($2) or (type = 'trade_assessed' and data -> 'assessment' ->> 'refusal' = any($3))) order by seq_id");
        command.Parameters.Add(new() { Value = afterSequence });
        command.Parameters.Add(new() { Value = types });
        command.Parameters.Add(new() { Value = refusals });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
            yield return Row(reader);
    }

    /// <summary>The newest predictions that were decided on, newest first.</summary>
    public static async Task<IReadOnlyList<PredictionMade>> LastPredictionsAsync(NpgsqlDataSource database, int most, CancellationToken cancellation)
    {
        // From the newest event back, and not further than decisions can be apart.
        await using var command = database.CreateCommand(
            $"select {Columns} from mt_events where type = 'trade_proposed' and seq_id > (select coalesce(max(seq_id), 0) from mt_events) - 10 * $1 - 1000 order by seq_id desc limit $1");
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
    public static async Task<StoredEvent?> LastOfAsync(NpgsqlDataSource database, string streamId, string[] types, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand($"select {Columns} from mt_events where stream_id = $1 and type = any($2) order by version desc limit 1");
        command.Parameters.Add(new() { Value = streamId });
        command.Parameters.Add(new() { Value = types });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        return await reader.ReadAsync(cancellation) ? Row(reader) : null;
    }

    /// <summary>The newest ends of an account's orders after a version of the account, in order.</summary>
    public static async Task<IReadOnlyList<OrderEnd>> EndsAsync(NpgsqlDataSource database, string account, long afterVersion, int most, CancellationToken cancellation)
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
            ends.Add(new(reader.GetInt64(0), reader.GetGuid(1), new(reader.GetDateTime(2), TimeSpan.Zero), reader.IsDBNull(3) ? null : reader.GetString(3)));
        ends.Reverse();
        return ends;
    }

    /// <summary>The event in a row that begins with <see cref="Columns"/>.</summary>
    public static StoredEvent Row(NpgsqlDataReader reader) => new(
        reader.GetInt64(0), reader.GetString(1), reader.GetInt64(2), reader.GetString(3),
        new DateTimeOffset(reader.GetDateTime(4), TimeSpan.Zero), reader.GetFieldValue<byte[]>(5));

    /// <summary>
    /// All events after a sequence number as records, in order and in batches, as they stand at the time of the call. Batches are decoded beside each other while PostgreSQL sends
    /// the next ones; memory does not grow with the journal. What cannot be read comes as <see cref="UnreadableEvent"/>.
    /// </summary>
    public static async IAsyncEnumerable<IReadOnlyList<JournalEvent>> EventsAsync(NpgsqlDataSource database, long afterSequence = 0, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var rows = await BinaryCopy.StartAsync(connection, string.Create(CultureInfo.InvariantCulture, $"{QueryForDecoding}{afterSequence} order by seq_id"), 6, cancellation);
        var decoding = new Queue<Task<JournalEvent[]>>();
        for (var more = true; more || decoding.Count > 0;)
        {
            if (more)
            {
                var batch = new EncodedBatch();
                while (batch.Count < EventsPerBatch && (more = await rows.ReadAsync(cancellation)))
                    batch.Add(rows);
                if (batch.Count > 0)
                    decoding.Enqueue(Task.Run(batch.Decode, cancellation));
            }
            if (decoding.Count > 0 && (!more || decoding.Count > BatchesAhead))
                yield return await decoding.Dequeue();
        }
    }

    /// <summary>The highest sequence number that is readable now; 0 in an empty journal.</summary>
    public static async Task<long> LastSequenceAsync(NpgsqlDataSource database, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("select coalesce(max(seq_id), 0) from mt_events");
        return (long)(await command.ExecuteScalarAsync(cancellation))!;
    }

    /// <summary>How many events there are after a sequence number, up to another one.</summary>
    public static async Task<long> CountAsync(NpgsqlDataSource database, long afterSequence, long upToSequence, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("select count(*) from mt_events where seq_id > $1 and seq_id <= $2");
        command.Parameters.Add(new() { Value = afterSequence });
        command.Parameters.Add(new() { Value = upToSequence });
        return (long)(await command.ExecuteScalarAsync(cancellation))!;
    }

    internal static object Deserialize(in StoredEvent stored) => Deserialize(stored, stored.Data);

    private static object Deserialize(in StoredEvent stored, ReadOnlyMemory<byte> data)
    {
        if (!Types.TryGetValue(stored.Type, out var type))
            throw new InvalidDataException($"Event {stored.Sequence} ({stored.StreamId}, version {stored.Version}) is a {stored.Type}, which this version does not know.");
        if (Decoders.GetOrAdd(stored.Type, static (_, known) => EventDecoder.For(known), type)?.Invoke(data) is { } decoded)
            return decoded;
        try
        {
            return JsonSerializer.Deserialize(data.Span, type, EventJson.Default) ?? throw new JsonException("null");
        }
        catch (JsonException unreadable)
        {
            throw new InvalidDataException(
                $"Event {stored.Sequence} ({stored.StreamId}, version {stored.Version}) cannot be read as {stored.Type}: {unreadable.Message}", unreadable);
        }
    }

    // Rows as they came, one behind the other in a buffer that is used again: most of what a reader would allocate otherwise.
    private sealed class EncodedBatch
    {
        private readonly (long Sequence, long Version, long MicrosecondsSince2000, string StreamId, string Type, int End)[] _rows = new (long, long, long, string, string, int)[EventsPerBatch];
        private byte[] _data = ArrayPool<byte>.Shared.Rent(EventsPerBatch * 1024);
        private int _end;

        public int Count { get; private set; }

        public void Add(BinaryCopy row)
        {
            // A jsonb value has its version in front.
            var json = row.Field(5)[1..];
            if (_data.Length - _end < json.Length)
            {
                var larger = ArrayPool<byte>.Shared.Rent(_end + json.Length + _data.Length);
                _data.AsSpan(0, _end).CopyTo(larger);
                ArrayPool<byte>.Shared.Return(_data);
                _data = larger;
            }
            json.CopyTo(_data.AsSpan(_end));
            _end += json.Length;
            _rows[Count++] = (row.Int64(0), row.Int64(1), row.Int64(2), EventDecoder.Names.Of(row.Field(3)), EventDecoder.Names.Of(row.Field(4)), _end);
        }

        public JournalEvent[] Decode()
        {
            var events = new JournalEvent[Count];
            for (var (at, begin) = (0, 0); at < Count; at++)
            {
                var row = _rows[at];
                // PostgreSQL counts microseconds from 2000.
                var time = Epoch.AddTicks(row.MicrosecondsSince2000 * TimeSpan.TicksPerMicrosecond);
                events[at] = new(row.Sequence, row.StreamId, row.Version, time, Readable(new(row.Sequence, row.StreamId, row.Version, row.Type, time, []), _data.AsMemory(begin, row.End - begin)));
                begin = row.End;
            }
            ArrayPool<byte>.Shared.Return(_data);
            return events;
        }

        private static object Readable(in StoredEvent stored, ReadOnlyMemory<byte> data)
        {
            try
            {
                return Deserialize(stored, data);
            }
            catch (InvalidDataException unreadable)
            {
                return new UnreadableEvent(unreadable.Message);
            }
        }
    }
}

/// <summary>How events are read: as the event store writes them, by code that is made at build time. A value that is missing, or null where none may be, makes an event unreadable.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, UseStringEnumConverter = true, RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(AccountOpened)), JsonSerializable(typeof(LimitsSet)), JsonSerializable(typeof(FundsReserved)), JsonSerializable(typeof(ReservationReleased))]
[JsonSerializable(typeof(TradeSettled)), JsonSerializable(typeof(TradingHalted)), JsonSerializable(typeof(TradingReduced)), JsonSerializable(typeof(TradingResumed))]
[JsonSerializable(typeof(CashAdjusted)), JsonSerializable(typeof(TradeProposed)), JsonSerializable(typeof(TradeAssessed)), JsonSerializable(typeof(OrderPlaced))]
[JsonSerializable(typeof(ReconciliationBegan)), JsonSerializable(typeof(ReconciliationPassed)), JsonSerializable(typeof(ExternalOrderFound)), JsonSerializable(typeof(ExternalFillFound))]
[JsonSerializable(typeof(ExternalBalanceFound)), JsonSerializable(typeof(ExternalDifferenceEnded)), JsonSerializable(typeof(ExternalDifferencesAccepted))]
[JsonSerializable(typeof(RealTradingAnnounced)), JsonSerializable(typeof(RealTradingConfirmed)), JsonSerializable(typeof(OrderAcknowledged)), JsonSerializable(typeof(OrderReplaced))]
[JsonSerializable(typeof(OrderFilled)), JsonSerializable(typeof(OrderRejected)), JsonSerializable(typeof(OrderCancelled)), JsonSerializable(typeof(OrderUnknown))]
[JsonSerializable(typeof(ExitProposed)), JsonSerializable(typeof(SymbolStateSet)), JsonSerializable(typeof(FlattenOrdered)), JsonSerializable(typeof(PriceMarked)), JsonSerializable(typeof(LimitLatched))]
[JsonSerializable(typeof(TradeClosed)), JsonSerializable(typeof(FieldRedacted)), JsonSerializable(typeof(PredictionScored))]
[JsonSerializable(typeof(OperatorCommanded)), JsonSerializable(typeof(CancelRequested)), JsonSerializable(typeof(ProductRulesSeen))]
internal sealed partial class EventJson : JsonSerializerContext;
