using System.CommandLine;
using System.Text;
using Spectre.Console;
using Trading.Cli.Shared;
using Trading.Hosting;
using Trading.Hosting.Settings;

namespace Trading.Cli.Setup;

/// <summary>Writes a first file with settings, from five answers.</summary>
public static class InitCommand
{
    private sealed record Question(string Setting, string Asked, string Default, string Why, bool Text = false);

    private static readonly Question[] Questions =
    [
        new(nameof(TradingSettings.Symbols), "What is traded?", "BTC-USD", "Base and quote joined by a dash; several joined by commas.",
            true),
        new(nameof(TradingSettings.StartingCashUsd), "How much money does the paper account begin with, in US dollars?", "10000",
            "Play money: nothing is bought for real until an exchange is named and an operator confirms."),
        new(nameof(TradingSettings.MaxTradeAmountUsd), "What is the largest order, in US dollars?", "10000",
            "No order is larger. The strategy moves up to a third of the account at once: a small limit makes it lag behind."),
        new(nameof(TradingSettings.MaxPositionShare), "Which share of the account may one symbol take, 0 to 1?", "1",
            "The strategy itself holds less where the market is wild, and nothing where it falls."),
        new(nameof(TradingSettings.MaxDailyLossShare), "After which loss in one day is nothing more bought, as a share of the account?",
            "0.1", "Counted in UTC days; at this loss what is held is sold too."),
    ];

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var output = new Option<FileInfo>("--output", "-o")
        { Description = "file to write, which must not exist", HelpName = "file", DefaultValueFactory = _ => new("trading.json") }
            .Written();
        var set = new Option<string[]>("--set")
        { Description = "answers a question in advance, as Name=value; may be repeated", HelpName = "name=value" };
        var yes = new Option<bool>("--yes") { Description = "asks nothing: takes what --set says and else the defaults" };
        var command = new Command("init", "Asks five questions and writes a file with settings, each with its reason; then checks it.\n"
            + "Example: trading init --yes --set Symbols=ETH-USD -o eth.json") { output, set, yes };
        command.SetAction((parsed, cancellation) =>
            WriteAsync(parsed.GetValue(output)!, parsed.GetValue(set) ?? [], parsed.GetValue(yes), cancellation));
        return command;
    }

    private static async Task<int> WriteAsync(FileInfo file, string[] given, bool yes, CancellationToken cancellation)
    {
        var answers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var pair in given)
        {
            if (pair.Split('=', 2) is not [var name, var value]
                || !Questions.Any(question => question.Setting.Equals(name, StringComparison.OrdinalIgnoreCase)))
            {
                Console.Error.WriteLine("trading: --set takes Name=value with "
                    + $"{string.Join(", ", Questions.Select(question => question.Setting))}, was {pair}");
                return CommandLine.WrongUsage;
            }
            answers[name] = value;
        }
        if (file.Exists)
        {
            Console.Error.WriteLine($"trading: {file.FullName} exists and is not overwritten: --output names another file");
            return CommandLine.WrongUsage;
        }
        if (!yes && Console.IsInputRedirected)
        {
            Console.Error.WriteLine("trading: the questions need a terminal; --yes takes the defaults, --set other answers");
            return CommandLine.WrongUsage;
        }
        foreach (var question in Questions.Where(question => !answers.ContainsKey(question.Setting)))
            answers[question.Setting] = yes ? question.Default
                : await Terminal.Output.PromptAsync(
                    new TextPrompt<string>($"{question.Asked} [grey]{question.Why}[/]").DefaultValue(question.Default), cancellation);
        return Save(file, answers);
    }

    private static int Save(FileInfo file, Dictionary<string, string> answers)
    {
        var text = new StringBuilder("// Settings of trading. All others are at their default: trading settings show lists them.\n")
            .Append("{\n  \"Trading\": {\n");
        foreach (var (question, index) in Questions.Select((question, index) => (question, index)))
        {
            text.Append("    // ").Append(question.Why).Append('\n');
            var answer = answers[question.Setting].Trim();
            text.Append("    \"").Append(question.Setting).Append("\": ");
            // A number stands as a number; everything else as text, which the check below judges.
            if (!question.Text && decimal.TryParse(answer, System.Globalization.NumberStyles.Float,
                System.Globalization.CultureInfo.InvariantCulture, out _))
                text.Append(answer);
            else
                text.Append(System.Text.Json.JsonSerializer.Serialize(answer));
            text.Append(index < Questions.Length - 1 ? ",\n\n" : "\n");
        }
        text.Append("  }\n}\n");
        // Checked before it gets its name, so that no file is left that cannot be used.
        var draft = $"{file.FullName}.{Environment.ProcessId}";
        File.WriteAllText(draft, text.ToString());
        try
        {
            if (CommandLine.Read(["--settings", draft], "trading", "", settings => settings, out var exitCode) is null)
                return exitCode;
            File.Move(draft, file.FullName);
        }
        finally
        {
            File.Delete(draft);
        }
        Console.WriteLine($"{file.FullName} is written and can be used. Next:");
        Console.WriteLine($"  trading run --settings {file.Name}");
        return 0;
    }
}
