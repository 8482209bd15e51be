using Trading.Core;
using Trading.Core.Strategies;

namespace Trading.Hosting.Settings;

// Settings: what asks for a trade, and the limits.
public sealed partial record TradingSettings
{
    /// <summary>Least predicted move that asks for a trade, in percent.</summary>
    public double SignalThresholdPercent { get; init; } = 0.15;

    /// <summary>A buy asks for more confidence than this, 0 to 1.</summary>
    public double SignalConfidence { get; init; } = 0.55;

    /// <summary>Least confidence that risk lets pass, 0 to 1.</summary>
    public double LeastConfidence { get; init; } = 0.6;

    /// <summary>Largest value of one order.</summary>
    public decimal MaxTradeAmountUsd { get; init; } = 100;

    /// <summary>Largest share of equity in one symbol, 0 to 1.</summary>
    public decimal MaxPositionShare { get; init; } = 0.25m;

    /// <summary>Share of equity that stays in cash, 0 to 1.</summary>
    public decimal CashReserveShare { get; init; } = 0.01m;

    /// <summary>Loss in one UTC day, as a share of equity, from which on nothing is bought.</summary>
    public decimal MaxDailyLossShare { get; init; } = 0.03m;

    /// <summary>An older price is not traded on.</summary>
    public int MaxPriceAgeSeconds { get; init; } = 90;

    /// <summary>How far from the observed price an order may fill, in percent.</summary>
    public decimal WorstPriceMarginPercent { get; init; } = 0.5m;

    /// <summary>Smallest step of a quantity.</summary>
    public decimal LotSize { get; init; } = 0.00001m;

    /// <summary>Least value of an order.</summary>
    public decimal LeastOrderValueUsd { get; init; } = 5;

    /// <summary>
    /// How large a buy is: confidence (MaxTradeAmountUsd times the confidence), fixed, volatility or kelly; never more than
    /// MaxTradeAmountUsd.
    /// </summary>
    public SizingMethod Sizing { get; init; } = SizingMethod.Confidence;

    /// <summary>
    /// Whether a buy is made as small as MaxPositionShare, MaxExposureShare and the free cash ask for, so long as a tenth of it is left;
    /// false refuses it instead.
    /// </summary>
    public bool SizeWithinLimits { get; init; } = true;

    /// <summary>For Sizing=volatility: standard deviation of a day's move of the position, in percent of equity.</summary>
    public double TargetVolatilityPercent { get; init; } = 1;

    /// <summary>For Sizing=kelly: the part of the full Kelly stake, above 0 to 1.</summary>
    public double KellyFraction { get; init; } = 0.25;

    /// <summary>
    /// A prediction must expect a move of more than this many times what buying and selling again costs: fees, spread and slippage; 0 for
    /// no such rule.
    /// </summary>
    public decimal CostMultiple { get; init; }

    /// <summary>
    /// A strategy's target exposure is followed once the share of equity that is held is further from it than this, 0 to below 1.
    /// </summary>
    public decimal RebalanceBand { get; init; } = 0.1m;

    /// <summary>Symbols that may be traded, exits left aside; those of Symbols when empty.</summary>
    public IReadOnlyList<string> AllowedSymbols { get; init; } = [];

    /// <summary>Most units of the base currency in one order; 0 for no limit.</summary>
    public decimal MaxOrderQuantity { get; init; }

    /// <summary>How far from the observed price the worst price of any order may lie, in percent; 0 for no limit.</summary>
    public decimal PriceCollarPercent { get; init; } = 1;

    /// <summary>Largest share of equity in all symbols together, 0 to 1; 0 for no limit.</summary>
    public decimal MaxExposureShare { get; init; } = 0.5m;

    /// <summary>Largest distance between the sources of a price that is bought at, in percent; 0 for no limit.</summary>
    public decimal MaxSourceSpreadPercent { get; init; } = 1;

    /// <summary>Models that must have answered for a buy; where fewer are enabled, all of them.</summary>
    public int LeastModels { get; init; } = 2;

    /// <summary>Share of the answering models that must agree with the ensemble's direction for a buy, 0 to 1.</summary>
    public double LeastAgreement { get; init; } = 0.5;

    /// <summary>
    /// Fall of equity below its highest, as a share of it, at which the account only reduces until an operator resumes; 0 for no limit.
    /// </summary>
    public decimal MaxDrawdownShare { get; init; } = 0.1m;

    /// <summary>Losing sales in a row at which the account only reduces until an operator resumes; 0 for no limit.</summary>
    public int MaxLosingTrades { get; init; }

    /// <summary>Executions at which the account only reduces until an operator resumes; 0 for no limit.</summary>
    public int MaxUnreviewedExecutions { get; init; }

    /// <summary>Most open orders at a time; 0 for no limit.</summary>
    public int MaxOpenOrders { get; init; } = 5;

    /// <summary>Most orders in a UTC minute; exits count and are never refused for it; 0 for no limit.</summary>
    public int MaxOrdersPerMinute { get; init; } = 10;

