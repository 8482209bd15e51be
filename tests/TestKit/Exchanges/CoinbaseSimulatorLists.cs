using System.Globalization;
using static Trading.TestKit.Exchanges.CoinbaseAnswers;

namespace Trading.TestKit.Exchanges;

// Its lists of orders and fills, page by page.
public sealed partial class CoinbaseSimulator
{
    private List<object> Orders(Dictionary<string, string> query)
    {
        var since = query.TryGetValue("start_date", out var start)
            ? DateTimeOffset.Parse(start, CultureInfo.InvariantCulture) : DateTimeOffset.MinValue;
        var found = new List<object>();
        foreach (var order in Of(query).SelectMany(market => market.Orders).OrderBy(order => order.Id)
            .Where(order => !order.Venue.IsHidden(order)).Where(order => order.At >= since && (!query.ContainsKey("order_status")
                || order.Open)).Reverse())
        {
            if (order.HiddenFor > 0)
                order.HiddenFor--;
            else
                found.Add(Order(order));
        }
        return found;
    }

    private List<object> Fills(Dictionary<string, string> query)
    {
        var since = query.TryGetValue("start_sequence_timestamp", out var start)
            ? DateTimeOffset.Parse(start, CultureInfo.InvariantCulture) : DateTimeOffset.MinValue;
        var orders = Of(query).SelectMany(market => market.Orders).Where(order => !order.Venue.IsHidden(order))
            .ToDictionary(order => order.Id);
        return [.. Of(query).SelectMany(market => market.Fills).OrderBy(fill => fill.TradeId).Where(fill =>
            orders.ContainsKey(fill.OrderId))
            .Where(fill => fill.At >= since && (!query.TryGetValue("order_ids", out var id) || orders[fill.OrderId].Uuid == id))
            .Reverse().Select(fill => Fill(fill, orders[fill.OrderId]))];
    }

    private IReadOnlyList<Venue> Of(Dictionary<string, string> query) =>
        query.TryGetValue("product_ids", out var product) ? [Market(product) ?? Venue] : Venue.Markets;

    private Dictionary<string, object> Page(Dictionary<string, string> query, string name, List<object> items)
    {
        var from = query.TryGetValue("cursor", out var cursor) ? int.Parse(cursor, CultureInfo.InvariantCulture) : 0;
        var more = from + PageSize < items.Count;
        if (ListsNull && Venue.Markets.SelectMany(market => market.Orders).Any(order => order.Venue.IsHidden(order)))
            return new() { [name] = null!, ["has_next"] = false, ["cursor"] = "" };
        return new() { [name] = items.Skip(from).Take(PageSize), ["has_next"] = more, ["cursor"] = more ? $"{from + PageSize}" : "" };
    }
}
