using System.Runtime.CompilerServices;
using Amazon.DynamoDBv2.Model;
using Trading.Core;
using Item = System.Collections.Generic.Dictionary<string, Amazon.DynamoDBv2.Model.AttributeValue>;

namespace Trading.Aws;

/// <summary>
/// The trade history in DynamoDB: partition key trade_id, sort key timestamp (seconds since 1970), attributes action, amount, price,
/// predicted_price, simulated and status. It can be written again from the journal at any time.
/// </summary>
public sealed class DynamoDbTrades(AwsPlace place, string table, bool create) : IDisposable
{
    private readonly DynamoDbTable _table = new(place, table, "trade_id");

    /// <summary>Writes trades; writing one again changes nothing. A missing table is created if the settings say so.</summary>
    public async Task PutAsync(IReadOnlyCollection<TradeRow> trades, CancellationToken cancellation)
    {
        try
        {
            await _table.PutAsync(trades.Select(ItemOf), cancellation);
        }
        catch (ResourceNotFoundException) when (create)
        {
            await _table.CreateAsync(cancellation);
            await _table.PutAsync(trades.Select(ItemOf), cancellation);
        }
    }

    /// <summary>Every trade of the table, in no order.</summary>
    public async IAsyncEnumerable<TradeRow> ReadAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (var item in _table.ScanAsync(cancellation))
            yield return RowOf(item);
    }

    /// <inheritdoc/>
    public void Dispose() => _table.Dispose();

    private static Item ItemOf(TradeRow trade)
    {
        var item = new Item
        {
            ["trade_id"] = new(trade.TradeId.ToString()),
            [DynamoDbTable.Timestamp] = DynamoDbTable.Number(trade.UnixSeconds),
            ["action"] = new(trade.Action),
            ["amount"] = DynamoDbTable.Number(trade.Amount),
            ["price"] = DynamoDbTable.Number(trade.Price),
            ["simulated"] = new() { BOOL = trade.Simulated },
            ["status"] = new(trade.Status),
        };
        if (trade.PredictedPrice is { } predicted)
            item["predicted_price"] = DynamoDbTable.Number(predicted);
        return item;
    }

    // Items of other programs may lack attributes; a comparison then reports that they differ from the journal.
    private static TradeRow RowOf(Item item) => new(
        Guid.TryParse(item["trade_id"].S, out var tradeId) ? tradeId : Guid.Empty,
        (long)(DynamoDbTable.Number(item, DynamoDbTable.Timestamp) ?? 0), Text(item, "action"),
        DynamoDbTable.Number(item, "amount") ?? -1, DynamoDbTable.Number(item, "price") ?? -1,
        DynamoDbTable.Number(item, "predicted_price"),
        item.TryGetValue("simulated", out var simulated) && simulated.BOOL == true, Text(item, "status"));

    private static string Text(Item item, string attribute) => item.TryGetValue(attribute, out var value) ? value.S ?? "" : "";
}
