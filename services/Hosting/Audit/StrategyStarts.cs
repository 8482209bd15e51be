using System.Globalization;
using Trading.Core;
using Trading.Core.Strategies;
using Trading.Hosting.Settings;

namespace Trading.Hosting.Audit;

/// <summary>A strategy with the settings that its answers follow from.</summary>
/// <param name="Settings">The settings; only those of the strategy mean anything.</param>
internal sealed record StrategyChoice(TradingSettings Settings)
{
    /// <summary>The same for the same answers.</summary>
    public string Key { get; } = string.Join('\n', StrategyStarts.Lines(Settings));

    /// <summary>Whether it sees what is held.</summary>
    public bool Sees => New(1).SeesPosition;

    /// <summary>A new one as live.</summary>
    /// <param name="intervalSeconds">Seconds from one price to the next.</param>
    public ITradingStrategy New(int intervalSeconds) => Settings.NewHeardStrategy(intervalSeconds, Settings.DecisionIntervalSeconds)!;
}

/// <summary>With which parameters strategies ran, as the starts of programs tell.</summary>
/// <param name="otherwise">The settings where no start tells of the strategy.</param>
internal sealed class StrategyStarts(TradingSettings otherwise)
{
    // Replicas are replaced one after the other: so long the earlier settings may still have decided.
    private static readonly TimeSpan Replacing = TimeSpan.FromHours(1);

    private readonly StrategyChoice? _otherwise = otherwise.Strategy == TradingStrategies.Ensemble ? null : new(otherwise);
    private readonly Dictionary<string, List<(DateTimeOffset At, StrategyChoice Choice)>> _starts = [];

    /// <summary>The lines of a program's start that the answers of its strategy follow from, defaults too.</summary>
    public static IEnumerable<string> Lines(TradingSettings settings) => SettingsReader.Lines(settings)
        .Where(line => Names.Contains(line[(SettingsReader.Section.Length + 1)..line.IndexOf(" = ", StringComparison.Ordinal)]));

    private static readonly HashSet<string> Names =
    [
        nameof(TradingSettings.Strategy), nameof(TradingSettings.StrategyParameters), nameof(TradingSettings.StrategySignals),
        nameof(TradingSettings.TargetVolatility), nameof(TradingSettings.DecisionIntervalSeconds),
    ];

    /// <summary>Takes the start of a program.</summary>
    public void Add(ProgramStarted started)
    {
        if (!_starts.TryGetValue(started.Service, out var starts))
            _starts.Add(started.Service, starts = []);
        if (Choice(started.Settings) is { } choice && (starts.Count == 0 || starts[^1].Choice.Key != choice.Key))
            starts.Add((started.At, choice));
    }

    /// <summary>Whether no program that started is known: those that play recorded prices do not say what they run with.</summary>
    public bool AreGuessed => _starts.Count == 0;

    /// <summary>The choices of a strategy that may have decided at a time, the newest first.</summary>
    public IReadOnlyList<StrategyChoice> InForce(string strategy, DateTimeOffset at)
    {
        var known = _starts.Values
            .SelectMany(starts => starts.Where((_, i) => i == starts.Count - 1 || at < starts[i + 1].At + Replacing).Reverse())
            .Select(start => start.Choice);
        return [.. (AreGuessed && _otherwise is not null ? known.Append(_otherwise) : known)
            .Where(choice => choice.Settings.Strategy == strategy).DistinctBy(choice => choice.Key)];
    }

    // Null for what another hand wrote into the journal, and for the ensemble.
    private static StrategyChoice? Choice(IReadOnlyList<string> lines)
    {
        try
        {
            var choice = new StrategyChoice(lines.Select(line => line.Split('=', 2)).Where(pair => pair.Length == 2)
                .Aggregate(TradingSettings.ForProfile(TradingSettings.DefaultProfile)!, (read, pair) => Read(read, pair[0], pair[1])));
            return choice.Settings.NewStrategy() is null ? null : choice;
        }
        catch (Exception unusable) when (unusable is FormatException or ArgumentException or OverflowException)
        {
            return null;
        }
    }

    private static TradingSettings Read(TradingSettings read, string name, string value) => name switch
    {
        nameof(TradingSettings.Strategy) => read with { Strategy = value },
        nameof(TradingSettings.StrategyParameters) =>
            read with { StrategyParameters = value.Split(',', StringSplitOptions.RemoveEmptyEntries) },
        nameof(TradingSettings.StrategySignals) =>
            read with { StrategySignals = Enum.Parse<SignalTiming>(value.Replace("-", "", StringComparison.Ordinal), ignoreCase: true) },
        nameof(TradingSettings.TargetVolatility) => read with { TargetVolatility = double.Parse(value, CultureInfo.InvariantCulture) },
        nameof(TradingSettings.DecisionIntervalSeconds) =>
            read with { DecisionIntervalSeconds = int.Parse(value, CultureInfo.InvariantCulture) },
        _ => read,
    };
}
