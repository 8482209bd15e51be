using Trading.TestKit.Pipeline;
using Xunit;

namespace Trading.Integration.Tests.Research;

/// <summary>The commands that search for settings: optimize and walk-forward.</summary>
public sealed class SearchCommandTests : ResearchCommandTest
{
    [Fact]
    public async Task an_optimization_shows_the_best_settings_and_goes_on_from_its_results()
    {
        var candles = InProcessSystem.WriteCandles(Folder, minutes: 3000, seed: 1);
        var results = Path.Combine(Folder, "results.ndjson");
        string[] command = ["optimize", "--data", candles, .. Strategy, "--param", "fast=5..20:5", "--param", "slow=20,40", "--objective",
            "return", "--results", results, "--json"];

        var first = await Json(0, command);
        Assert.Equal(8, first.GetProperty("tried").GetInt32());
        // Fast and slow of 20 bars each are not two averages.
        Assert.Equal(1, first.GetProperty("notAllowed").GetInt32());
        var best = first.GetProperty("best");
        var returns = best.EnumerateArray().Select(trial => trial.GetProperty("totalReturn").GetDouble()).ToList();
        Assert.Equal(7, returns.Count);
        Assert.Equal(returns.OrderDescending(), returns);

        // The file keeps every result; with its last line cut off as by a kill, only that one is tried again, and the answer is the same.
        var lines = await File.ReadAllLinesAsync(results);
        Assert.Equal(9, lines.Length);
        await File.WriteAllTextAsync(results, string.Join('\n', lines[..^1]) + '\n' + lines[^1][..20]);
        Assert.Equal(first.ToString(), (await Json(0, command)).ToString());
        Assert.Equal(lines.Order(StringComparer.Ordinal), (await File.ReadAllLinesAsync(results)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task results_of_another_search_are_refused_and_not_touched()
    {
        var candles = InProcessSystem.WriteCandles(Folder, minutes: 500, seed: 2);
        var results = Path.Combine(Folder, "results.ndjson");
        await Json(0,
            ["optimize", "--data", candles, .. Strategy, "--param", "fast=5,10", "--objective", "return", "--results", results, "--json"]);
        var before = await File.ReadAllTextAsync(results);

        var (code, _, errors) = await RunAsync(
            ["optimize", "--data", candles, .. Strategy, "--param", "fast=5,11", "--objective", "return", "--results", results]);

        Assert.Equal(2, code);
        Assert.Contains("results of another search", errors, StringComparison.Ordinal);
        Assert.Equal(before, await File.ReadAllTextAsync(results));
    }

    [Theory]
    [InlineData("--param fast=5..1", "fast=5..1")]
    [InlineData("--param nonsense=1,2", "nonsense is neither a setting nor a parameter of the strategy sma-momentum")]
    [InlineData("--param fast=5,6 --objective wealth", "--objective must be among sharpe")]
    [InlineData("--param fast=5,6 --search luck", "--search must be grid, random, evolution or tpe, was luck")]
    [InlineData("", "what is varied?")]
    public async Task a_question_that_makes_no_sense_is_one_line_and_code_2(string arguments, string message)
    {
        var candles = InProcessSystem.WriteCandles(Folder, minutes: 100, seed: 3);
        var (code, output, errors) = await RunAsync(
            ["optimize", "--data", candles, .. Strategy, .. arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
        Assert.Equal((2, ""), (code, output));
        Assert.Contains(message, Assert.Single(errors.Trim().Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public async Task a_walk_forward_judges_every_part_that_follows_one_that_it_chose_on()
    {
        var candles = InProcessSystem.WriteCandles(Folder, minutes: 4000, seed: 4);
        var walk = await Json(0, ["walk-forward", "--data", candles, .. Strategy, "--param", "fast=5,10,20", "--objective", "return",
            "--train", "1000m", "--test", "600m", "--json"]);
        var steps = walk.GetProperty("steps").EnumerateArray().ToList();
        Assert.Equal(5, steps.Count);
        for (var i = 1; i < steps.Count; i++)
            Assert.Equal(steps[i - 1].GetProperty("testTo").GetString(), steps[i].GetProperty("testFrom").GetString());
        var wealth = steps.Aggregate(1.0, (sum, step) => sum * (1 + step.GetProperty("judgedReturn").GetDouble()));
        Assert.Equal(walk.GetProperty("totalReturn").GetDouble(), wealth - 1, 12);
    }

    [Fact]
    public async Task searches_write_reports_that_show_every_setting_and_every_part()
    {
        var candles = InProcessSystem.WriteCandles(Folder, minutes: 2000, seed: 6);
        var (map, parts) = (Path.Combine(Folder, "map.html"), Path.Combine(Folder, "parts.html"));
        string[] search = ["--data", candles, "--strategy", "sma-momentum", "--quantity", "0.1", "--param", "fast=2,4", "--param",
            "slow=8,12,16", "--json"];
        var found = await Json(0, ["optimize", .. search, "--report", map]);
        var html = await File.ReadAllTextAsync(map);
        Assert.Contains("<h2>sharpe by fast (down) and slow (across)</h2>", html, StringComparison.Ordinal);
        var all = html[html.IndexOf("<h2>All settings</h2>", StringComparison.Ordinal)..];
        Assert.Equal(found.GetProperty("tried").GetInt32(), all.Split("<tr><td>").Length - 1);
        Assert.Contains($"Verdict: {found.GetProperty("verdict").GetString()}", html, StringComparison.Ordinal);

        var walked = await Json(0, ["walk-forward", .. search, "--train", "10h", "--test", "5h", "--report", parts]);
        html = await File.ReadAllTextAsync(parts);
        var list = html[html.IndexOf("<h2>The parts</h2>", StringComparison.Ordinal)..];
        Assert.Equal(walked.GetProperty("steps").GetArrayLength(), list.Split("<tr><td>").Length - 1);
        foreach (var one in new[] { html, await File.ReadAllTextAsync(map) })
            Assert.DoesNotContain("<script src", one, StringComparison.Ordinal);
    }

    [Fact]
    public async Task settings_that_never_traded_are_not_the_safest_and_gains_without_a_loss_are_the_best()
    {
        // Prices that rise at every minute: whatever is bought is sold for more, if it is sold at all.
        var rising = Path.Combine(Folder, "rising.csv");
        await File.WriteAllLinesAsync(rising, Enumerable.Range(0, 6000).Select(minute =>
        {
            var wave = minute % 200 < 150 ? minute % 200 : 300 - minute % 200;
            var price = 1000 + minute / 200 * 200 + wave;
            return FormattableString.Invariant($"{1709251200 + 60 * minute},{price},{price},{price},{price},1000");
        }).Prepend("open_time_unix_s,open,high,low,close,volume"));
        string[] optimize = ["optimize", "--data", rising, "--strategy", "sma-crossover", "--quantity", "0.01", "--set",
            "PaperFeePercent=0", "--param", "fast=5,3000", "--param", "slow=20,5990", "--json"];

        foreach (var objective in new[] { "max-drawdown", "ulcer-index", "fees" })
        {
            var best = (await Json(0, [.. optimize, "--objective", objective])).GetProperty("best").EnumerateArray().ToList();
            Assert.NotEmpty(best);
            Assert.All(best, trial => Assert.True(trial.GetProperty("trades").GetInt32() > 0));
        }
    }
}
