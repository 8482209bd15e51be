using Trading.Contracts;

namespace Trading.Core;

/// <summary>
/// What operators did with cash and units, on an account that holds something else than the one that they did it on: the same amounts, and
/// as far as they go.
/// </summary>
internal static class WhatIfOperator
{
    /// <summary>The event on the other account; null for one that is not an operator's, or that finds nothing to change there.</summary>
    /// <param name="happened">The event.</param>
    /// <param name="recorded">The account that it happened on, before it.</param>
    /// <param name="own">The other account.</param>
    public static IAccountEvent? Of(IAccountEvent happened, Portfolio recorded, Portfolio own) => happened switch
    {
        CashAdjusted adjusted => Some(Math.Max(adjusted.AmountUsd, -own.FreeCashUsd())) is { } amount
            ? adjusted with { AmountUsd = amount } : null,
        // The units came from outside; what the cash does not reach for counts as paid in.
        PositionAdopted adopted => adopted with { PaidUsd = Math.Min(adopted.PaidUsd, own.FreeCashUsd()) },
        PositionWrittenOff written => Some(Math.Min(written.Quantity, own.FreeQuantity(written.Symbol))) is { } units
            ? written with { Quantity = units } : null,
        PositionCorrected corrected when own.PositionIn(corrected.Symbol).Quantity is > 0 and var held =>
            Some(Math.Max(-held, corrected.Quantity - recorded.PositionIn(corrected.Symbol).Quantity)) is { } change
                ? corrected with { Quantity = held + change } : null,
        // One of this system's own orders is filled here in another way.
        ExternalFillBooked { TradeId: null, Side: TradeAction.Buy } bought =>
            bought.Quantity * bought.Price + bought.FeeUsd <= own.FreeCashUsd() ? bought : null,
        ExternalFillBooked { TradeId: null } sold =>
            sold.Quantity + (sold.FeeBase ?? 0) <= own.FreeQuantity(sold.Symbol) ? sold : null,
        _ => null,
    };

    private static decimal? Some(decimal amount) => amount == 0 ? null : amount;
}
