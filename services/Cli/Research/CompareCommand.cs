using System.CommandLine;
using System.Text.Json;
using Spectre.Console;
using Trading.Cli.Backtests;
using Trading.Hosting;
using static Trading.Cli.Shared.Words;

namespace Trading.Cli.Research;

/// <summary>Results of backtests side by side, from the files that --json wrote.</summary>
public static class CompareCommand
{
    private static readonly string[] InPercent =
    [
        "totalReturn", "annualReturn", "heldReturn", "annualVolatility", "probabilisticSharpe", "maxDrawdown", "maxDrawdownDaily",
        "ulcerIndex", "valueAtRisk", "conditionalValueAtRisk", "alpha", "winRate", "exposure",
    ];

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var files = new Argument<FileInfo[]>("file")
        { Description = "what trading backtest --json wrote, two files or more", Arity = new ArgumentArity(2, 10) };
        var command = new Command("compare",
            "Shows the figures of several backtests side by side, and which settings and data differ.\n"
            + "Example: trading compare a.json b.json") { files };
        command.SetAction((parsed, _) => BacktestOptions.GuardAsync(() =>
        {
            var results = parsed.GetValue(files)!.Select(Read).ToList();
            Print(results);
            return Task.FromResult(0);
        }));
        return command;
    }

    private static (string Name, JsonElement Result) Read(FileInfo file)
    {
        if (!file.Exists)
            throw new BacktestException($"{file.FullName} does not exist");
        try
        {
            var result = JsonDocument.Parse(File.ReadAllText(file.FullName)).RootElement;
            return result.ValueKind == JsonValueKind.Object && result.TryGetProperty("metrics", out _)
                && result.TryGetProperty("settings", out _)
                ? (file.Name, result) : throw new BacktestException($"{file.FullName} is not what trading backtest --json writes");
        }
        catch (JsonException wrong)
        {
            throw new BacktestException($"{file.FullName} is no JSON: {wrong.Message}");
        }
    }

    private static void Print(List<(string Name, JsonElement Result)> results)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumn("");
        foreach (var (name, _) in results)
            table.AddColumn(new TableColumn(Markup.Escape(name)).RightAligned());
        void Row(string name, Func<JsonElement, string> value) =>
            table.AddRow([new Text(name), .. results.Select(result => new Text(value(result.Result)))]);
        foreach (var name in new[] { "strategy", "symbol", "from", "to", "bars" })
            Row(name, result => $"{result.GetProperty(name)}");
        foreach (var metric in results[0].Result.GetProperty("metrics").EnumerateObject().Select(metric => metric.Name))
        {
            Row(metric, result => !result.GetProperty("metrics").TryGetProperty(metric, out var value)
                || value.ValueKind == JsonValueKind.Null ? "–"
                : InPercent.Contains(metric) ? ShareAsPercent(value.GetDouble()) : Number(value.GetDouble()));
        }
        Terminal.Output.Write(table);
        var settings = results.Select(result => result.Result.GetProperty("settings").EnumerateArray().Select(line => line.GetString()!)
            .ToDictionary(line => line.Split(" = ")[0], line => line)).ToList();
        foreach (var key in settings.SelectMany(one => one.Keys).Distinct())
        {
            var lines = settings.Select(one => one.GetValueOrDefault(key, $"{key} is no setting there")).ToList();
            if (lines.Distinct().Count() > 1)
                Line($"other settings: {string.Join(" | ", lines)}");
        }
        var data = results.Select(result => string.Join(',', result.Result.GetProperty("files").EnumerateArray()
            .Select(file => file.GetProperty("sha256").GetString()))).Distinct().Count();
        if (data > 1)
            Line($"the data are not the same: the figures compare other markets or times");
    }
}