    /// <summary>Most orders in a UTC day; exits count and are never refused for it; 0 for no limit.</summary>
    public int MaxOrdersPerDay { get; init; } = 200;

    /// <summary>Seconds within which a second order of the same side and size is refused; 0 for none.</summary>
    public int DuplicateWindowSeconds { get; init; } = 30;

    /// <summary>Seconds after an exit within which its symbol is not bought; 0 for none.</summary>
    public int CooldownSeconds { get; init; } = 120;

    /// <summary>A position is sold when the price is so far below its entry, in percent; 0 for never.</summary>
    public decimal StopLossPercent { get; init; } = 5;

    /// <summary>A position is sold when the price is so far below its highest since the entry, in percent; 0 for never.</summary>
    public decimal TrailingStopPercent { get; init; } = 5;

    /// <summary>The trailing stop begins once the price has been so far above the entry, in percent.</summary>
    public decimal TrailingOffsetPercent { get; init; } = 1;

    /// <summary>A position is sold when the price is so far above its entry, in percent; 0 for never.</summary>
    public decimal TakeProfitPercent { get; init; } = 5;

    /// <summary>A position is sold so long after its entry; 0 for never.</summary>
    public int TimeLimitSeconds { get; init; } = 86_400;

    /// <summary>Whether everything is sold when the day has lost MaxDailyLossShare.</summary>
    public bool ExitAtDailyLoss { get; init; } = true;

    /// <summary>Whether everything is sold when equity has fallen by MaxDrawdownShare.</summary>
    public bool ExitAtDrawdown { get; init; } = true;

    /// <summary>Largest value of one order of an exit; 0 for the whole position at once.</summary>
    public decimal MaxExitAmountUsd { get; init; }

    /// <summary>
    /// Whether a buy is refused while its symbol is unprotected or being left, and where what it leaves could not be sold again.
    /// </summary>
    public bool GuardEntries { get; init; } = true;

    /// <summary>Whether the stop-loss also waits on the exchange as an order; true where the exchange is not paper when empty.</summary>
    public bool? StopOnExchange { get; init; }

    /// <summary>The limits that these settings put in force.</summary>
    public RiskLimits Limits() => new(
        new(SignalThresholdPercent, SignalConfidence), LeastConfidence, MaxTradeAmountUsd, MaxPositionShare,
        CashReserveShare, MaxDailyLossShare,
        MaxPriceAgeSeconds, WorstPriceMarginPercent, TakerFeePercent(), LotSize, LeastOrderValueUsd,
        new(EnableRealTrading, string.Join(',', AllowedSymbols.Count > 0 ? AllowedSymbols : Symbols), Some(MaxOrderQuantity),
            Some(PriceCollarPercent), TickSize, Some(MaxExposureShare), GuardEntries),
        new(Quorum, Some(MaxSourceSpreadPercent),
            Some(Math.Min(LeastModels, Strategy == TradingStrategies.Ensemble ? Models.Count : 1)), LeastAgreement),
        new(Some(MaxDrawdownShare), Some(MaxLosingTrades), Some(MaxUnreviewedExecutions)),
        new(Some(MaxOpenOrders), Some(MaxOrdersPerMinute), Some(MaxOrdersPerDay), Some(DuplicateWindowSeconds), Some(CooldownSeconds)),
        new(Some(StopLossPercent), Some(TrailingStopPercent), TrailingOffsetPercent, Some(TakeProfitPercent), Some(TimeLimitSeconds),
            ExitAtDailyLoss, ExitAtDrawdown, Some(MaxExitAmountUsd),
            StopOnExchange ?? Exchange != PaperFill.Exchange),
        new(Sizing, TargetVolatilityPercent, KellyFraction, SizeWithinLimits),
        CostMultiple == 0 ? null : new(CostMultiple, PaperSpreadPercent, PaperSlippagePercent, PaperSizeSlippagePercent),
        new(RebalanceBand));

    private static decimal? Some(decimal limit) => limit == 0 ? null : limit;

    private static int? Some(int limit) => limit == 0 ? null : limit;

