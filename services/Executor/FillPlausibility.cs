using Trading.Contracts;
using Trading.Core;
using Trading.Services.Exchanges;

namespace Trading.Services;

/// <summary>Whether what an exchange tells of an order can be true of it; asked before anything is booked.</summary>
internal static class FillPlausibility
{
    // An order never fills beyond its limit; a little is left for how prices are written.
    private const decimal LimitTolerance = 0.001m;

    // A market order may, in a thin book: beyond this it is no market any more.
    private const decimal MarketTolerance = 0.2m;

    // Far above what any exchange takes.
    private const decimal LargestFeeShare = 0.05m;

    // As much as clocks and reports may be apart.
    private static readonly TimeSpan EarlierThanOrder = TimeSpan.FromMinutes(15);

    /// <summary>What is wrong with a report; null when it may be true.</summary>
    /// <param name="trade">The trade; its order was placed.</param>
    /// <param name="report">What the exchange tells.</param>
    /// <param name="baseAsset">What is traded.</param>
    /// <param name="quoteAsset">What it is paid in.</param>
    /// <param name="ahead">How far this machine's clock is known to be ahead of the exchange's.</param>
    public static string? Doubt(Trade trade, OrderReport report, string baseAsset, string quoteAsset, TimeSpan ahead)
    {
        var placed = trade.Placed!;
        var sent = OrderTerms.Sent(trade).Sent;
        if (report.Side != placed.Order.Side)
            return $"a {report.Side} in place of a {placed.Order.Side}";
        if (report.ClientOrderId is { } id && id != placed.ClientOrderId)
            return $"an order with the client order id {id}";
        if (report.Fills.Sum(fill => fill.Quantity) is var filled && filled > sent.Quantity)
            return $"{filled.Plain()} filled of an order of {sent.Quantity.Plain()}";
        foreach (var fill in report.Fills)
        {
            if (fill.Side != placed.Order.Side || fill.Symbol != placed.Order.Symbol)
                return $"a {fill.Side} of {fill.Symbol} as a fill of a {placed.Order.Side} of {placed.Order.Symbol}";
            if (fill.Quantity <= 0 || fill.Price <= 0)
                return $"a fill of {fill.Quantity.Plain()} at {fill.Price.Plain()}";
            var (bound, tolerance) = sent.LimitPrice is { } limit ? (limit, LimitTolerance) : (placed.Order.WorstPrice, MarketTolerance);
            if (fill.Side == TradeAction.Buy ? fill.Price > bound * (1 + tolerance) : fill.Price < bound * (1 - tolerance))
                return $"a price of {fill.Price.Plain()} on a {placed.Order.Side} limited to {bound.Plain()}";
            var share = fill.FeeAsset == quoteAsset ? fill.Fee / (fill.Quantity * fill.Price)
                : fill.FeeAsset == baseAsset ? fill.Fee / fill.Quantity : 0;
            if (Math.Abs(share) > LargestFeeShare)
                return $"a fee of {fill.Fee.Plain()} {fill.FeeAsset} on {(fill.Quantity * fill.Price).Plain()}";
            if (fill.At + ahead < placed.At - EarlierThanOrder && fill.At + ahead < trade.Assessment!.AssessedAt - EarlierThanOrder)
                return $"a fill of {fill.At:u}, before the order of {placed.At:u}";
        }
        return null;
    }
}
