using System.CommandLine;
using Microsoft.Extensions.Configuration;

namespace Trading.Hosting;

/// <summary>What a command line asks a service for.</summary>
/// <param name="Settings">The settings, valid.</param>
/// <param name="Verbose">Whether every price and hold is worth a line.</param>
public sealed record StartOptions(TradingSettings Settings, bool Verbose);

/// <summary>The switches that every service understands, and the exit codes.</summary>
public static class CommandLine
{
    /// <summary>Exit code for a wrong switch.</summary>
    public const int WrongUsage = 2;

    /// <summary>Exit code for settings that cannot be used (EX_CONFIG of sysexits.h).</summary>
    public const int WrongSettings = 78;

    /// <summary>Reads switches, settings file and environment.</summary>
    /// <param name="args">The arguments.</param>
    /// <param name="service">Name of the program.</param>
    /// <param name="description">What it does, for --help.</param>
    /// <param name="program">Values that this program sets in place of the profile's.</param>
    /// <param name="exitCode">The code to end with when there is nothing to start.</param>
    /// <returns>What to start; null when everything was said already (help, version, errors).</returns>
    public static StartOptions? Read(string[] args, string service, string description, Func<TradingSettings, TradingSettings> program, out int exitCode)
    {
        var switches = new (Option Option, string Key)[]
        {
            (new Option<string>("--profile") { Description = "local, dev or prod: the values that hold where nothing else is said", HelpName = "name" }, nameof(TradingSettings.Profile)),
            (new Option<string>("--symbols") { Description = "what is traded, for example BTC-USD,ETH-USD", HelpName = "list" }, nameof(TradingSettings.Symbols)),
            (new Option<string>("--feed") { Description = "where prices come from: live, recorded, simulated, or auto (live, else simulated)", HelpName = "kind" }, nameof(TradingSettings.Feed)),
            (new Option<string[]>("--data") { Description = "recorded candles, .csv or .csv.gz (implies --feed recorded)", HelpName = "file", AllowMultipleArgumentsPerToken = true }, nameof(TradingSettings.Data)),
            (new Option<string>("--from") { Description = "first open time of the recorded candles, UTC", HelpName = "time" }, nameof(TradingSettings.From)),
            (new Option<string>("--to") { Description = "open time of the first candle that is left out again, UTC", HelpName = "time" }, nameof(TradingSettings.To)),
            (new Option<string>("--speed") { Description = "speed of a recorded run: a multiple of real time, or max", HelpName = "factor" }, nameof(TradingSettings.Speed)),
            (new Option<string>("--seed") { Description = "seed of the simulated feed", HelpName = "number" }, nameof(TradingSettings.Seed)),
            (new Option<string>("--journal") { Description = "where the journal is: local, postgres or container", HelpName = "kind" }, nameof(TradingSettings.Journal)),
            (new Option<string>("--database") { Description = "database of the journal", HelpName = "name" }, nameof(TradingSettings.JournalDatabase)),
            (new Option<string>("--http-port") { Description = "port of the health pages, 0 for any free one", HelpName = "port" }, nameof(TradingSettings.HttpPort)),
        };
        var file = new Option<FileInfo>("--settings") { Description = "JSON file with settings, { \"Trading\": { \"Name\": value } }", HelpName = "file" };
        var set = new Option<string[]>("--set") { Description = "any setting, as Name=value; may be repeated", HelpName = "name=value" };
        var show = new Option<bool>("--show-settings") { Description = "print every setting with its value and end" };
        var verbose = new Option<bool>("--verbose") { Description = "a line for every price and hold, also in recorded runs" };

        var command = new RootCommand(description);
        foreach (var option in switches.Select(entry => entry.Option).Append(file).Append(set).Append(show).Append(verbose))
            command.Options.Add(option);

        var parsed = command.Parse(args);
        exitCode = 0;
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors)
                Console.Error.WriteLine($"{service}: {error.Message}");
            Console.Error.WriteLine($"{service}: --help lists the switches");
            exitCode = WrongUsage;
            return null;
        }
        if (parsed.Action is not null)
        {
            parsed.Invoke();
            return null;
        }

        var values = new Dictionary<string, string?>();
        foreach (var (option, key) in switches.Where(entry => parsed.GetResult(entry.Option) is { Implicit: false }))
            values[$"{SettingsReader.Section}:{key}"] = option is Option<string[]> list ? string.Join(',', parsed.GetValue(list)!) : parsed.GetValue((Option<string>)option);
        if (values.ContainsKey("Trading:Data"))
            values.TryAdd("Trading:Feed", "recorded");
        foreach (var pair in parsed.GetValue(set) ?? [])
        {
            if (pair.Split('=', 2) is not [{ Length: > 0 } name, var value])
            {
                Console.Error.WriteLine($"{service}: --set takes Name=value, was {pair}");
                exitCode = WrongUsage;
                return null;
            }
            values[$"{SettingsReader.Section}:{name}"] = value;
        }

        if (Configuration(parsed.GetValue(file), values, service) is not { } configuration)
        {
            exitCode = WrongSettings;
            return null;
        }
        var settings = SettingsReader.Read(configuration, program, out var violations);
        if (violations.Count > 0)
        {
            foreach (var violation in violations)
                Console.Error.WriteLine(violation);
            exitCode = WrongSettings;
            return null;
        }
        if (parsed.GetValue(show))
        {
            foreach (var line in SettingsReader.Lines(settings))
                Console.WriteLine(line);
            return null;
        }
        return new(settings, parsed.GetValue(verbose));
    }

    private static IConfiguration? Configuration(FileInfo? file, Dictionary<string, string?> switches, string service)
    {
        var builder = new ConfigurationBuilder();
        if (file is { Exists: false })
        {
            Console.Error.WriteLine($"{service}: the settings file {file.FullName} does not exist");
            return null;
        }
        if (file is not null)
            builder.AddJsonFile(file.FullName, optional: false);
        try
        {
            return builder.AddEnvironmentVariables().AddInMemoryCollection(switches).Build();
        }
        catch (InvalidDataException unreadable)
        {
            Console.Error.WriteLine($"{service}: the settings file {file!.FullName} is not readable: {unreadable.GetBaseException().Message}");
            return null;
        }
    }
}
