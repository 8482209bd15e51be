namespace Trading.Core.Tests;

/// <summary>Exits of a position under limits with every barrier, as prices let them fall due.</summary>
internal static class DueExits
{
    internal static readonly ExitLimits Barriers = new(StopLossPercent: 5, TrailingStopPercent: 4, TrailingOffsetPercent: 2,
        TakeProfitPercent: 10, TimeLimitSeconds: 3600);
    internal static readonly RiskLimits Limits = Given.Limits with { Exits = Barriers };

    internal static readonly DateTimeOffset Later = Given.Noon.AddMinutes(1);

    internal static Portfolio Bought() => Given.Account(Limits, Given.Bought(10));

    internal static RiskAssessed? Assess(Portfolio account, decimal price, DateTimeOffset? at = null) =>
        Risk.AssessExit(account, 2, Given.Price(price, at ?? Later), at ?? Later);

    internal static PositionExit? Due(Portfolio account, decimal price, DateTimeOffset? at = null) =>
        Assess(account, price, at)?.Assessment.Exit;

    internal static (ExitReason?, decimal?) Told(PositionExit? exit) => (exit?.Reason, exit?.TriggerPrice);
}
