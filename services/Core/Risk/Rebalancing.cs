using Trading.Contracts;

namespace Trading.Core;

/// <summary>
/// Turns the share of equity that a strategy wants to hold into buying or selling. What open orders will add or take away counts as done.
/// </summary>
public static class Rebalancing
{
    private const int Decimals = 4;

    /// <summary>The share as decisions reckon with it, to a hundredth of a percent.</summary>
    public static decimal Share(ExposureTarget target) => Math.Round((decimal)Math.Clamp(target.Share, 0, 1), Decimals);

    /// <summary>How far the share that is held is from a target: above 0 where too little is held.</summary>
    /// <param name="account">The account.</param>
    /// <param name="price">The price that the position is worth.</param>
    /// <param name="target">The share that is wanted, 0 to 1.</param>
    public static decimal Distance(in RiskAccount account, decimal price, decimal target) => account.EquityUsd <= 0 ? 0
        : Math.Round(target - (account.FreeQuantity + account.PromisedQuantity) * price / account.EquityUsd, Money.Decimals);

    /// <summary>The distance that must be passed: the band, and none where nothing may be held any more.</summary>
    public static decimal BandShare(in RiskAccount account, RiskLimits limits, decimal price, decimal target) =>
        target == 0 && limits.IsSellable(account.FreeQuantity, price) ? 0 : limits.Rebalance?.BandShare ?? 0;

    /// <summary>Buy, sell, or hold within the band.</summary>
    public static TradeAction Side(in RiskAccount account, RiskLimits limits, decimal price, decimal target)
    {
        var distance = Distance(account, price, target);
        return Math.Abs(distance) <= BandShare(account, limits, price, target) ? TradeAction.Hold
            : distance > 0 ? TradeAction.Buy : TradeAction.Sell;
    }
}
