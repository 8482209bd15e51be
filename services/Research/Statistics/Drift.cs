using Trading.Contracts;

namespace Trading.Research.Statistics;

/// <summary>A trade in one of the two records.</summary>
/// <param name="At">Start of the interval of the price that it was decided on, in seconds since 1970.</param>
/// <param name="Side">Buy or sell.</param>
/// <param name="Quantity">Units that were filled.</param>
/// <param name="Price">Mean price of the fill.</param>
/// <param name="FeeUsd">Fee.</param>
public sealed record DriftTrade(long At, TradeAction Side, decimal Quantity, decimal Price, decimal FeeUsd)
{
    /// <summary>What the trade did to cash: positive for a sale.</summary>
    public decimal CashUsd => (Side == TradeAction.Buy ? -Quantity * Price : Quantity * Price) - FeeUsd;
}

/// <summary>Why a trade is not the same in both records.</summary>
public enum DriftReason
{
    /// <summary>It is the same to the last digit.</summary>
    None,

    /// <summary>One of the two has no price for the interval.</summary>
    MissingData,

    /// <summary>The two have another price for the interval.</summary>
    Price,

    /// <summary>The same order was filled otherwise: at another price, for another fee, or in part.</summary>
    Fill,

    /// <summary>Another amount was ordered: the accounts had drifted apart before.</summary>
    Size,

    /// <summary>The same price led to another decision: settings, models, limits, the account, or an operator.</summary>
    Decision,
}

/// <summary>A trade in both records.</summary>
/// <param name="At">Start of the interval, in seconds since 1970.</param>
/// <param name="Traded">The trade that was made; null where only the backtest makes it.</param>
/// <param name="Tested">The trade of the backtest; null where only the record has it.</param>
/// <param name="Reason">Why they differ.</param>
/// <param name="Detail">The figures that differ, in one line; null where nothing does.</param>
/// <param name="CashUsd">How much more cash the trade that was made brought than that of the backtest.</param>
public sealed record DriftLine(long At, DriftTrade? Traded, DriftTrade? Tested, DriftReason Reason, string? Detail, decimal CashUsd);

/// <summary>Trades that were made, live or on paper, beside those that the backtest makes over the same time.</summary>
public static class Drift
{
    /// <summary>Compares trade by trade, in the order of time.</summary>
    /// <param name="traded">
    /// Trades that were made, in order. Several of one side at the same price, an exit and a decision, are compared in their order.
    /// </param>
    /// <param name="tested">Trades of the backtest.</param>
    /// <param name="observed">The prices that the trades were decided on, by the start of their interval.</param>
    /// <param name="data">The prices of the backtest.</param>
    public static IReadOnlyList<DriftLine> Compare(
        IReadOnlyList<DriftTrade> traded, IReadOnlyList<DriftTrade> tested, IReadOnlyDictionary<long, decimal> observed,
        IReadOnlyDictionary<long, decimal> data)
    {
        var (made, expected) = (Placed(traded), Placed(tested));
        return [.. made.Keys.Union(expected.Keys).Order().Select(
            key => Line(key.At, made.GetValueOrDefault(key), expected.GetValueOrDefault(key), Find(observed, key.At), Find(data, key.At)))];
    }

    private static Dictionary<(long At, TradeAction Side, int Place), DriftTrade> Placed(IReadOnlyList<DriftTrade> trades) =>
        trades.GroupBy(trade => (trade.At, trade.Side)).SelectMany(group => group.Select((trade, place) => (trade, place)))
            .ToDictionary(entry => (entry.trade.At, entry.trade.Side, entry.place), entry => entry.trade);

    private static decimal? Find(IReadOnlyDictionary<long, decimal> prices, long at) =>
        prices.TryGetValue(at, out var price) ? price : null;

    private static DriftLine Line(long at, DriftTrade? traded, DriftTrade? tested, decimal? observed, decimal? data)
    {
        var (reason, detail) = (observed, data) switch
        {
            (null, _) => (DriftReason.MissingData, "no price was observed"),
            (_, null) => (DriftReason.MissingData, "the data have no price"),
            var (live, history) when live != history =>
                (DriftReason.Price, FormattableString.Invariant($"price {live} observed, {history} in the data")),
            _ when traded is null => (DriftReason.Decision, "only the backtest trades"),
            _ when tested is null => (DriftReason.Decision, "the backtest does not trade"),
            _ => Differences(traded, tested),
        };
        return new(at, traded, tested, reason, detail, (traded?.CashUsd ?? 0) - (tested?.CashUsd ?? 0));
    }

    private static (DriftReason, string?) Differences(DriftTrade traded, DriftTrade tested) =>
        traded == tested ? (DriftReason.None, null)
        : traded.Quantity != tested.Quantity ? (DriftReason.Size,
            FormattableString.Invariant($"quantity {traded.Quantity}, {tested.Quantity} in the backtest"))
        : (DriftReason.Fill, FormattableString.Invariant(
            $"filled at {traded.Price} for a fee of {traded.FeeUsd}, at {tested.Price} for {tested.FeeUsd} in the backtest"));
}
