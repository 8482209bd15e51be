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

    // Bounds that come from a division are moved a little to the side with one check too many.
    private const decimal Caution = 1.000000001m;

    /// <summary>Whether a price at an instant says nothing new.</summary>
    public bool Holds(decimal price, long atUnixSeconds) =>
        atUnixSeconds < UntilUnixSeconds && PriceWindow.Units(price) is var units && units > AboveUnits && units < BelowUnits;

    /// <summary>The quiet prices of an account that was checked and has nothing due.</summary>
    /// <param name="account">The account, which holds no other symbol.</param>
    /// <param name="limits">The limits in force.</param>
    /// <param name="symbol">What it trades.</param>
    /// <param name="atUnixSeconds">When it was checked.</param>
    public static QuietPrices Of(Portfolio account, RiskLimits limits, string symbol, long atUnixSeconds)
    {
        if (account.Flattening)
            return default;
        var position = account.PositionIn(symbol);
        if (position.Quantity == 0)
            return new(-1, long.MaxValue, long.MaxValue); // equity stands still

        var (above, below) = (0m, decimal.MaxValue);
        // The loss of the day starts again at midnight.
        var until = (atUnixSeconds / SecondsPerDay + 1) * SecondsPerDay;
        if (limits.Exits is { } exits)
        {
            var entry = position.AverageCost();
            var holding = new Holding(entry, position.HighestPrice, position.EnteredAt);
            above = Math.Max(Exits.StopPrice(exits, entry) ?? 0, Exits.TrailingStopPrice(exits, holding) ?? 0);
            below = Exits.TargetPrice(exits, entry) ?? below;
            if (exits.TrailingStopPercent is not null)
                below = Math.Min(below, position.HighestPrice);
            if (exits.TimeLimitSeconds is { } seconds)
                until = Math.Min(until, position.EnteredAt.ToUnixTimeSeconds() + seconds);
            if (exits.AtDailyLoss)
                above = Math.Max(above, LossPrice(account, position, limits.MaxDailyLossShare, atUnixSeconds));
        }
        if (limits.Losses?.MaxDrawdownShare is { } share)
        {
            above = Math.Max(above, (account.PeakEquityUsd * (1 - share) - account.CashUsd) / position.Quantity * Caution);
            below = Math.Min(below, (account.PeakEquityUsd - account.CashUsd) / position.Quantity / Caution);
        }
        // Rounding to units makes one check too many above, and never one too few.
        return new(PriceWindow.Units(above) + (above > PriceWindow.LargestPrice ? 0 : 1), PriceWindow.Units(below), until);
    }

    // Where -(realised + value - cost) = share x (cash + value): the loss of the day of a position below its cost reaches its limit.
    private static decimal LossPrice(Portfolio account, Position position, decimal share, long at)
    {
        var realised = account.Day == DateOnly.FromDateTime(DateTimeOffset.FromUnixTimeSeconds(at).UtcDateTime)
            ? account.RealisedOnDayUsd : 0;
        return -realised >= share * (account.CashUsd + position.CostUsd)
            ? decimal.MaxValue
            : (position.CostUsd - realised - share * account.CashUsd) / (position.Quantity * (1 + share)) * Caution;
    }
}
