using Npgsql;

namespace Trading.Journal;

/// <summary>The fills that the journal holds, by the exchange's ids: read once, and then only what is new.</summary>
public sealed class KnownFills(NpgsqlDataSource database)
{
    // An append in flight becomes visible behind newer ones: so far back is read again.
    private const long Margin = 10_000;

    private readonly HashSet<(string Order, string Fill)> _known = [];
    private long _read;

    /// <summary>Reads what was recorded since the last time.</summary>
    public async Task ReadAsync(CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(
            "select seq_id, data->>'exchangeOrderId', data->>'exchangeTradeId' from mt_events where seq_id > $1 and type = 'order_filled' order by seq_id");
        command.Parameters.Add(new() { Value = Math.Max(0, _read - Margin) });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            _read = reader.GetInt64(0);
            _known.Add((reader.GetString(1), reader.GetString(2)));
        }
    }

    /// <summary>Whether a fill was recorded when last read.</summary>
    public bool Contains(string exchangeOrderId, string exchangeTradeId) => _known.Contains((exchangeOrderId, exchangeTradeId));
}
