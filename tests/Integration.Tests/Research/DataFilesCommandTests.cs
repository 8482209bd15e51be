using System.Text.Json;
using Trading.TestKit.Data;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Programs;
using Xunit;

namespace Trading.Integration.Tests.Research;

/// <summary>Files of any form through the commands, and commands that show strategies and results.</summary>
public sealed class DataFilesCommandTests : SerialTest
{
    [SharedDataFact]
    public async Task a_feather_file_is_played_converted_and_played_again_with_the_same_result()
    {
        var (feather, csv) = (SharedData.Path("formats/freqtrade_1m.feather"), Path.Combine(Folder, "out.csv.gz"));
        var (code, told, notes) = await CliProgram.RunHereAsync("data", "convert", "--data", feather, "--output", csv);
        Assert.True(code == 0, notes);
        Assert.Contains("candles of 1 min in", told, StringComparison.Ordinal);
        Assert.Contains("freqtrade_1m.feather: candles by the header; times in ", notes, StringComparison.Ordinal);

        string[] rule = ["--strategy", "sma-crossover", "--size", "all", "--json", "-"];
        var (first, second) = (await Json("backtest", ["--data", feather, .. rule]), await Json("backtest", ["--data", csv, .. rule]));
        Assert.True(first.GetProperty("bars").GetInt32() > 100);
        foreach (var name in new[] { "bars", "from", "to", "equityUsd", "orders" })
            Assert.Equal($"{first.GetProperty(name)}", $"{second.GetProperty(name)}");

        // A file that is there is not touched.
        var before = await File.ReadAllBytesAsync(csv);
        var (refused, _, error) = await CliProgram.RunHereAsync("data", "convert", "--data", feather, "--output", csv);
        Assert.Equal(2, refused);
        Assert.Equal(before, await File.ReadAllBytesAsync(csv));
        Assert.Contains("is there already", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task a_damaged_feather_file_is_one_line()
    {
        var path = Path.Combine(Folder, "broken");
        await File.WriteAllTextAsync(path, "ARROW1 and nothing else that is of any use, however long it is, for a reader of this format");
        var (code, _, error) = await CliProgram.RunHereAsync("backtest", "--data", path);
        Assert.Equal(2, code);
        Assert.Contains("is a feather file that cannot be read", error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task strategies_are_listed_with_their_parameters_and_what_they_made_of_the_data()
    {
        var candles = InProcessSystem.WriteCandles(Folder, minutes: 3000, seed: 1);
        var (code, told, errors) = await CliProgram.RunHereAsync("strategies", "--data", candles, "--json");
        Assert.True(code == 0, errors);
        var strategies = JsonDocument.Parse(told).RootElement.EnumerateArray().ToList();
        Assert.True(strategies.Count > 10);
        Assert.All(strategies, strategy => Assert.NotEqual("", strategy.GetProperty("explanation").GetString()));
        Assert.Contains(strategies, strategy => strategy.GetProperty("result").GetProperty("trades").GetInt32() > 5);
        var (_, list, _) = await CliProgram.RunHereAsync("strategies");
        Assert.Contains("turtle: buys a breakout upwards", list, StringComparison.Ordinal);
        Assert.Contains("  entry = 20  (1 to 100000) bars of the entry's channel", list, StringComparison.Ordinal);
    }

    [Fact]
    public async Task results_are_compared_side_by_side_and_settings_that_differ_are_named()
    {
        var candles = InProcessSystem.WriteCandles(Folder, minutes: 2000, seed: 2);
        var (a, b) = (Path.Combine(Folder, "a.json"), Path.Combine(Folder, "b.json"));
        foreach (var (file, fast) in new[] { (a, 5), (b, 10) })
        {
            var (code, _, errors) = await CliProgram.RunHereAsync("backtest", "--data", candles, "--strategy", "sma-crossover",
                "--size", "all", "--set", $"StrategyParameters=fast={fast}", "--json", file);
            Assert.True(code == 0, errors);
        }
        var (ended, told, _) = await CliProgram.RunHereAsync("compare", a, b);
        Assert.Equal(0, ended);
        Assert.Contains("totalReturn", told, StringComparison.Ordinal);
        Assert.Contains("fast=5 | Trading:StrategyParameters = fast=10", told, StringComparison.Ordinal);
        var (wrong, _, error) = await CliProgram.RunHereAsync("compare", a, candles);
        Assert.Equal(2, wrong);
        Assert.Contains("is no JSON", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task a_secret_on_the_command_line_stands_in_no_report()
    {
        var candles = InProcessSystem.WriteCandles(Folder, minutes: 500, seed: 3);
        var (json, html) = (Path.Combine(Folder, "a.json"), Path.Combine(Folder, "a.html"));
        var (code, told, errors) = await CliProgram.RunHereAsync("backtest", "--data", candles, "--json", json, "--report", html, "--set",
            "JournalConnection=Host=db;Username=trader;Password=hunter2", "--set", "SealKey=hunter2");
        Assert.True(code is 0 or 78, errors);
        foreach (var text in new[] { told, errors, code == 0 ? await File.ReadAllTextAsync(json) + await File.ReadAllTextAsync(html) : "" })
            Assert.DoesNotContain("hunter2", text, StringComparison.Ordinal);
    }

    private static async Task<JsonElement> Json(string command, string[] arguments)
    {
        var (code, told, errors) = await CliProgram.RunHereAsync([command, .. arguments]);
        Assert.True(code == 0, errors);
        return JsonDocument.Parse(told).RootElement;
    }
}
