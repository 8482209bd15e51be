using Trading.Core;

namespace Trading.Hosting;

// Settings: what predicts, and when.
public sealed partial record TradingSettings
{
    /// <summary>Seconds from one decision to the next; a multiple of PriceIntervalSeconds.</summary>
    public int DecisionIntervalSeconds { get; init; } = 60;

    /// <summary>How far ahead predictions look; a multiple of PriceIntervalSeconds.</summary>
    public int HorizonSeconds { get; init; } = 3600;

    /// <summary>Models that are asked, by name.</summary>
    public IReadOnlyList<string> Models { get; init; } = [TechnicalModel.Name];

    /// <summary>Most seconds that the models together may take to answer; who is later is missing in the prediction.</summary>
    public int ModelDeadlineSeconds { get; init; } = 20;

    /// <summary>The models that exist.</summary>
    public static IReadOnlyList<string> KnownModels { get; } = [TechnicalModel.Name];

    /// <summary>How much each model counts: by its confidence alone, or by its track record as well.</summary>
    public EnsembleWeighting EnsembleWeights { get; init; } = EnsembleWeighting.Confidence;

    private void CheckModels(SettingViolations violations)
    {
        violations.Must(IsMultipleOfPriceInterval(DecisionIntervalSeconds), nameof(DecisionIntervalSeconds), $"a multiple of Trading:PriceIntervalSeconds ({PriceIntervalSeconds})", DecisionIntervalSeconds);
        violations.Must(IsMultipleOfPriceInterval(HorizonSeconds) && HorizonSeconds / Math.Max(1, PriceIntervalSeconds) <= 10_000, nameof(HorizonSeconds),
            $"a multiple of Trading:PriceIntervalSeconds ({PriceIntervalSeconds}), at most 10000 of them", HorizonSeconds);
        violations.Must(Models.Count > 0 && Models.All(KnownModels.Contains) && Models.Distinct().Count() == Models.Count, nameof(Models),
            $"among {string.Join(", ", KnownModels)}, each once", string.Join(',', Models));
        violations.Must(ModelDeadlineSeconds is >= 1 and <= 240, nameof(ModelDeadlineSeconds), "1 to 240", ModelDeadlineSeconds);
    }

    private bool IsMultipleOfPriceInterval(int seconds) => PriceIntervalSeconds > 0 && seconds > 0 && seconds % PriceIntervalSeconds == 0;
}
