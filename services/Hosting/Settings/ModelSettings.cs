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

    private void CheckModels(SettingViolations violations)
    {
        violations.Must(IsMultipleOfPriceInterval(DecisionIntervalSeconds), nameof(DecisionIntervalSeconds), $"a multiple of Trading:PriceIntervalSeconds ({PriceIntervalSeconds})", DecisionIntervalSeconds);
        violations.Must(IsMultipleOfPriceInterval(HorizonSeconds) && HorizonSeconds / Math.Max(1, PriceIntervalSeconds) <= 10_000, nameof(HorizonSeconds),
            $"a multiple of Trading:PriceIntervalSeconds ({PriceIntervalSeconds}), at most 10000 of them", HorizonSeconds);
        violations.Must(Models.Count > 0 && Models.All(model => model == TechnicalModel.Name), nameof(Models), $"{TechnicalModel.Name} (other models are not in this version)", string.Join(',', Models));
    }

    private bool IsMultipleOfPriceInterval(int seconds) => PriceIntervalSeconds > 0 && seconds > 0 && seconds % PriceIntervalSeconds == 0;
}
