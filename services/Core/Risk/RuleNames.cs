using Trading.Contracts;

namespace Trading.Core;

/// <summary>
/// What a rule is called where people read it: by the setting that holds its limit, so that a limit has one name everywhere, or in words
/// where there is no such setting. Events and JSON keep the rule's own name.
/// </summary>
public static class RuleNames
{
    /// <summary>The name of the setting that holds the rule's limit; null where no setting does.</summary>
    public static string? Setting(RiskRule rule) => rule switch
    {
        RiskRule.DuplicateIntent => "DuplicateWindowSeconds",
        RiskRule.AllowedSymbol => "AllowedSymbols",
        RiskRule.PriceAge => "MaxPriceAgeSeconds",
        RiskRule.PriceSources => "Quorum",
        RiskRule.SourceSpread => "MaxSourceSpreadPercent",
        RiskRule.ModelsAnswered => "LeastModels",
        RiskRule.Agreement => "LeastAgreement",
        RiskRule.Confidence => "LeastConfidence",
        RiskRule.PriceCollar => "PriceCollarPercent",
        RiskRule.TickSize => "TickSize",
        RiskRule.LotSize => "LotSize",
        RiskRule.DailyLoss => "MaxDailyLossShare",
        RiskRule.Drawdown => "MaxDrawdownShare",
        RiskRule.LosingTrades => "MaxLosingTrades",
        RiskRule.UnreviewedExecutions => "MaxUnreviewedExecutions",
        RiskRule.Cooldown => "CooldownSeconds",
        RiskRule.OpenOrders => "MaxOpenOrders",
        RiskRule.OrdersPerMinute => "MaxOrdersPerMinute",
        RiskRule.OrdersPerDay => "MaxOrdersPerDay",
        RiskRule.LeastOrderValue => "LeastOrderValueUsd",
        RiskRule.LargestOrderValue => "MaxTradeAmountUsd",
        RiskRule.LargestOrderQuantity => "MaxOrderQuantity",
        RiskRule.FreeCash => "CashReserveShare",
        RiskRule.PositionShare => "MaxPositionShare",
        RiskRule.Exposure => "MaxExposureShare",
        RiskRule.RebalanceBand => "RebalanceBand",
        _ => null,
    };

    /// <summary>The setting's name, or a few words.</summary>
    public static string Of(RiskRule rule) => Setting(rule) ?? rule switch
    {
        RiskRule.TradingState => "trading is halted or reducing",
        RiskRule.RealTrading => "real trading needs live prices",
        RiskRule.PredictionAge => "the prediction is too old",
        RiskRule.Direction => "the models expect no rise",
        RiskRule.Holdings => "nothing to sell",
        RiskRule.ExpectedMove => "the expected move does not pay its costs",
        RiskRule.Protection => "the position's stop is not in place",
        RiskRule.Sellable => "too small to be sold again",
        RiskRule.ProductTrading => "the exchange does not trade it now",
        RiskRule.LeastOrderQuantity => "below the exchange's least quantity",
        RiskRule.PercentPrice => "outside the exchange's price band",
        RiskRule.LargestPosition => "more than the exchange lets the account hold",
        _ => rule.ToString(),
    };

    /// <summary>Why a check refused: its name and, where numbers say more, what was observed and what is allowed.</summary>
    public static string Refusal(RiskCheck check) => check.Rule switch
    {
        // These two observe US dollars, not the share that the setting gives.
        RiskRule.DailyLoss => FormattableString.Invariant($"MaxDailyLossShare: {check.Observed:N2} USD lost today, limit {check.Limit:N2}"),
        RiskRule.FreeCash => FormattableString.Invariant($"CashReserveShare: {check.Observed:N2} USD needed, {check.Limit:N2} free"),
        RiskRule.ExpectedMove =>
            FormattableString.Invariant($"expected move {check.Observed:0.##} %, costs ask for more than {check.Limit:0.##} %"),
        _ when Setting(check.Rule) is { } setting =>
            FormattableString.Invariant($"{setting} {check.Observed:0.####}, limit {check.Limit:0.####}"),
        _ => Of(check.Rule),
    };
}
