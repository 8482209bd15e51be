using System.Buffers;
using System.Globalization;
using System.Runtime.CompilerServices;
using Npgsql;
using Trading.Core;
using Trading.Journal.Postgres;

namespace Trading.Journal.Events;

/// <summary>Reads whole journals: rows come in order, and batches of them are decoded in parallel.</summary>
internal static class EventStreaming
{
    private const string Query = "select seq_id, version, timestamp, stream_id, type, data from mt_events where seq_id > ";

    // The caller recomputes a batch while it is still in the processor's cache: batches of 512 took a third longer.
    private const int EventsPerBatch = 128;
    private const int BatchesAhead = 4;

    private static readonly DateTimeOffset Epoch = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>All events after a sequence number, in order and in batches.</summary>
    public static async IAsyncEnumerable<IReadOnlyList<JournalEvent>> EventsAsync(
        NpgsqlDataSource database, long afterSequence, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var rows = await BinaryCopy.StartAsync(connection,
            string.Create(CultureInfo.InvariantCulture, $"{Query}{afterSequence} and {JournalReader.Happened} order by seq_id"), 6,
            cancellation);
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

    // Rows as they came, one after the other in a pooled buffer: a data reader would allocate for each.
    private sealed class EncodedBatch
    {
        private readonly (long Sequence, long Version, long MicrosecondsSince2000, string StreamId, string Type, int End)[] _rows =
            new (long, long, long, string, string, int)[EventsPerBatch];
        private byte[] _data = ArrayPool<byte>.Shared.Rent(EventsPerBatch * 1024);
        private int _end;

        public int Count { get; private set; }

        public void Add(BinaryCopy row)
        {
            // The first byte of a jsonb value is its version.
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
            _rows[Count++] = (row.Int64(0), row.Int64(1), row.Int64(2), EventDecoder.Names.Of(row.Field(3)),
                EventDecoder.Names.Of(row.Field(4)), _end);
        }

        public JournalEvent[] Decode()
        {
            var events = new JournalEvent[Count];
            for (var (at, begin) = (0, 0); at < Count; at++)
            {
                var row = _rows[at];
                // PostgreSQL counts microseconds from 2000.
                var time = Epoch.AddTicks(row.MicrosecondsSince2000 * TimeSpan.TicksPerMicrosecond);
                events[at] = new(row.Sequence, row.StreamId, row.Version, time,
                    Readable(new(row.Sequence, row.StreamId, row.Version, row.Type, time, []), _data.AsMemory(begin, row.End - begin)));
                begin = row.End;
            }
            ArrayPool<byte>.Shared.Return(_data);
            return events;
        }

        private static object Readable(in StoredEvent stored, ReadOnlyMemory<byte> data)
        {
            try
            {
                return StoredTypes.Deserialize(stored, data);
            }
            catch (InvalidDataException unreadable)
            {
                return new UnreadableEvent(unreadable.Message);
            }
        }
    }
}
