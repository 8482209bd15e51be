using System.Globalization;
using Trading.Core.Research;
using Trading.Hosting;

namespace Trading.Cli.Research;

/// <summary>Settings with some values replaced.</summary>
public static class Variation
{
    /// <summary>Whether a name is one of a setting, or of a parameter of the strategy.</summary>
    public static bool IsKnown(TradingSettings settings, string name)
    {
        if (SettingsReader.Names.Contains(name, StringComparer.OrdinalIgnoreCase))
            return true;
        try
        {
            _ = (settings with { StrategyParameters = [.. settings.StrategyParameters, $"{name}=1"] }).NewStrategy();
            return settings.NewStrategy() is not null;
        }
        catch (ArgumentException wrong)
        {
            return !wrong.Message.Contains("has no parameter", StringComparison.Ordinal);
        }
    }

    /// <summary>The settings with these values; null, with the reason, where they are not allowed together.</summary>
    public static TradingSettings? Apply(TradingSettings settings, ParameterSpace space, long setting, out string? violation)
    {
        var (keys, parameters) = (new Dictionary<string, string?>(), new List<string>());
        foreach (var (parameter, value) in space.Parameters.Zip(space.Values(setting)))
        {
            var text = value.ToString(CultureInfo.InvariantCulture);
            if (SettingsReader.Names.Contains(parameter.Name, StringComparer.OrdinalIgnoreCase))
                keys[$"{SettingsReader.Section}:{parameter.Name}"] = text;
            else
                parameters.Add($"{parameter.Name}={text}");
        }
        // A copy: the reader writes into what it is given.
        var varied = SettingsReader.Read(
            new ConfigurationBuilder().AddInMemoryCollection(keys).Build(), _ => settings with { StrategyParameters = [.. settings.StrategyParameters, .. parameters] }, out var violations);
        violation = violations.Count > 0 ? violations[0] : null;
        return violation is null ? varied : null;
    }
}
