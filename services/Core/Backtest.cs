using System.Runtime.CompilerServices;
using Trading.Contracts;
using Trading.Core.Strategies;

namespace Trading.Core;

/// <summary>Where an order is filled that was decided on at a bar's close.</summary>
public enum FillTiming
{
    /// <summary>In the next bar: at its open, or after the latency on its way from there. What a backtest should use: the close itself has passed when it is known.</summary>
    NextBar,

    /// <summary>At once and at the close, as the paper exchange fills at the observed price; a strategy sees that price alone. For comparing with a recorded run of the services.</summary>
    AtClose,
}

/// <summary>What a backtest is run with, besides its strategy.</summary>
/// <param name="Symbol">What is traded.</param>
/// <param name="IntervalSeconds">Seconds of a bar; above 0.</param>
/// <param name="CashUsd">Cash at the start; above 0.</param>
/// <param name="Costs">What trading costs.</param>
/// <param name="Timing">Where orders are filled.</param>
/// <param name="OrderBars">Bars for which a limit or a stop may wait before it is cancelled; at least 1.</param>
/// <param name="Opening">What is held at the start, besides the cash; null for nothing.</param>
public sealed record BacktestRules(
    string Symbol, int IntervalSeconds, decimal CashUsd, PaperCosts Costs, FillTiming Timing = FillTiming.NextBar, int OrderBars = 60, Position? Opening = null);

/// <summary>
/// Who turns a bar into an order and books what became of it: <see cref="FixedOrders"/>, or the <see cref="Pipeline"/> with the account's limits as in live trading. An order is told
/// after the bar has closed and filled in a later one, so nothing that is decided can rest on what comes.
/// </summary>
public interface IBacktestTrader
{
    /// <summary>Name of the strategy.</summary>
    string Strategy { get; }

    /// <summary>Takes a bar that has closed.</summary>
    /// <param name="closedAtUnixSeconds">When it closed.</param>
    /// <param name="bar">The bar.</param>
    void Observe(long closedAtUnixSeconds, in Candle bar);

    /// <summary>Decides on the bar that was observed last; asked again after an order that was filled at once.</summary>
    /// <param name="closedAtUnixSeconds">When it closed.</param>
    /// <param name="bar">The bar.</param>
    /// <param name="order">The order that is wanted.</param>
    /// <returns>Whether one is wanted.</returns>
    bool Decide(long closedAtUnixSeconds, in Candle bar, out BacktestOrder order);

    /// <summary>Books what became of the order.</summary>
    void Settle(in BacktestOrder order, in PaperExecution execution, long atUnixSeconds);
}

/// <summary>An order on its way.</summary>
/// <param name="Paper">The order.</param>
/// <param name="TradeId">What chance derives from; empty where the costs leave nothing to it.</param>
/// <param name="Exit">Why a position is left without a signal; null when a signal asked.</param>
public readonly record struct BacktestOrder(PaperOrder Paper, Guid TradeId, ExitReason? Exit);

/// <summary>
/// Plays bars through a strategy: marks the account at each close, hands the closed bar to the trader, and fills what it orders in a later bar. Without allocation per bar, and with
/// memory that does not grow with their number. Many may run at the same time, each on its own thread, over the same candles.
/// </summary>
public sealed class Backtest(BacktestRules rules, IBacktestTrader trader)
{
    private readonly BacktestLedger _ledger = new(rules);
    private readonly long _latencySeconds = rules.Costs.LatencyMilliseconds / 1000;
    private readonly decimal _latencyShare = rules.Costs.LatencyMilliseconds / 1000m / rules.IntervalSeconds;
    private BacktestOrder _order;
    private long _orderedAt;
    private int _waited;
    private bool _onItsWay;

    /// <summary>What happened so far.</summary>
    public BacktestLedger Ledger => _ledger;

    /// <summary>Takes the next bars, in the order of their times.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Add(ReadOnlySpan<Candle> bars)
    {
        for (var i = 0; i < bars.Length; i++)
        {
            ref readonly var bar = ref bars[i];
            if (_onItsWay)
                Meet(bar);
            var closedAt = bar.OpenTimeUnixSeconds + rules.IntervalSeconds;
            _ledger.Mark(closedAt, bar);
            if (rules.Timing == FillTiming.AtClose)
            {
                Now(closedAt, AsPrice(bar));
                continue;
            }
            trader.Observe(closedAt, bar);
            if (trader.Decide(closedAt, bar, out var order))
                (_order, _orderedAt, _waited, _onItsWay) = (order, closedAt, 0, true);
        }
    }

    /// <summary>The result so far.</summary>
    /// <param name="partial">Whether the data had not ended.</param>
    public BacktestResult Result(bool partial = false) => _ledger.Result(trader.Strategy, partial);

