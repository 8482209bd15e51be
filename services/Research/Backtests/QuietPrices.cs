using Trading.Contracts;
using Trading.Core;

namespace Trading.Research.Backtests;

/// <summary>
/// The range of prices, and the time, within which a price can neither be a new high nor reach a stop, a target or a loss limit, so that
/// exits need no check. It only skips checks that would find nothing.
/// </summary>
/// <param name="AboveUnits">
/// Prices above this one, in units of <see cref="PriceWindow.Units"/>, say nothing new; the default is never quiet.
/// </param>
/// <param name="BelowUnits">Prices below this one say nothing new.</param>
/// <param name="UntilUnixSeconds">Instants before this one say nothing new.</param>
public readonly record struct QuietPrices(long AboveUnits, long BelowUnits, long UntilUnixSeconds)
{
    private const long SecondsPerDay = 86_400;
    private static readonly int FirstDay = DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber;

    // Bounds that come from a division are moved a little to the side with one check too many.
    private const decimal Caution = 1.000000001m, CautionBelow = 1 / Caution;

    /// <summary>Whether a price at an instant says nothing new.</summary>
    public bool Holds(decimal price, long atUnixSeconds) =>
        atUnixSeconds < UntilUnixSeconds && PriceWindow.Units(price) is var units && units > AboveUnits && units < BelowUnits;

    /// <summary>The quiet prices of an account.</summary>
    /// <param name="account">The account, which holds no other symbol.</param>
    /// <param name="limits">The limits in force.</param>
    /// <param name="shares">Their exits.</param>
    /// <param name="position">What it holds.</param>
    /// <param name="entry">The position's average cost.</param>
    /// <param name="atUnixSeconds">From when on.</param>
    public static QuietPrices Of(
        Portfolio account, RiskLimits limits, in ExitShares shares, Position position, decimal entry, long atUnixSeconds)
    {
        if (account.Flattening)
            return default;
        if (position.Quantity == 0)
            return MarksCash(account, limits) ? default : new(-1, long.MaxValue, long.MaxValue); // equity stands still
        if (account.Latched == RiskRule.Drawdown && limits.Exits is { AtDrawdown: true })
            return default;

        var (above, below) = (0m, decimal.MaxValue);
        // The loss of the day starts again at midnight.
        var until = (atUnixSeconds / SecondsPerDay + 1) * SecondsPerDay;
        if (limits.Exits is { } exits)
        {
            var holding = new Holding(entry, position.HighestPrice, position.EnteredAt);
            above = Math.Max(shares.StopPrice(entry) ?? 0, shares.TrailingStopPrice(holding) ?? 0);
            below = shares.TargetPrice(entry) ?? below;
            if (shares.Trailing is not null)
                below = Math.Min(below, position.HighestPrice);
            if (exits.TimeLimitSeconds is { } seconds)
                until = Math.Min(until, position.EnteredAt.ToUnixTimeSeconds() + seconds);
            if (exits.AtDailyLoss)
                above = Math.Max(above, LossPrice(account, position, limits.MaxDailyLossShare, atUnixSeconds));
        }
        if (limits.Losses?.MaxDrawdownShare is { } share)
        {
            above = Math.Max(above, (account.PeakEquityUsd * (1 - share) - account.CashUsd) / position.Quantity * Caution);
            below = Math.Min(below, (account.PeakEquityUsd - account.CashUsd) / position.Quantity * CautionBelow);
        }
        // Rounding to units makes one check too many above, and never one too few.
        return new(PriceWindow.Units(above) + (above > PriceWindow.LargestPrice ? 0 : 1), PriceWindow.Units(below), until);
    }

    // Whether the next price shows a new peak, or a fall that reaches its limit, though nothing is held.
    private static bool MarksCash(Portfolio account, RiskLimits limits) => limits.Losses?.MaxDrawdownShare is { } share
        && (account.CashUsd > account.PeakEquityUsd
            || (account.Latched is null && account.CashUsd <= account.PeakEquityUsd * (1 - share) * Caution));

    // Where -(realised + value - cost) = share x (cash + value): the loss of the day of a position below its cost reaches its limit.
    private static decimal LossPrice(Portfolio account, Position position, decimal share, long at)
    {
        var realised = account.Day.DayNumber == at / SecondsPerDay + FirstDay ? account.RealisedOnDayUsd : 0;
        return -realised >= share * (account.CashUsd + position.CostUsd)
            ? decimal.MaxValue
            : (position.CostUsd - realised - share * account.CashUsd) / (position.Quantity * (1 + share)) * Caution;
    }
}
