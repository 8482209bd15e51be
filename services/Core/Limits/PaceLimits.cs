namespace Trading.Core;

/// <summary>
/// How many orders are allowed in which time. Orders count from the moment they are approved. Each is null where there is no limit.
/// </summary>
/// <param name="MaxOpenOrders">Open orders of the account, without stops that rest on an exchange.</param>
/// <param name="MaxOrdersPerMinute">Orders of the account in one UTC minute.</param>
/// <param name="MaxOrdersPerDay">Orders of the account in one UTC day.</param>
/// <param name="DuplicateWindowSeconds">A second order of the same side and size within this time is refused.</param>
/// <param name="CooldownSeconds">Within this time after an exit its symbol is not bought.</param>
public sealed record PaceLimits(
    int? MaxOpenOrders = null, int? MaxOrdersPerMinute = null, int? MaxOrdersPerDay = null,
    int? DuplicateWindowSeconds = null, int? CooldownSeconds = null)
{
    internal void Check(LimitViolations violations)
    {
        violations.Require(MaxOpenOrders is null or > 0, $"Pace.MaxOpenOrders must be above 0, was {MaxOpenOrders}");
        violations.Require(MaxOrdersPerMinute is null or > 0, $"Pace.MaxOrdersPerMinute must be above 0, was {MaxOrdersPerMinute}");
        violations.Require(MaxOrdersPerDay is null or > 0, $"Pace.MaxOrdersPerDay must be above 0, was {MaxOrdersPerDay}");
        violations.Require(DuplicateWindowSeconds is null or > 0,
            $"Pace.DuplicateWindowSeconds must be above 0, was {DuplicateWindowSeconds}");
        violations.Require(CooldownSeconds is null or > 0, $"Pace.CooldownSeconds must be above 0, was {CooldownSeconds}");
    }
}
