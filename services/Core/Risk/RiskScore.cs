namespace Trading.Core;

/// <summary>How close an account is to its limits, as one number.</summary>
public static class RiskScore
{
    /// <summary>
    /// How much of the limits is in use, 0 to 1: the largest of: the position's share of equity, the share of all positions, the day's
    /// loss, the drawdown, the sales lost in a row and the executions since the last review, each against its limit where it has one; 1
    /// when trading is halted or nothing is left.
    /// </summary>
    public static double Of(in RiskAccount account, RiskLimits limits, decimal price)
    {
        if (account.State == TradingState.Halted || account.EquityUsd <= 0)
            return 1;
        var used = account.PositionQuantity * price / account.EquityUsd / limits.MaxPositionShare;
        used = Math.Max(used, account.DailyLossUsd / (account.EquityUsd * limits.MaxDailyLossShare));
        if (limits.Orders?.MaxExposureShare is { } exposure)
            used = Math.Max(used, account.ExposureUsd / account.EquityUsd / exposure);
        if (limits.Losses is { } losses)
        {
            if (losses.MaxDrawdownShare is { } drawdown)
                used = Math.Max(used, account.Drawdown / drawdown);
            if (losses.MaxLosingTrades is { } losing)
                used = Math.Max(used, account.LosingTrades / (decimal)losing);
            if (losses.MaxUnreviewedExecutions is { } executions)
                used = Math.Max(used, account.UnreviewedExecutions / (decimal)executions);
        }
        return (double)Math.Clamp(used, 0, 1);
    }
}
