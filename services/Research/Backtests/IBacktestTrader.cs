using Trading.Contracts;
using Trading.Core;

namespace Trading.Research.Backtests;

/// <summary>
/// Turns a bar into an order and books how the order ended: <see cref="FixedOrders"/>, or <see cref="PipelineTrader"/> with the account's
/// limits as in live trading. An order is placed after the bar has closed and filled in a later one, so no decision can use later prices.
/// </summary>
public interface IBacktestTrader
{
    /// <summary>Name of the strategy.</summary>
    string Strategy { get; }

    /// <summary>Takes a bar that has closed.</summary>
    /// <param name="closedAtUnixSeconds">When it closed.</param>
    /// <param name="bar">The bar.</param>
    /// <returns>Whether a price within the next bar may sell what is held: only then is <see cref="Reaches"/> asked.</returns>
    bool Observe(long closedAtUnixSeconds, in Candle bar);

    /// <summary>Decides on the bar that was observed last; called again after an order that was filled at once.</summary>
    /// <param name="closedAtUnixSeconds">When it closed.</param>
    /// <param name="bar">The bar.</param>
    /// <param name="order">The order that is wanted.</param>
    /// <returns>Whether one is wanted.</returns>
    bool Decide(long closedAtUnixSeconds, in Candle bar, out BacktestOrder order);

    /// <summary>Gives an order of an amount its quantity, now that its price is known.</summary>
    /// <param name="order">An order with an <see cref="BacktestOrder.AmountUsd"/>.</param>
    /// <param name="reference">Where the market stands when it arrives.</param>
    /// <param name="range">What the market does from then on; null when only the reference is known.</param>
    BacktestOrder Sized(in BacktestOrder order, decimal reference, in PaperBar? range) => order;

    /// <summary>
    /// Whether a stop or a target is reached within a bar, or within a part of one, in which something is held. Where both lie in it, the
    /// stop counts: what came first is not known.
    /// </summary>
    /// <param name="part">The bar, or the part of it.</param>
    /// <param name="entered">Whether the position was begun in it, so that only the way to its close is certain for gains.</param>
    /// <param name="reference">Where the market stands when it is reached.</param>
    bool Reaches(in Candle part, bool entered, out decimal reference)
    {
        reference = 0;
        return false;
    }

    /// <summary>The sale at the stop or target that was reached last; no other order is open.</summary>
    /// <returns>Whether there is one.</returns>
    bool Leaves(in Candle part, decimal reference, out BacktestOrder order)
    {
        order = default;
        return false;
    }

    /// <summary>Books how the order ended.</summary>
    void Settle(in BacktestOrder order, in PaperExecution execution, long atUnixSeconds);
}

/// <summary>An order on its way.</summary>
/// <param name="Paper">The order.</param>
/// <param name="TradeId">What random fills derive from; empty where the costs have no random part.</param>
/// <param name="Exit">Why a position is left without a signal; null when a signal asked.</param>
public readonly record struct BacktestOrder(PaperOrder Paper, Guid TradeId, ExitReason? Exit)
{
    /// <summary>Value of a purchase whose quantity follows from its price; 0 where the quantity is given.</summary>
    public decimal AmountUsd { get; init; }
}
