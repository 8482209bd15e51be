using Trading.Core.Strategies;

namespace Trading.Hosting;

// Settings: the strategy, and how it is tried on the past.
public sealed partial record TradingSettings
{
    /// <summary>What decides: ensemble, or a strategy of Core by name.</summary>
    public string Strategy { get; init; } = TradingStrategies.Ensemble;

    /// <summary>Parameters of the strategy, as name=value; its own defaults where nothing is said.</summary>
    public IReadOnlyList<string> StrategyParameters { get; init; } = [];

    /// <summary>How long an order is on its way in a backtest, in milliseconds; it is filled in the next bar at the earliest.</summary>
    public int BacktestLatencyMilliseconds { get; init; } = 250;

    /// <summary>What a year brings without risk, in percent, for the ratios of a backtest.</summary>
    public double RiskFreePercent { get; init; }

    /// <summary>A new strategy under these settings; null for the ensemble.</summary>
    public ITradingStrategy? NewStrategy() => Strategy == TradingStrategies.Ensemble ? null : TradingStrategies.Create(Strategy, StrategyParameters);

    private void CheckBacktest(SettingViolations violations)
    {
        violations.Must(TradingStrategies.Names.Contains(Strategy), nameof(Strategy), $"among {string.Join(", ", TradingStrategies.Names)}", Strategy);
        violations.Must(Strategy != TradingStrategies.Ensemble || StrategyParameters.Count == 0, nameof(StrategyParameters), "empty with Trading:Strategy=ensemble", string.Join(',', StrategyParameters));
        violations.Must(BacktestLatencyMilliseconds is >= 0 and <= 86_400_000, nameof(BacktestLatencyMilliseconds), "0 to 86400000", BacktestLatencyMilliseconds);
        violations.Must(RiskFreePercent is > -100 and <= 1000, nameof(RiskFreePercent), "above -100 and at most 1000", RiskFreePercent);
        if (!TradingStrategies.Names.Contains(Strategy) || Strategy == TradingStrategies.Ensemble)
            return;
        try
        {
            _ = NewStrategy();
        }
        catch (ArgumentException wrong)
        {
            violations.Add($"Trading:{nameof(StrategyParameters)} cannot be used: {wrong.Message}");
        }
    }
}
