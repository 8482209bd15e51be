using System.Runtime.CompilerServices;
using Trading.Contracts;
using Trading.Core;

namespace Trading.Research.Backtests;

/// <summary>Cash, position and all figures of a backtest, kept up to date bar by bar.</summary>
public sealed class BacktestLedger(BacktestRules rules)
{
    private const long SecondsPerDay = 86_400;
    private const int MostPoints = 4096;

    private readonly List<BacktestTrade> _trades = [];
    private readonly List<BacktestFill> _fills = [];
    private readonly List<BacktestPoint> _days = [];
    private readonly List<BacktestPoint> _curve = [];
    private readonly Dictionary<TradeOutcome, int> _outcomes = [];
    private readonly Dictionary<(TradeAction Side, PaperReason Reason), int> _reasons = [];
    private BacktestPoint _first, _newest;
    private decimal _cost = rules.Opening?.CostUsd ?? 0, _buyFees, _turnover;
    private BacktestPoint _peak, _trough, _deepestPeak, _deepestTrough;
    private bool _cashValued;
    private decimal _highest, _lowest = decimal.MaxValue;
    private long _enteredAt, _bars, _barsHeld, _everyBars = 1, _untilPoint = 1, _day = long.MinValue;

    /// <summary>Cash.</summary>
    public decimal CashUsd { get; private set; } = rules.CashUsd;

    /// <summary>Units held.</summary>
    public decimal Quantity { get; private set; } = rules.Opening?.Quantity ?? 0;

    /// <summary>Whether anything is held.</summary>
    public bool Holds { get; private set; } = rules.Opening is { Quantity: not 0 };

    /// <summary>Fees so far.</summary>
    public decimal FeesUsd { get; private set; }

    /// <summary>Cash and position at the last close.</summary>
    public decimal EquityUsd { get; private set; } = rules.CashUsd;

    /// <summary>Bars taken.</summary>
    public long Bars => _bars;

    /// <summary>Orders with a fill so far.</summary>
    public int Orders { get; private set; }

    /// <summary>
    /// Whether ended orders, and the highest and lowest price of each position, are kept; a search over many settings does not need them.
    /// </summary>
    public bool KeepsFills { get; set; } = true;

    /// <summary>Value of a fill, booked with eight decimals as the account does.</summary>
    public static decimal Notional(in PaperExecution execution) => decimal.Round(execution.Quantity * execution.Price, Money.Decimals);

    /// <summary>Values the account at a bar's close.</summary>
    public void Mark(long at, in Candle bar)
    {
        if (_bars++ == 0)
            _first = _peak = _trough = new(bar.OpenTimeUnixSeconds, Quantity == 0 ? CashUsd : CashUsd + Quantity * bar.Open, bar.Open);
        if (Holds)
        {
            _barsHeld++;
            if (KeepsFills)
                Reach(bar);
        }
        Value(at, bar.Close);
        EndBar(at, bar.Close);
    }

    /// <summary>Values an account of several symbols at the close of their bars, in place of <see cref="Mark"/>.</summary>
    /// <param name="openedAt">When the bars opened.</param>
    /// <param name="at">When they closed.</param>
    /// <param name="equityUsd">What the account is worth.</param>
    /// <param name="held">What holding all symbols in equal parts would be worth.</param>
    /// <param name="holds">Whether anything is held.</param>
    internal void MarkWhole(long openedAt, long at, decimal equityUsd, decimal held, bool holds)
    {
        if (_bars++ == 0)
            _first = _peak = _trough = new(openedAt, CashUsd, CashUsd);
        if (holds)
            _barsHeld++;
        ValueWhole(at, equityUsd, held);
        EndBar(at, held);
    }

    /// <summary>Values such an account again, after orders that were filled at the same close.</summary>
    internal void ValueWhole(long at, decimal equityUsd, decimal held)
    {
        EquityUsd = equityUsd;
        Extremes(at, held);
    }

