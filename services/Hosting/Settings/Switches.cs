using System.CommandLine;

namespace Trading.Hosting.Settings;

/// <summary>The switches of every service. Made for each command line, because options keep the command that they were added to.</summary>
internal sealed class Switches
{
    private readonly (Option Option, string Key)[] _settings =
    [
        Switch("--profile", "name", "local, technical, dev or prod: the values of settings that are not given",
            nameof(TradingSettings.Profile)),
        Switch("--symbols", "list", "what is traded, for example BTC-USD,ETH-USD", nameof(TradingSettings.Symbols)),
        Switch("--feed", "kind", "where prices come from: live, recorded, simulated, demo, or auto (live, else demo)",
            nameof(TradingSettings.Feed)),
        (new Option<string[]>("--data")
        {
            Description = "recorded candles, .csv or .csv.gz (implies --feed recorded)", HelpName = "file",
            AllowMultipleArgumentsPerToken = true,
        }, nameof(TradingSettings.Data)),
        Switch("--from", "time", "first open time of the recorded candles, UTC", nameof(TradingSettings.From)),
        Switch("--to", "time", "open time of the first candle after the run, UTC", nameof(TradingSettings.To)),
        Switch("--speed", "factor", "speed of a recorded run or the demo: a multiple of real time, or max", nameof(TradingSettings.Speed)),
        Switch("--seed", "number", "seed of simulated prices", nameof(TradingSettings.Seed)),
        Switch("--journal", "kind", "where the journal is: local or postgres", nameof(TradingSettings.Journal)),
        Switch("--database", "name", "database of the journal", nameof(TradingSettings.JournalDatabase)),
        Switch("--http-port", "port", "port of the health pages, 0 for any free one", nameof(TradingSettings.HttpPort)),
    ];

    private readonly Option<string[]> _set =
        new("--set") { Description = "any setting, as Name=value; may be repeated", HelpName = "name=value" };

    /// <summary>The file with settings.</summary>
    public Option<FileInfo> File { get; } = new("--settings")
    { Description = "JSON file with settings, { \"Trading\": { \"Name\": value } }", HelpName = "file" };

    /// <summary>Whether the settings are printed.</summary>
    public Option<bool> Show { get; } = new("--show-settings") { Description = "print every setting with its value and end" };

    /// <summary>Whether every price and hold is printed.</summary>
    public Option<bool> Verbose { get; } =
        new("--verbose") { Description = "a line for every price and hold, also in recorded runs" };

    /// <summary>The command with all switches.</summary>
    public RootCommand Command(string description)
    {
        var command = new RootCommand(description);
        foreach (var option in _settings.Select(entry => entry.Option).Concat([File, _set, Show, Verbose]))
            command.Options.Add(option);
        return command;
    }

    /// <summary>The settings that switches set; null when a --set cannot be read.</summary>
    public Dictionary<string, string?>? Values(ParseResult parsed, out string? unreadable)
    {
        unreadable = null;
        var values = new Dictionary<string, string?>();
        foreach (var (option, key) in _settings.Where(entry => parsed.GetResult(entry.Option) is { Implicit: false }))
            values[$"{SettingsReader.Section}:{key}"] = option is Option<string[]> list
                ? string.Join(',', parsed.GetValue(list)!) : parsed.GetValue((Option<string>)option);
        if (values.ContainsKey("Trading:Data"))
            values.TryAdd("Trading:Feed", "recorded");
        foreach (var pair in parsed.GetValue(_set) ?? [])
        {
            if (pair.Split('=', 2) is not [{ Length: > 0 } name, var value])
            {
                unreadable = pair;
                return null;
            }
            values[$"{SettingsReader.Section}:{name}"] = value;
        }
        return values;
    }

    private static (Option Option, string Key) Switch(string name, string value, string description, string key) =>
        (new Option<string>(name) { Description = description, HelpName = value }, key);
}
