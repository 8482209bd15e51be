using Trading.Contracts;
using Trading.Core;
using Trading.Core.Strategies;

namespace Trading.Research.Backtests;

/// <summary>
/// Orders of a given size, one position at a time and never on credit: the rule alone, without the account's limits. A position is sold
/// whole; a strategy that adds to its position buys more of it.
/// </summary>
/// <param name="strategy">The rule.</param>
/// <param name="size">What each purchase is.</param>
/// <param name="cashUsd">Cash at the start.</param>
/// <param name="costs">What trading costs; a purchase of more units than the cash reaches for is cancelled by its worst price.</param>
public sealed class FixedOrders(ITradingStrategy strategy, RuleSize size, decimal cashUsd, PaperCosts costs) : IBacktestTrader
{
    // Value and fee of a fill are rounded to eight decimals.
    private const decimal Rounding = 0.00000002m;

    private readonly bool _seesPosition = strategy.SeesPosition, _adds = strategy.AddsToPosition;
    private decimal _cash = cashUsd;
    private decimal _held, _cost, _stop, _price;
    private long _enteredAt;
    // Of the signal only what is used here: the whole would be copied at each bar.
    private TradeAction _action;
    private OrderType _type;
    private bool _holds, _stops, _open;
    private long _orders;

    /// <inheritdoc/>
    public string Strategy => strategy.Name;

    /// <inheritdoc/>
    public bool Observe(long closedAtUnixSeconds, in Candle bar)
    {
        if (_seesPosition)
            Take(strategy.OnBar(bar, new(_held, _held > 0 ? _cost / _held : 0, _enteredAt)));
        else
            Take(strategy.OnBar(bar));
        return _stops;
    }

    /// <inheritdoc/>
    public bool Decide(long closedAtUnixSeconds, in Candle bar, out BacktestOrder order)
    {
        var buys = _action == TradeAction.Buy;
        if (_action == TradeAction.Hold || _open || (buys ? _holds && !_adds : !_holds))
        {
            _action = TradeAction.Hold;
            order = default;
            return false;
        }
        _action = TradeAction.Hold;
        if (!buys)
            order = new(new(TradeAction.Sell, _held, 0, _type, _price), TradeId(), null);
        else if (size.Kind == RuleSizeKind.Units)
            order = new(new(TradeAction.Buy, size.Value, Worst(size.Value), _type, _price), TradeId(), null);
        else
        {
            // The quantity follows from the price of the fill.
            var amount = size.Kind switch
            {
                RuleSizeKind.Usd => size.Value,
                RuleSizeKind.EquityPercent => (_cash + _held * bar.Close) * size.Value / 100,
                _ => _cash,
            };
            order = new(new(TradeAction.Buy, 0, 0, _type, _price), TradeId(), null) { AmountUsd = amount };
        }
        return _open = true;
    }

    /// <inheritdoc/>
    public BacktestOrder Sized(in BacktestOrder order, decimal reference, in PaperBar? range)
    {
        var probe = order.Paper with { Quantity = PaperCosts.SmallestLot, WorstPrice = decimal.MaxValue };
        // Twice: a larger order moves the price further, and the second time the price is that of an order at least as large.
        for (var round = 0; round < (costs.SizeSlippagePercent > 0 ? 2 : 1); round++)
        {
            var price = PaperFill.Of(order.TradeId, probe, reference, range, costs with
            { RejectionRate = 0, PartialFillRate = 0, MaxVolumePercent = 0 }) is { Quantity: > 0 } fill ? fill.Price : reference;
            var affordable = (_cash - Rounding) / (price * (1 + Fee / 100));
            var quantity = costs.InLots(Math.Min(affordable, order.AmountUsd / price));
            if (quantity <= 0)
                return order with { Paper = order.Paper with { Quantity = PaperCosts.SmallestLot, WorstPrice = 0 } };
            probe = probe with { Quantity = quantity };
        }
        return order with { Paper = order.Paper with { Quantity = probe.Quantity, WorstPrice = Worst(probe.Quantity) } };
    }

    /// <inheritdoc/>
    public bool Reaches(in Candle part, bool entered, out decimal reference)
    {
        reference = Math.Min(part.Open, _stop);
        return _stops && part.Low <= _stop;
    }

    /// <inheritdoc/>
    public bool Leaves(in Candle part, decimal reference, out BacktestOrder order)
    {
        order = new(new(TradeAction.Sell, _held, 0), TradeId(), ExitReason.StopLoss);
        return _open = true;
    }

    /// <inheritdoc/>
    public void Settle(in BacktestOrder order, in PaperExecution execution, long atUnixSeconds)
    {
        _open = false;
        var notional = BacktestLedger.Notional(execution);
        if (order.Paper.Side == TradeAction.Buy)
        {
            if (!_holds)
                (_enteredAt, _stop, _stops) = (atUnixSeconds, 0, false);
            (_held, _cost, _cash) = (_held + execution.Quantity, _cost + notional, _cash - notional - execution.FeeUsd);
            _holds = _held != 0;
            return;
        }
        _cost = execution.Quantity >= _held ? 0 : _cost * (1 - execution.Quantity / _held);
        (_held, _cash) = (_held - execution.Quantity, _cash + notional - execution.FeeUsd);
        _holds = _held != 0;
    }

    private void Take(in Signal signal)
    {
        (_action, _stops) = (signal.Action, signal.Stop > 0);
        if (_stops)
            _stop = signal.Stop;
        if (_action != TradeAction.Hold)
            (_type, _price) = (signal.Type, signal.Price);
    }

    private decimal Fee => Math.Max(costs.FeePercent, costs.MakerFeePercent ?? 0);

    private decimal Worst(decimal quantity) => (_cash - Rounding) / (quantity * (1 + Fee / 100));

    private Guid TradeId() =>
        costs.LeavesToChance || costs.TimeoutRate > 0 ? DerivedId.Create(Guid.Empty, $"backtest/{++_orders}") : default;
}
