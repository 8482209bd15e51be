using System.Globalization;
using Trading.Cli.Backtests;
using Trading.Core.Strategies;
using Trading.Hosting.Settings;
using Trading.Research.Search;

namespace Trading.Cli.Research;

/// <summary>Settings with some values replaced.</summary>
public static class Variation
{
    /// <summary>What says that a name is a parameter of the strategy.</summary>
    public const string OfStrategy = "strategy.";

    /// <summary>What says that a name is a setting.</summary>
    public const string OfSettings = "setting.";

    /// <summary>The name alone, and whether it is that of a setting or of a parameter of the strategy.</summary>
    /// <exception cref="BacktestException">It is nobody's, or both, and nothing says which.</exception>
    public static (string Name, bool IsSetting) Target(TradingSettings settings, string name)
    {
        var plain = name.StartsWith(OfStrategy, StringComparison.OrdinalIgnoreCase) ? name[OfStrategy.Length..]
            : name.StartsWith(OfSettings, StringComparison.OrdinalIgnoreCase) ? name[OfSettings.Length..]
            : name;
        var isSetting = !name.StartsWith(OfStrategy, StringComparison.OrdinalIgnoreCase)
            && SettingsReader.Names.Contains(plain, StringComparer.OrdinalIgnoreCase);
        var isParameter = !name.StartsWith(OfSettings, StringComparison.OrdinalIgnoreCase)
            && TradingStrategies.Find(settings.Strategy)?.Parameters.Any(parameter => parameter.Name == plain) == true;
        return (isSetting, isParameter) switch
        {
            (true, true) => throw new BacktestException($"--param {name} is a setting and also a parameter of {settings.Strategy}: "
                + $"write {OfStrategy}{plain} or {OfSettings}{plain}"),
            (false, false) => throw new BacktestException(
                $"--param {name} is neither a setting nor a parameter of the strategy {settings.Strategy}"),
            _ => (plain, isSetting),
        };
    }

    /// <summary>The settings with these values; null, with the reason, where they are not allowed together.</summary>
    public static TradingSettings? Apply(TradingSettings settings, ParameterSpace space, long setting, out string? violation)
    {
        var (keys, parameters) = (new Dictionary<string, string?>(), new List<string>());
        foreach (var (parameter, value) in space.Parameters.Zip(space.Values(setting)))
        {
            var text = value.ToString(CultureInfo.InvariantCulture);
            var (name, isSetting) = Target(settings, parameter.Name);
            if (isSetting)
                keys[$"{SettingsReader.Section}:{name}"] = text;
            else
                parameters.Add($"{name}={text}");
        }
        // A copy: the reader writes into what it is given.
        var varied = SettingsReader.Read(
            new ConfigurationBuilder().AddInMemoryCollection(keys).Build(),
            _ => settings with { StrategyParameters = [.. settings.StrategyParameters, .. parameters] }, out var violations);
        violation = violations.Count > 0 ? violations[0] : null;
        return violation is null ? varied : null;
    }

    /// <summary>The switches of a backtest that set these values.</summary>
    public static string Switches(TradingSettings settings, ParameterSpace space, IReadOnlyList<decimal> values)
    {
        var pairs = space.Parameters.Zip(values, (parameter, value) => (Target: Target(settings, parameter.Name), Value: value))
            .Select(pair => (pair.Target.IsSetting, Pair: FormattableString.Invariant($"{pair.Target.Name}={pair.Value}"))).ToList();
        var given = pairs.Where(pair => !pair.IsSetting).Select(pair => pair.Pair).ToList();
        var kept = settings.StrategyParameters.Where(
            pair => !given.Any(other => other.Split('=')[0] == pair.Split('=')[0])).Concat(given);
        var switches = pairs.Where(pair => pair.IsSetting).Select(pair => $"--set {pair.Pair}");
        return string.Join(' ', given.Count > 0 ? switches.Append($"--set StrategyParameters={string.Join(',', kept)}") : switches);
    }
}
