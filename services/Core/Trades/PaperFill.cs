using System.Buffers.Binary;
using System.Numerics;
using Trading.Contracts;

namespace Trading.Core;

/// <summary>
/// The fill of an order on paper: the one model of backtest, paper exchange, what-if and audit replay. It depends on its arguments only.
/// </summary>
public static class PaperFill
{
    /// <summary>Name of the exchange in settings and records.</summary>
    public const string Exchange = "paper";

    private enum Chance
    {
        Timeout = 1,
        Rejection,
        Partial,
        PartialShare,
    }

    /// <summary>
    /// Fills an order at what the market offers. A market order pays price x (1 ± (spread / 2 + slippage)), rounded to the tick against the
    /// order, and is cancelled when that lies beyond its worst price. A limit that the market has passed already is filled so too, but
    /// never beyond the limit; else it is filled at the limit, for the maker's fee, when the bar goes beyond it (at the limit itself others
    /// are served first). A stop becomes a market order at the stop, or at the price where the market stands beyond it already.
    /// </summary>
    /// <param name="tradeId">What chance derives from; without meaning where the costs leave nothing to chance.</param>
    /// <param name="order">The order.</param>
    /// <param name="reference">Where the market stands when the order arrives; above 0.</param>
    /// <param name="bar">What the market does from then on; null when only the reference is known.</param>
    /// <param name="costs">What trading costs.</param>
    public static PaperExecution Of(Guid tradeId, in PaperOrder order, decimal reference, in PaperBar? bar, PaperCosts costs)
    {
        if (costs.RejectionRate > 0 && Draw(tradeId, Chance.Rejection) < costs.RejectionRate)
            return new(TradeOutcome.Rejected, 0, 0, 0, PaperReason.RefusedByChance);

        var buys = order.Side == TradeAction.Buy;
        var (from, worst, fee) = (reference, order.WorstPrice, costs.FeePercent);
        switch (order.Type)
        {
            case OrderType.Limit when buys ? reference <= order.Price : reference >= order.Price:
                worst = Bounded(buys, order.Price, worst);
                break;
            case OrderType.Limit when bar is { } after && (buys ? after.Low < order.Price : after.High > order.Price):
                return Fill(tradeId, order, order.Price, bar, costs, costs.MakerFeePercent ?? costs.FeePercent);
            case OrderType.Limit:
                return new(TradeOutcome.Cancelled, 0, 0, 0, PaperReason.LimitNotReached);
            case OrderType.Stop when buys ? reference < order.Price : reference > order.Price:
                if (bar is not { } until || (buys ? until.High < order.Price : until.Low > order.Price))
                    return new(TradeOutcome.Cancelled, 0, 0, 0, PaperReason.StopNotReached);
                from = order.Price;
                break;
        }

        var price = TakersPrice(order, from, bar, costs);
        if (order.Type == OrderType.Limit && (buys ? price > order.Price : price < order.Price))
            price = order.Price;
        return (buys ? price > worst : price < worst)
            ? new(TradeOutcome.Cancelled, 0, price, 0, PaperReason.BeyondWorstPrice)
            : Fill(tradeId, order, price, bar, costs, fee);
    }

    /// <summary>The same, as it is recorded.</summary>
    public static Execution Of(Guid tradeId, Order order, decimal observedPrice, PaperCosts costs,
        DateTimeOffset at, PaperBar? bar = null) =>
        Record(order, Of(tradeId, PaperOrder.Of(order), observedPrice, bar, costs), at) with
        {
            ClientOrderId = DerivedId.ClientOrderId(tradeId),
            ExchangeOrderId = DerivedId.Create(tradeId, "paper-order").ToString("N"),
        };

    /// <summary>The record of an order's result where no exchange has an id for it.</summary>
    public static Execution Record(Order order, in PaperExecution fill, DateTimeOffset at) => new(
        fill.Outcome, Exchange, true, "", null, fill.Quantity, fill.Quantity > 0 ? fill.Price : 0, fill.FeeUsd, Words(order, fill), at);

