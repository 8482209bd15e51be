using Trading.Contracts;

namespace Trading.Core;

/// <summary>What a settlement changes: the position, the cash and the result. Amounts have eight decimals.</summary>
/// <param name="Position">The position after it.</param>
/// <param name="CashUsd">Change of the cash.</param>
/// <param name="FeesUsd">All fees, those in other assets at what they were worth.</param>
/// <param name="FeesElsewhereUsd">The part of them that was paid in a third asset.</param>
/// <param name="RealisedUsd">Profit of a sale against average cost, without fees; 0 for a buy.</param>
internal readonly record struct Booking(
    Position Position, decimal CashUsd, decimal FeesUsd, decimal FeesElsewhereUsd, decimal RealisedUsd)
{
    /// <summary>What a settlement changes.</summary>
    /// <param name="settled">The settlement.</param>
    /// <param name="position">The position before it.</param>
    /// <param name="begins">Whether it begins a new position.</param>
    public static Booking Of(TradeSettled settled, Position position, bool begins)
    {
        checked
        {
            var bought = settled.Side == TradeAction.Buy;
            // An exchange may report an average price with 28 digits.
            var notional = decimal.Round(settled.Quantity * settled.Price, Money.Decimals);
            var fee = Money.RoundUp(settled.FeeUsd);
            // A fee that the exchange keeps in units is worth its part of the price; it reduces the position and not the cash.
            var feeUnits = settled.FeeBase ?? 0;
            var feeOfUnits = Money.RoundUp(feeUnits * settled.Price);
            // A fee in a third asset reduces the result and not the cash: the account does not hold that asset.
            var feeElsewhere = Money.RoundUp(settled.FeeValueUsd ?? 0);
            var costLeaving = bought ? 0 : position.CostOf(settled.Quantity + feeUnits);
            var remaining = new Position(
                // A stop may sell more than an operator has left of its position: that is a difference, and no debt of units.
                Math.Max(0, position.Quantity + (bought ? settled.Quantity : -settled.Quantity) - feeUnits),
                position.CostUsd + (bought ? notional - feeOfUnits : -costLeaving),
                settled.Price,
                begins ? settled.At : position.EnteredAt,
                settled.At > position.ChangedAt ? settled.At : position.ChangedAt,
                begins ? settled.Price : bought ? Math.Max(position.HighestPrice, settled.Price) : position.HighestPrice,
                begins ? default : position.HighestAt);
            return new(remaining, (bought ? -notional : notional) - fee, fee + feeOfUnits + feeElsewhere, feeElsewhere,
                bought ? 0 : notional - costLeaving + feeOfUnits);
        }
    }
}