    private void Reach(in Candle bar)
    {
        if (bar.High > _highest)
            _highest = bar.High;
        if (bar.Low < _lowest)
            _lowest = bar.Low;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void EndBar(long at, decimal price)
    {
        // A close at midnight still belongs to the day that ends there.
        if ((at - 1) / SecondsPerDay is var day && day != _day)
            NewDay(day);
        _newest = new(at, EquityUsd, price);
        if (--_untilPoint == 0)
            AddPoint();
    }

    /// <summary>Values the account at a price.</summary>
    public void Value(long at, decimal price)
    {
        if (!Holds)
        {
            // Without a position the account is worth what it was.
            if (_cashValued)
                return;
            _cashValued = true;
            EquityUsd = CashUsd;
        }
        else
            EquityUsd = CashUsd + Quantity * price;
        Extremes(at, price);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Extremes(long at, decimal price)
    {
        if (EquityUsd > _peak.EquityUsd)
            NewPeak(at, price);
        else if (EquityUsd < _trough.EquityUsd)
            NewTrough(at, price);
    }

    /// <summary>Books the end of an order.</summary>
    public void Take(in BacktestOrder order, in PaperExecution execution, long at)
    {
        if (KeepsFills)
            _fills.Add(new(at, order.Paper.Side, execution, order.Exit));
        if (execution.Reason != PaperReason.None)
            _reasons[(order.Paper.Side, execution.Reason)] = _reasons.GetValueOrDefault((order.Paper.Side, execution.Reason)) + 1;
        _outcomes[execution.Outcome] = _outcomes.GetValueOrDefault(execution.Outcome) + 1;
        if (execution.Quantity == 0)
            return;
        _cashValued = false;
        Orders++;
        var notional = Notional(execution);
        FeesUsd += execution.FeeUsd;
        _turnover += notional;
        if (order.Paper.Side == TradeAction.Buy)
        {
            if (!Holds)
                (_enteredAt, _highest, _lowest) = (at, 0, decimal.MaxValue);
            CashUsd -= notional + execution.FeeUsd;
            Quantity += execution.Quantity;
            Holds = true;
            (_cost, _buyFees) = (_cost + notional, _buyFees + execution.FeeUsd);
            return;
        }

        var share = execution.Quantity == Quantity ? 1 : execution.Quantity / Quantity;
        var cost = share == 1 ? _cost : decimal.Round(_cost * share, Money.Decimals);
        var fees = share == 1 ? _buyFees : decimal.Round(_buyFees * share, Money.Decimals);
        _trades.Add(new(
            _enteredAt, at, execution.Quantity, cost / execution.Quantity, execution.Price, fees + execution.FeeUsd,
            notional - execution.FeeUsd - cost - fees, order.Exit)
        { HighestPrice = Math.Max(_highest, execution.Price), LowestPrice = Math.Min(_lowest, execution.Price) });
        CashUsd += notional - execution.FeeUsd;
        Quantity -= execution.Quantity;
        Holds = Quantity != 0;
        (_cost, _buyFees) = (_cost - cost, _buyFees - fees);
    }

    /// <summary>What it amounts to so far.</summary>
    public BacktestResult Result(string strategy, bool partial)
    {
        var (peak, trough) = Fall(_peak, _trough) >= Fall(_deepestPeak, _deepestTrough) ? (_peak, _trough) : (_deepestPeak, _deepestTrough);
        var fall = Fall(peak, trough);
        List<BacktestPoint> days = [.. _days];
        var newest = _newest with { EquityUsd = EquityUsd };
        if (_bars > 0)
            days.Add(newest);
        List<BacktestPoint> curve = [.. _curve];
        if (_bars > 0 && (curve.Count == 0 || curve[^1] != newest))
            curve.Add(newest);
        return new(
            rules, strategy, partial, _first, newest, _bars, _barsHeld, CashUsd, Quantity, _cost, EquityUsd, FeesUsd, _turnover, fall,
            Orders, _outcomes, [.. _trades], [.. _fills], days, curve)
        {
            Deepest = fall > 0 ? [peak, trough] : [], Reasons = _reasons,
        };
    }

    private void NewPeak(long at, decimal price)
    {
        if (_trough.EquityUsd < _peak.EquityUsd && Fall(_peak, _trough) > Fall(_deepestPeak, _deepestTrough))
            (_deepestPeak, _deepestTrough) = (_peak, _trough);
        _peak = _trough = new(at, EquityUsd, price);
    }

    private void NewTrough(long at, decimal price) => _trough = new(at, EquityUsd, price);

    // As a share of the peak.
    private static decimal Fall(in BacktestPoint peak, in BacktestPoint trough) =>
        peak.EquityUsd > 0 ? (peak.EquityUsd - trough.EquityUsd) / peak.EquityUsd : 0;

    private void NewDay(long day)
    {
        if (_day != long.MinValue)
            _days.Add(_newest);
        _day = day;
    }

    // When there are too many points, every other one goes and new ones come half as often: the curve keeps its shape and its size.
    private void AddPoint()
    {
        _curve.Add(_newest);
        if (_curve.Count == MostPoints)
        {
            for (var i = 0; i < MostPoints / 2; i++)
                _curve[i] = _curve[2 * i + 1];
            _curve.RemoveRange(MostPoints / 2, MostPoints / 2);
            _everyBars *= 2;
        }
        _untilPoint = _everyBars;
    }
}