    // What the services see of a recorded candle.
    private static Candle AsPrice(in Candle bar) => new(bar.OpenTimeUnixSeconds, bar.Close, bar.Close, bar.Close, bar.Close, 0);

    // An exit is booked before the decision at the same price is made, as the services do.
    private void Now(long closedAt, in Candle bar)
    {
        trader.Observe(closedAt, bar);
        while (trader.Decide(closedAt, bar, out _order))
        {
            End(PaperFill.Of(_order.TradeId, _order.Paper, bar.Close, null, rules.Costs), closedAt);
            _ledger.Value(closedAt, bar.Close);
        }
    }

    // The bar in which the order arrives. From then on the market goes from there to the close at least; where in the bar its high and low were is not known, so they do not count.
    private void Meet(in Candle bar)
    {
        var arrivesAt = _orderedAt + _latencySeconds;
        if (arrivesAt >= bar.OpenTimeUnixSeconds + rules.IntervalSeconds)
            return;
        var passed = _waited > 0 || bar.OpenTimeUnixSeconds > arrivesAt ? 0 : _latencyShare - (bar.OpenTimeUnixSeconds - _orderedAt) / (decimal)rules.IntervalSeconds;
        var (reference, range) = passed <= 0
            ? (bar.Open, new PaperBar(bar.High, bar.Low, bar.Volume))
            : Late(bar, passed, _order.Paper.Side);
        var execution = PaperFill.Of(_order.TradeId, _order.Paper, reference, range, rules.Costs);
        if (execution.Reason is PaperReason.LimitNotReached or PaperReason.StopNotReached && ++_waited < rules.OrderBars)
            return;
        End(execution, Math.Max(bar.OpenTimeUnixSeconds, arrivesAt));
    }

    private static (decimal Reference, PaperBar Range) Late(in Candle bar, decimal passed, TradeAction side)
    {
        var worst = side == TradeAction.Buy ? bar.High : bar.Low;
        var reference = bar.Open + (worst - bar.Open) * Math.Min(passed, 1);
        return (reference, new(Math.Max(reference, bar.Close), Math.Min(reference, bar.Close), bar.Volume));
    }

    private void End(in PaperExecution execution, long at)
    {
        _onItsWay = false;
        trader.Settle(_order, execution, at);
        _ledger.Take(_order, execution, at);
    }
}

/// <summary>Orders of a fixed size, one position at a time and never on credit: a rule by itself, without the account's limits.</summary>
/// <param name="strategy">The rule.</param>
/// <param name="quantity">Units of each buy; above 0.</param>
/// <param name="cashUsd">Cash at the start.</param>
/// <param name="costs">What trading costs; a buy that would cost more than the cash is cancelled by its worst price.</param>
public sealed class FixedOrders(ITradingStrategy strategy, decimal quantity, decimal cashUsd, PaperCosts costs) : IBacktestTrader
{
    // Value and fee of a fill are rounded to eight decimals.
    private const decimal Rounding = 0.00000002m;

    private decimal _cash = cashUsd;
    private decimal _held;
    private Signal _signal;
    private bool _open;
    private long _orders;

    /// <inheritdoc/>
    public string Strategy => strategy.Name;

    /// <inheritdoc/>
    public void Observe(long closedAtUnixSeconds, in Candle bar) => _signal = strategy.OnBar(bar);

    /// <inheritdoc/>
    public bool Decide(long closedAtUnixSeconds, in Candle bar, out BacktestOrder order)
    {
        var signal = _signal;
        _signal = default;
        if (signal.Action == TradeAction.Hold || _open || signal.Action == TradeAction.Buy != (_held == 0))
        {
            order = default;
            return false;
        }
        var buys = signal.Action == TradeAction.Buy;
        var worst = buys ? (_cash - Rounding) / (quantity * (1 + Math.Max(costs.FeePercent, costs.MakerFeePercent ?? 0) / 100)) : 0;
        order = new(new(signal.Action, buys ? quantity : _held, worst, signal.Type, signal.Price), TradeId(), null);
        return _open = true;
    }

    /// <inheritdoc/>
    public void Settle(in BacktestOrder order, in PaperExecution execution, long atUnixSeconds)
    {
        _open = false;
        var sign = order.Paper.Side == TradeAction.Buy ? 1 : -1;
        _held += sign * execution.Quantity;
        _cash -= BacktestLedger.Notional(execution) * sign + execution.FeeUsd;
    }

    private Guid TradeId() => costs.LeavesToChance || costs.TimeoutRate > 0 ? DerivedId.Create(Guid.Empty, $"backtest/{++_orders}") : default;
}
