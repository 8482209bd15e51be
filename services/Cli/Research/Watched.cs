using Trading.Core;
using Trading.Research.Backtests;

namespace Trading.Cli.Research;

/// <summary>A trader whose wishes are written down.</summary>
/// <param name="trader">The trader.</param>
public sealed class Watched(IBacktestTrader trader) : IBacktestTrader
{
    /// <inheritdoc/>
    public string Strategy => trader.Strategy;

    /// <summary>When it wanted what, in order.</summary>
    public List<(long At, PaperOrder Order)> Wishes { get; } = [];

    /// <inheritdoc/>
    public bool Decide(long closedAtUnixSeconds, in Candle bar, out BacktestOrder order)
    {
        var wants = trader.Decide(closedAtUnixSeconds, bar, out order);
        if (wants)
            Wishes.Add((closedAtUnixSeconds, order.Paper));
        return wants;
    }

    /// <inheritdoc/>
    public bool Observe(long closedAtUnixSeconds, in Candle bar) => trader.Observe(closedAtUnixSeconds, bar);

    /// <inheritdoc/>
    public BacktestOrder Sized(in BacktestOrder order, decimal reference, in PaperBar? range) => trader.Sized(order, reference, range);

    /// <inheritdoc/>
    public bool Reaches(in Candle part, bool entered, out decimal reference) => trader.Reaches(part, entered, out reference);

    /// <inheritdoc/>
    public bool Leaves(in Candle part, decimal reference, out BacktestOrder order) => trader.Leaves(part, reference, out order);

    /// <inheritdoc/>
    public void Settle(in BacktestOrder order, in PaperExecution execution, long atUnixSeconds) =>
        trader.Settle(order, execution, atUnixSeconds);
}
