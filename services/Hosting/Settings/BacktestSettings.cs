using Trading.Core;
using Trading.Core.Strategies;

namespace Trading.Hosting.Settings;

// Settings: the strategy, and how it is tried on the past.
public sealed partial record TradingSettings
{
    /// <summary>What decides: ensemble, or a strategy by name; trading strategies lists them.</summary>
    public string Strategy { get; init; } = TradingStrategies.Ensemble;

    /// <summary>Parameters of the strategy, as name=value; its own defaults where nothing is said.</summary>
    public IReadOnlyList<string> StrategyParameters { get; init; } = [];

    /// <summary>
    /// Folder with class libraries of strategies of one's own, which run with all rights of the program; null for none.
    /// </summary>
    public string? StrategyFolder { get; init; }

    /// <summary>
    /// Volatility a year, in percent, that the exposure of a strategy is scaled to, as the last 30 days moved; 0 for not at all. A strategy
    /// that buys and sells then holds so much or nothing.
    /// </summary>
    public double TargetVolatility { get; init; }

    /// <summary>
    /// A trained model of Models, learned or boosted, that takes part of a strategy's exposure away where it expects a fall of more than
    /// buying and selling costs; null for none (docs/decisions.md).
    /// </summary>
    public string? ExposureModel { get; init; }

    /// <summary>
    /// What becomes of a strategy's signals where decisions are rarer than prices: pending keeps the newest until the next decision,
    /// decision-bars gives the strategy bars of the decision interval.
    /// </summary>
    public SignalTiming StrategySignals { get; init; } = SignalTiming.Pending;

    /// <summary>How long an order is on its way in a backtest, in milliseconds; it is filled in the next bar at the earliest.</summary>
    public int BacktestLatencyMilliseconds { get; init; } = 250;

    /// <summary>What a year brings without risk, in percent, for the ratios of a backtest.</summary>
    public double RiskFreePercent { get; init; }

    /// <summary>
    /// Days in a year of the market, for the ratios of a backtest: 365 where it never closes; fewer, such as 252, where it closes on
    /// Saturdays and Sundays.
    /// </summary>
    public double DaysPerYear { get; init; } = 365;

    /// <summary>A new strategy under these settings; null for the ensemble.</summary>
    public ITradingStrategy? NewStrategy() => Composed(1, 1);

    /// <summary>The strategy as decisions hear it, so that no signal between two of them is lost; null for the ensemble.</summary>
    /// <param name="intervalSeconds">Seconds of a bar.</param>
    /// <param name="decisionIntervalSeconds">Seconds from decision to decision.</param>
    /// <exception cref="ArgumentException">The model of the exposure is one for other prices.</exception>
    public ITradingStrategy? NewHeardStrategy(int intervalSeconds, int decisionIntervalSeconds) =>
        ExposureModel is not null && ModelFile.OfExposure(this).IntervalSeconds is var seconds && seconds != intervalSeconds
            ? throw new ArgumentException($"the model {ExposureModel} sees prices every {seconds} s, these are {intervalSeconds} s apart")
            : Composed(intervalSeconds, decisionIntervalSeconds);

    private ITradingStrategy? Composed(int intervalSeconds, int decisionIntervalSeconds)
    {
        if (Strategy == TradingStrategies.Ensemble)
            return null;
        var strategy = HeardSignals.Of(
            TradingStrategies.Create(Strategy, StrategyParameters), StrategySignals, intervalSeconds, decisionIntervalSeconds);
        if (TargetVolatility > 0)
            strategy = new VolatilityTarget(strategy, TargetVolatility);
        return ExposureModel is null ? strategy : new ChanceScaled(strategy, ModelFile.OfExposure(this), RoundTripShare());
    }

    /// <summary>What buying and selling again costs at the market, as a share.</summary>
    public double RoundTripShare() => 2 * (double)(TakerFeePercent() + PaperSpreadPercent / 2 + PaperSlippagePercent) / 100;

    private void CheckBacktest(SettingViolations violations)
    {
        violations.Must(TradingStrategies.Names.Contains(Strategy), nameof(Strategy),
            $"among {string.Join(", ", TradingStrategies.Names)}", Strategy);
        violations.Must(Strategy != TradingStrategies.Ensemble || StrategyParameters.Count == 0, nameof(StrategyParameters),
            "empty with Trading:Strategy=ensemble", string.Join(',', StrategyParameters));
        violations.Must(TargetVolatility is >= 0 and <= 1000, nameof(TargetVolatility), "0 to 1000", TargetVolatility);
        violations.Must(TargetVolatility == 0 || Strategy != TradingStrategies.Ensemble, nameof(TargetVolatility),
            "0 with Trading:Strategy=ensemble, whose sizes follow Trading:Sizing=volatility", TargetVolatility);
        violations.Must(
            ExposureModel is null || (ExposureModel is LearnedModel.Name or BoostedModel.Name && Models.Contains(ExposureModel)),
            nameof(ExposureModel), $"{LearnedModel.Name} or {BoostedModel.Name}, and among Trading:Models", ExposureModel);
        violations.Must(ExposureModel is null || Strategy != TradingStrategies.Ensemble, nameof(ExposureModel),
            "null with Trading:Strategy=ensemble, of which models are part", ExposureModel);
        violations.Must(BacktestLatencyMilliseconds is >= 0 and <= 86_400_000, nameof(BacktestLatencyMilliseconds),
            "0 to 86400000", BacktestLatencyMilliseconds);
        violations.Must(DaysPerYear is >= 1 and <= 366, nameof(DaysPerYear), "1 to 366", DaysPerYear);
        violations.Must(RiskFreePercent is > -100 and <= 1000, nameof(RiskFreePercent), "above -100 and at most 1000", RiskFreePercent);
        if (!TradingStrategies.Names.Contains(Strategy) || Strategy == TradingStrategies.Ensemble)
            return;
        try
        {
            violations.Must((this with { ExposureModel = null }).NewStrategy()!.Targets || ExposureModel is null, nameof(ExposureModel),
                "null unless the strategy asks for a share of equity, as trend does, or with Trading:TargetVolatility", ExposureModel);
        }
        catch (ArgumentException wrong)
        {
            violations.Add($"Trading:{nameof(StrategyParameters)} cannot be used: {wrong.Message}");
        }
    }
}
