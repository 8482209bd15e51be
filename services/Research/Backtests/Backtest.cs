using System.Runtime.CompilerServices;
using Trading.Contracts;
using Trading.Core;

namespace Trading.Research.Backtests;

/// <summary>
/// Plays bars through a strategy: marks the account at each close, hands the closed bar to the trader, and fills what it orders in a later
/// bar. Without allocation per bar, and with memory that does not grow with their number. Many may run at the same time, each on its own
/// thread, over the same candles.
/// </summary>
public sealed class Backtest(BacktestRules rules, IBacktestTrader trader)
{
    private readonly BacktestLedger _ledger = new(rules);
    private readonly long _latencySeconds = rules.Costs.LatencyMilliseconds / 1000;
    private readonly bool _within = rules.Timing == FillTiming.NextBar;
    private readonly decimal _latencyShare = rules.Costs.LatencyMilliseconds / 1000m / rules.IntervalSeconds;
    private BacktestOrder _order;
    private long _orderedAt, _boughtAt;
    private int _waited;
    private bool _onItsWay, _watches = true;
    private int _detailAt;

    /// <summary>
    /// A finer series of the same market, in order, which decides what was reached first within a bar; empty where there is none.
    /// </summary>
    public Candle[] Detail { get; init; } = [];

    /// <summary>What happened so far.</summary>
    public BacktestLedger Ledger => _ledger;

    /// <summary>Takes the next bars, in the order of their times.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Add(ReadOnlySpan<Candle> bars)
    {
        for (var i = 0; i < bars.Length; i++)
        {
            ref readonly var bar = ref bars[i];
            Arrive(bar);
            Pass(bar);
            Close(bar);
        }
    }

    /// <summary>Fills an order that is on its way, where it arrives in this bar.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Arrive(in Candle bar) => _boughtAt = _onItsWay ? Meet(bar) : long.MinValue;

    /// <summary>Goes through a bar in which orders have arrived, to its close.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Pass(in Candle bar)
    {
        if (_watches && _ledger.Holds && _within)
            Within(bar, _boughtAt);
        _ledger.Mark(bar.OpenTimeUnixSeconds + rules.IntervalSeconds, bar);
    }

    /// <summary>Decides at the close of a bar.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Close(in Candle bar)
    {
        var closedAt = bar.OpenTimeUnixSeconds + rules.IntervalSeconds;
        if (!_within)
        {
            Now(closedAt, AsPrice(bar));
            return;
        }
        _watches = trader.Observe(closedAt, bar);
        if (trader.Decide(closedAt, bar, out var order))
            (_order, _orderedAt, _waited, _onItsWay) = (order, closedAt, 0, true);
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
            if (_order.AmountUsd > 0)
                _order = trader.Sized(_order, bar.Close, null);
            End(PaperFill.Of(_order.TradeId, _order.Paper, bar.Close, null, rules.Costs), closedAt);
            _ledger.Value(closedAt, bar.Close);
        }
    }

    // Fills the order in the bar in which it arrives. After a late arrival only the way from there to the close is certain: when in the bar
    // the high and the low were is unknown, so they do not count.
    // Gives the instant of a purchase.
    private long Meet(in Candle bar)
    {
        var arrivesAt = _orderedAt + _latencySeconds;
        if (arrivesAt >= bar.OpenTimeUnixSeconds + rules.IntervalSeconds)
            return long.MinValue;
        var passed = _waited > 0 || bar.OpenTimeUnixSeconds > arrivesAt
            ? 0 : _latencyShare - (bar.OpenTimeUnixSeconds - _orderedAt) / (decimal)rules.IntervalSeconds;
        var (reference, range) = passed <= 0
            ? (bar.Open, new PaperBar(bar.High, bar.Low, bar.Volume))
            : Late(bar, passed, _order.Paper.Side);
        var order = _order.AmountUsd > 0 ? trader.Sized(_order, reference, range) : _order;
        var execution = PaperFill.Of(order.TradeId, order.Paper, reference, range, rules.Costs);
        if (execution.Reason is PaperReason.LimitNotReached or PaperReason.StopNotReached && ++_waited < rules.OrderBars)
            return long.MinValue;
        _order = order;
        var at = Math.Max(bar.OpenTimeUnixSeconds, arrivesAt);
        End(execution, at);
        return order.Paper.Side == TradeAction.Buy && execution.Quantity > 0 ? at : long.MinValue;
    }

    // Sells where a stop or a target is reached within the bar: part by part where a finer series knows them.
    private void Within(in Candle bar, long boughtAt)
    {
        var parts = Detail.Length == 0 ? default : Parts(bar);
        if (parts.IsEmpty)
        {
            Within(bar, rules.IntervalSeconds, boughtAt);
            return;
        }
        for (var i = 0; i < parts.Length && _ledger.Holds; i++)
        {
            var next = i + 1 < parts.Length ? parts[i + 1].OpenTimeUnixSeconds : bar.OpenTimeUnixSeconds + rules.IntervalSeconds;
            // What was over before the purchase says nothing.
            if (next > boughtAt)
                Within(parts[i], next - parts[i].OpenTimeUnixSeconds, boughtAt);
        }
    }

    private void Within(in Candle part, long seconds, long boughtAt)
    {
        var entered = boughtAt >= part.OpenTimeUnixSeconds;
        if (!trader.Reaches(part, entered, out var reference))
            return;
        // A position has one order at a time: what waits for its price gives way.
        if (_onItsWay)
            End(new(TradeOutcome.Cancelled, 0, 0, 0, PaperReason.LimitNotReached), part.OpenTimeUnixSeconds);
        if (!trader.Leaves(part, reference, out var order))
            return;
        var execution = PaperFill.Of(order.TradeId, order.Paper, reference,
            new PaperBar(Math.Max(reference, part.Close), Math.Min(reference, part.Close), part.Volume), rules.Costs);
        // The market stood there at its open, or at some instant before its close.
        var at = !entered && reference == part.Open ? part.OpenTimeUnixSeconds : part.OpenTimeUnixSeconds + Math.Max(0, seconds - 1);
        at = Math.Max(at, boughtAt);
        trader.Settle(order, execution, at);
        _ledger.Take(order, execution, at);
    }

    private ReadOnlySpan<Candle> Parts(in Candle bar)
    {
        var end = bar.OpenTimeUnixSeconds + rules.IntervalSeconds;
        while (_detailAt < Detail.Length && Detail[_detailAt].OpenTimeUnixSeconds < bar.OpenTimeUnixSeconds)
            _detailAt++;
        var last = _detailAt;
        while (last < Detail.Length && Detail[last].OpenTimeUnixSeconds < end)
            last++;
        return Detail.AsSpan(_detailAt, last - _detailAt);
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
