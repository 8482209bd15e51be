using System.CommandLine;
using Microsoft.Extensions.Configuration.EnvironmentVariables;
using Microsoft.Extensions.Configuration.Json;
using Spectre.Console;
using Trading.Cli.Shared;
using Trading.Hosting;
using Trading.Hosting.Settings;

namespace Trading.Cli.Setup;

/// <summary>A setting as it is in force.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Value">Its value; a secret is not shown.</param>
/// <param name="Source">Where the value comes from: default, profile, file, environment or switch.</param>
/// <param name="Topic">What it is about.</param>
public sealed record SettingInForce(string Name, string Value, string Source, string Topic);

/// <summary>The settings: what is in force and why, and whether a file can be used.</summary>
public static class SettingsCommand
{
    /// <summary>The command.</summary>
    public static Command Create() => new("settings", "Shows the settings in force, or checks a file with settings.") { Show(), Check() };

    private static Command Show()
    {
        var given = new SettingsSwitches();
        var changed = new Option<bool>("--changed") { Description = "only those that are not at their default" };
        var json = new Option<bool>("--json") { Description = "as JSON" };
        var command = new Command("show", "Shows every setting by topic, with its value and where that comes from: default, profile, file, "
            + "environment or switch.\nExample: trading settings show --settings trading.json --changed") { changed, json };
        given.AddTo(command);
        command.SetAction((parsed, _) =>
        {
            var switches = new Dictionary<string, string?>();
            foreach (var pair in given.Pairs(parsed))
            {
                if (pair.Split('=', 2) is not [{ Length: > 0 } name, var value])
                {
                    Console.Error.WriteLine($"trading: --set takes Name=value, was {pair}");
                    return Task.FromResult(CommandLine.WrongUsage);
                }
                switches[$"{SettingsReader.Section}:{name}"] = value;
            }
            if (CommandLine.Configuration(given.File(parsed), switches, "trading") is not { } configuration)
                return Task.FromResult(CommandLine.WrongSettings);
            var settings = SettingsReader.Read(configuration, defaults => defaults, out var violations, out var notes);
            foreach (var line in notes.Select(note => $"trading: {note}").Concat(violations))
                Console.Error.WriteLine(line);
            if (violations.Count > 0)
                return Task.FromResult(CommandLine.WrongSettings);
            Print([.. InForce(configuration, settings).Where(setting => !parsed.GetValue(changed) || setting.Source != "default")],
                parsed.GetValue(json));
            return Task.FromResult(0);
        });
        return command;
    }

    private static Command Check()
    {
        var file = new Argument<FileInfo>("file") { Description = "JSON file with settings" };
        var command = new Command("check", "Checks a file with settings: names, values, and whether they fit together. "
            + "Ends with 0, or with 78 and a line for each error.\nExample: trading settings check trading.json") { file };
        command.SetAction((parsed, _) =>
        {
            var path = parsed.GetValue(file)!.FullName;
            if (CommandLine.Read(["--settings", path], "trading", "", settings => settings, out var exitCode) is null)
                return Task.FromResult(exitCode);
            Console.WriteLine($"{path} can be used: trading run --settings {path}");
            return Task.FromResult(0);
        });
        return command;
    }

    private static IEnumerable<SettingInForce> InForce(IConfigurationRoot configuration, TradingSettings settings)
    {
        var defaults = SettingsReader.Lines(TradingSettings.ForProfile(TradingSettings.DefaultProfile)!).Select(Split).ToDictionary();
        return SettingsReader.Lines(settings).Select(Split).OrderBy(line => SettingTopics.PlaceOf(line.Name))
            .Select(line => new SettingInForce(line.Name, line.Value,
                Given(configuration, line.Name) ?? (defaults[line.Name] == line.Value ? "default" : $"profile {settings.Profile}"),
                SettingTopics.Of(line.Name)));

        static (string Name, string Value) Split(string line) =>
            line[(SettingsReader.Section.Length + 1)..].Split(" = ", 2) is [var name, var value] ? (name, value) : (line, "");
    }

    // The last source that has it wins.
    private static string? Given(IConfigurationRoot configuration, string name)
    {
        var keys = SettingsReader.Renamed.Where(renamed => renamed.Value == name).Select(renamed => renamed.Key).Prepend(name);
        foreach (var provider in configuration.Providers.Reverse())
        {
            if (keys.Any(key => provider.TryGet($"{SettingsReader.Section}:{key}", out _)
                || provider.GetChildKeys([], $"{SettingsReader.Section}:{key}").Any()))
            {
                return provider switch
                {
                    JsonConfigurationProvider => "file",
                    EnvironmentVariablesConfigurationProvider => "environment",
                    _ => "switch",
                };
            }
        }
        return null;
    }

    private static void Print(IReadOnlyList<SettingInForce> settings, bool json)
    {
        if (json)
        {
            JournalRun.Print(settings);
            return;
        }
        if (settings.Count == 0)
        {
            Console.WriteLine("every setting is at its default");
            return;
        }
        var table = new Table().Border(TableBorder.Simple).AddColumns("setting", "value", "from");
        foreach (var topic in settings.GroupBy(setting => setting.Topic))
        {
            table.AddRow($"[bold]{Markup.Escape(topic.Key)}[/]", "", "");
            foreach (var setting in topic)
                table.AddRow($"  {Markup.Escape(setting.Name)}", Markup.Escape(setting.Value), setting.Source);
        }
        Terminal.Output.Write(table);
    }
}