    private void CheckFurtherLimits(SettingViolations violations)
    {
        violations.Must(TargetVolatilityPercent is > 0 and <= 100, nameof(TargetVolatilityPercent),
            "above 0 and at most 100", TargetVolatilityPercent);
        violations.Must(KellyFraction is > 0 and <= 1, nameof(KellyFraction), "above 0 and at most 1", KellyFraction);
        violations.Must(CostMultiple is >= 0 and <= 100, nameof(CostMultiple), "0 to 100", CostMultiple);
        violations.Must(RebalanceBand is >= 0 and < 1, nameof(RebalanceBand), "0 to below 1", RebalanceBand);
        violations.Must(AllowedSymbols.All(Plausibility.IsSymbol), nameof(AllowedSymbols), "symbols like BTC-USD",
            string.Join(',', AllowedSymbols));
        violations.Must(MaxOrderQuantity is 0 || (MaxOrderQuantity >= LotSize && MaxOrderQuantity <= 1_000_000_000),
            nameof(MaxOrderQuantity), $"0, or Trading:LotSize ({LotSize}) to 1000000000", MaxOrderQuantity);
        violations.Must(PriceCollarPercent is 0 || (PriceCollarPercent >= WorstPriceMarginPercent && PriceCollarPercent <= 50),
            nameof(PriceCollarPercent), $"0, or Trading:WorstPriceMarginPercent ({WorstPriceMarginPercent}) to 50", PriceCollarPercent);
        violations.Must(MaxExposureShare is >= 0 and <= 1, nameof(MaxExposureShare), "0 to 1", MaxExposureShare);
        violations.Must(MaxSourceSpreadPercent is >= 0 and <= 100, nameof(MaxSourceSpreadPercent), "0 to 100", MaxSourceSpreadPercent);
        violations.Must(LeastModels is >= 0 and <= 100, nameof(LeastModels), "0 to 100", LeastModels);
        violations.Must(LeastAgreement is >= 0 and <= 1, nameof(LeastAgreement), "0 to 1", LeastAgreement);
        violations.Must(MaxDrawdownShare is >= 0 and <= 1, nameof(MaxDrawdownShare), "0 to 1", MaxDrawdownShare);
        foreach (var (name, value) in new[]
        {
            (nameof(MaxLosingTrades), MaxLosingTrades), (nameof(MaxUnreviewedExecutions), MaxUnreviewedExecutions),
            (nameof(MaxOpenOrders), MaxOpenOrders),
            (nameof(MaxOrdersPerMinute), MaxOrdersPerMinute), (nameof(MaxOrdersPerDay), MaxOrdersPerDay),
            (nameof(DuplicateWindowSeconds), DuplicateWindowSeconds),
            (nameof(CooldownSeconds), CooldownSeconds), (nameof(TimeLimitSeconds), TimeLimitSeconds),
        })
        {
            violations.Must(value is >= 0 and <= 1_000_000_000, name, "0 to 1000000000", value);
        }
        violations.Must(StopLossPercent is >= 0 and < 100, nameof(StopLossPercent), "0 to below 100", StopLossPercent);
        violations.Must(TrailingStopPercent is >= 0 and < 100, nameof(TrailingStopPercent), "0 to below 100", TrailingStopPercent);
        violations.Must(TrailingOffsetPercent is >= 0 and < 1000, nameof(TrailingOffsetPercent), "0 to below 1000", TrailingOffsetPercent);
        violations.Must(TakeProfitPercent is >= 0 and < 1000, nameof(TakeProfitPercent), "0 to below 1000", TakeProfitPercent);
        violations.Must(StopOnExchange != true || Exchange != PaperFill.Exchange, nameof(StopOnExchange),
            $"false with Trading:Exchange={Exchange}, where no order waits", StopOnExchange);
        violations.Must(MaxExitAmountUsd == 0 || MaxExitAmountUsd >= LeastOrderValueUsd, nameof(MaxExitAmountUsd),
            $"0, or at least Trading:LeastOrderValueUsd ({LeastOrderValueUsd})", MaxExitAmountUsd);
    }

    private void CheckRisk(SettingViolations violations)
    {
        CheckFurtherLimits(violations);
        violations.Must(SignalThresholdPercent is > 0 and <= 100, nameof(SignalThresholdPercent),
            "above 0 and at most 100", SignalThresholdPercent);
        violations.Must(SignalConfidence is >= 0 and <= 1, nameof(SignalConfidence), "0 to 1", SignalConfidence);
        violations.Must(LeastConfidence is >= 0 and <= 1, nameof(LeastConfidence), "0 to 1", LeastConfidence);
        violations.Must(MaxTradeAmountUsd is > 0 and <= 1_000_000_000, nameof(MaxTradeAmountUsd),
            "above 0 and at most 1000000000", MaxTradeAmountUsd);
        violations.Must(MaxPositionShare is > 0 and <= 1, nameof(MaxPositionShare), "above 0 and at most 1", MaxPositionShare);
        violations.Must(CashReserveShare is >= 0 and < 1, nameof(CashReserveShare), "0 to below 1", CashReserveShare);
        violations.Must(MaxDailyLossShare is > 0 and <= 1, nameof(MaxDailyLossShare), "above 0 and at most 1", MaxDailyLossShare);
        violations.Must(MaxPriceAgeSeconds is >= 1 and <= 86_400, nameof(MaxPriceAgeSeconds), "1 to 86400", MaxPriceAgeSeconds);
        violations.Must(WorstPriceMarginPercent is >= 0 and <= 50, nameof(WorstPriceMarginPercent), "0 to 50", WorstPriceMarginPercent);
        violations.Must(LotSize is > 0 and <= 1_000_000, nameof(LotSize), "above 0 and at most 1000000", LotSize);
        violations.Must(LeastOrderValueUsd > 0 && LeastOrderValueUsd <= MaxTradeAmountUsd, nameof(LeastOrderValueUsd),
            $"above 0 and at most Trading:MaxTradeAmountUsd ({MaxTradeAmountUsd})", LeastOrderValueUsd);
    }
}
