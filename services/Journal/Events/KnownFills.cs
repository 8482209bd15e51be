using System.Collections.Concurrent;
using Npgsql;

namespace Trading.Journal.Events;

/// <summary>
/// The fills that the journal holds, by the exchange's ids. They are read once, and later only the new ones. Orders that are executed at
/// the same time may ask at the same time.
/// </summary>
public sealed class KnownFills(NpgsqlDataSource database)
{
    // An append in flight becomes visible after newer ones: each read goes this far back.
    private const long Margin = 10_000;

    private readonly ConcurrentDictionary<(string Order, string Fill), bool> _known = [];
    private readonly ConcurrentDictionary<string, string> _streams = [];
    private long _read;

    /// <summary>Reads what was recorded since the last time.</summary>
    public async Task ReadAsync(CancellationToken cancellation)
    {
        // The position is that of the newest event, not of the newest fill: between two fills there may be a whole day of decisions.
        var newest = await JournalReader.LastSequenceAsync(database, cancellation);
        await using var command = database.CreateCommand(
            "select data->>'exchangeOrderId', data->>'exchangeTradeId', stream_id from mt_events where seq_id > $1 and type in "
            + "('order_filled', 'external_fill_booked') order by seq_id");
        command.Parameters.Add(new() { Value = Math.Max(0, Interlocked.Read(ref _read) - Margin) });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            _known[(reader.GetString(0), reader.GetString(1))] = true;
            _streams[reader.GetString(1)] = reader.GetString(2);
        }
        // This may set back what another read has reached: the next one then reads more than it must, never less.
        Interlocked.Exchange(ref _read, newest);
    }

    /// <summary>The stream that a fill of this id is booked in, whatever its order; null where there is none.</summary>
    public string? StreamOf(string exchangeTradeId) => _streams.GetValueOrDefault(exchangeTradeId);

    /// <summary>Whether a fill was recorded when last read.</summary>
    public bool Contains(string exchangeOrderId, string exchangeTradeId) => _known.ContainsKey((exchangeOrderId, exchangeTradeId));
}
