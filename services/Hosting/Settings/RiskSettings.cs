using Trading.Core;

namespace Trading.Hosting;

// Settings: what asks for a trade, and the limits.
public sealed partial record TradingSettings
{
    /// <summary>Least predicted move that asks for a trade, in percent.</summary>
    public double SignalThresholdPercent { get; init; } = 0.15;

    /// <summary>A buy asks for more confidence than this, 0 to 1.</summary>
    public double SignalConfidence { get; init; } = 0.55;

    /// <summary>Least confidence that risk lets pass, 0 to 1.</summary>
    public double RiskThreshold { get; init; } = 0.6;

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

    /// <summary>The limits that these settings put in force.</summary>
    public RiskLimits Limits() => new(
        new(SignalThresholdPercent, SignalConfidence), RiskThreshold, MaxTradeAmountUsd, MaxPositionShare, CashReserveShare, MaxDailyLossShare,
        MaxPriceAgeSeconds, WorstPriceMarginPercent, PaperFeePercent, LotSize, LeastOrderValueUsd);

    private void CheckRisk(SettingViolations violations)
    {
        violations.Must(SignalThresholdPercent is > 0 and <= 100, nameof(SignalThresholdPercent), "above 0 and at most 100", SignalThresholdPercent);
        violations.Must(SignalConfidence is >= 0 and <= 1, nameof(SignalConfidence), "0 to 1", SignalConfidence);
        violations.Must(RiskThreshold is >= 0 and <= 1, nameof(RiskThreshold), "0 to 1", RiskThreshold);
        violations.Must(MaxTradeAmountUsd is > 0 and <= 1_000_000_000, nameof(MaxTradeAmountUsd), "above 0 and at most 1000000000", MaxTradeAmountUsd);
        violations.Must(MaxPositionShare is > 0 and <= 1, nameof(MaxPositionShare), "above 0 and at most 1", MaxPositionShare);
        violations.Must(CashReserveShare is >= 0 and < 1, nameof(CashReserveShare), "0 to below 1", CashReserveShare);
        violations.Must(MaxDailyLossShare is > 0 and <= 1, nameof(MaxDailyLossShare), "above 0 and at most 1", MaxDailyLossShare);
        violations.Must(MaxPriceAgeSeconds is >= 1 and <= 86_400, nameof(MaxPriceAgeSeconds), "1 to 86400", MaxPriceAgeSeconds);
        violations.Must(WorstPriceMarginPercent is >= 0 and <= 50, nameof(WorstPriceMarginPercent), "0 to 50", WorstPriceMarginPercent);
        violations.Must(LotSize is > 0 and <= 1_000_000, nameof(LotSize), "above 0 and at most 1000000", LotSize);
        violations.Must(LeastOrderValueUsd > 0 && LeastOrderValueUsd <= MaxTradeAmountUsd, nameof(LeastOrderValueUsd), $"above 0 and at most Trading:MaxTradeAmountUsd ({MaxTradeAmountUsd})", LeastOrderValueUsd);
    }
}
