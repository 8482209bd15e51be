using Trading.Contracts;
using Trading.Core;

namespace Trading.Research.Backtests;

/// <summary>
/// Where a position is left within a bar: its stop, its trailing stop and its target, found again only after it changed.
/// </summary>
/// <param name="exits">The account's exits.</param>
internal sealed class PositionBarriers(ExitShares exits)
{
    private readonly bool _trails = exits.Trailing is not null;
    private bool _known;
    private decimal _stop, _target, _highest, _paidUsd, _paidFor, _entry;
    private long _stopUnits, _targetUnits, _highestUnits;
    private ExitReason _stopReason;
    private DateTimeOffset _enteredAt;

    /// <summary>The barrier that was reached last.</summary>
    public ExitReason Reached { get; private set; }

    /// <summary>Finds them again at the next bar: the position, or the strategy's own stop, has changed.</summary>
    public void Forget() => _known = false;

    /// <summary>Mean price paid for a position. Marks leave it as it is, and its division would be half of what they cost.</summary>
    public decimal Entry(Position position)
    {
        if (position.CostUsd != _paidUsd || position.Quantity != _paidFor)
            (_paidUsd, _paidFor, _entry) = (position.CostUsd, position.Quantity, position.AverageCost());
        return _entry;
    }

    /// <summary>Whether a bar, or a part of it, reaches a barrier; the worst one where it may have reached two.</summary>
    /// <param name="account">The account.</param>
    /// <param name="symbol">What it holds.</param>
    /// <param name="signalStop">The stop that the strategy asks for; 0 for none.</param>
    /// <param name="part">The bar.</param>
    /// <param name="entered">Whether the position was begun within it.</param>
    /// <param name="reference">Where the market stood then.</param>
    public bool Reach(Portfolio account, string symbol, decimal signalStop, in Candle part, bool entered, out decimal reference)
    {
        reference = 0;
        if (!_known)
            Find(account, symbol, signalStop);
        // Whole units are compared much faster than decimals, and most bars reach nothing.
        if (!entered && PriceWindow.Units(part.Low) > _stopUnits
            && PriceWindow.Units(part.High) is var top && top < _targetUnits && (!_trails || top < _highestUnits))
            return false;
        var stopped = part.Low <= _stop;
        // In the bar of the entry only the way from there to the close is certain: the high may have been before.
        if (!stopped && (entered ? part.Close : part.High) < _target)
        {
            if (_trails && (entered ? part.Close : part.High) is var high && high > _highest)
                (_highest, _highestUnits, _known) = (high, PriceWindow.Units(high), false);
            return false;
        }
        reference = stopped ? Math.Min(part.Open, _stop) : entered ? _target : Math.Max(part.Open, _target);
        (Reached, _known) = (stopped ? _stopReason : ExitReason.TakeProfit, false);
        return true;
    }

    private void Find(Portfolio account, string symbol, decimal signalStop)
    {
        (_stop, _stopReason, _target, _known) = (0, ExitReason.StopLoss, decimal.MaxValue, true);
        if (account.PositionIn(symbol) is { Quantity: not 0 } position)
            Find(position, signalStop);
        (_stopUnits, _targetUnits) = (PriceWindow.Units(_stop), PriceWindow.Units(_target));
    }

    private void Find(Position position, decimal signalStop)
    {
        if (position.EnteredAt != _enteredAt)
            (_enteredAt, _highest, _highestUnits) = (position.EnteredAt, 0, 0);
        var holding = new Holding(Entry(position), Math.Max(position.HighestPrice, _highest), position.EnteredAt);
        _stop = signalStop;
        if (exits.StopPrice(holding.EntryPrice) is { } stop && stop > _stop)
            _stop = stop;
        // The higher of two stops is met first.
        if (exits.TrailingStopPrice(holding) is { } trailing && trailing > _stop)
            (_stop, _stopReason) = (trailing, ExitReason.TrailingStop);
        _target = exits.TargetPrice(holding.EntryPrice) ?? decimal.MaxValue;
    }
}