    /// <summary>Whether the placement of an order gets no answer. The order itself is executed as usual.</summary>
    public static bool TimesOut(Guid tradeId, PaperCosts costs) =>
        costs.TimeoutRate > 0 && Draw(tradeId, Chance.Timeout) < costs.TimeoutRate;

    private static decimal TakersPrice(in PaperOrder order, decimal from, in PaperBar? bar, PaperCosts costs)
    {
        var percent = costs.SpreadPercent / 2 + costs.SlippagePercent;
        if (costs.SizeSlippagePercent > 0 && bar is { Volume: > 0 and var volume })
            percent += costs.SizeSlippagePercent * Math.Min(1, order.Quantity / volume);
        var move = from * percent / 100;
        // Whatever the percentages, nothing is sold for nothing.
        return order.Side == TradeAction.Buy
            ? Math.Ceiling((from + move) / costs.TickSize) * costs.TickSize
            : Math.Max(Math.Floor((from - move) / costs.TickSize) * costs.TickSize, Math.Min(costs.TickSize, from));
    }

    private static PaperExecution Fill(Guid tradeId, in PaperOrder order, decimal price, in PaperBar? bar,
        PaperCosts costs, decimal feePercent)
    {
        var (quantity, reason) = (order.Quantity, PaperReason.None);
        if (costs.MaxVolumePercent > 0 && bar is { } traded && traded.Volume * costs.MaxVolumePercent / 100 < quantity)
            (quantity, reason) = (costs.InLots(traded.Volume * costs.MaxVolumePercent / 100), PaperReason.Volume);
        if (costs.PartialFillRate > 0 && Draw(tradeId, Chance.Partial) < costs.PartialFillRate)
        {
            var part = costs.InLots(order.Quantity * (decimal)Draw(tradeId, Chance.PartialShare));
            if (part < quantity)
                (quantity, reason) = (part, PaperReason.PartByChance);
        }
        return quantity <= 0
            ? new(TradeOutcome.Cancelled, 0, 0, 0, reason)
            : new(quantity == order.Quantity ? TradeOutcome.Filled : TradeOutcome.PartiallyFilled, quantity, price,
                Money.RoundUp(quantity * price * feePercent / 100), reason);
    }

    private static decimal Bounded(bool buys, decimal limit, decimal worst) => buys ? Math.Min(limit, worst) : Math.Max(limit, worst);

    private static string? Words(Order order, in PaperExecution fill) => fill.Reason switch
    {
        PaperReason.None => null,
        PaperReason.BeyondWorstPrice =>
            FormattableString.Invariant($"the price {fill.Price} lies beyond the worst price {order.WorstPrice}"),
        PaperReason.LimitNotReached => FormattableString.Invariant($"the market did not go beyond the limit {order.LimitPrice}"),
        PaperReason.StopNotReached => FormattableString.Invariant($"the market did not reach the stop {order.StopPrice}"),
        PaperReason.Volume => "the market did not trade enough; the rest was cancelled",
        PaperReason.PartByChance => "filled in part, as the paper market's rate of partial fills has it; the rest was cancelled",
        _ => "refused, as the paper market's rate of rejections has it",
    };

    // The id is a hash: its bits are as good as random. One more mixing (SplitMix64, Steele and others, 2014) makes a number of each kind
    // of it.
    private static double Draw(Guid tradeId, Chance of)
    {
        Span<byte> id = stackalloc byte[16];
        tradeId.TryWriteBytes(id);
        var z =
            BinaryPrimitives.ReadUInt64LittleEndian(id) ^ BitOperations.RotateLeft(BinaryPrimitives.ReadUInt64LittleEndian(id[8..]), 32);
        z += 0x9E3779B97F4A7C15UL * (ulong)of;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return ((z ^ (z >> 31)) >> 11) * (1.0 / (1UL << 53));
    }
}
