using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Programs;
using Xunit;

namespace Trading.Integration.Tests.Research;

/// <summary>trading backtest as a program, as a trader runs it.</summary>
public sealed class BacktestCommandTests : SerialTest
{
    private static readonly string[] Rule = ["--strategy", "sma-momentum", "--quantity", "0.1"];

    [Fact]
    public async Task a_backtest_shows_writes_and_reports_the_same_and_its_report_names_the_command_that_makes_it_again()
    {
        var candles = InProcessSystem.WriteCandles(Folder, minutes: 3000, seed: 1);
        var (report, json, trades) = (Path.Combine(Folder, "report.html"), Path.Combine(Folder, "result.json"),
            Path.Combine(Folder, "trades.csv"));
        string[] command = ["backtest", "--data", candles, .. Rule, "--report", report, "--json", json, "--trades", trades];

        var told = await Ended(0, command);
        var (html, result, rows) = (await File.ReadAllTextAsync(report), await File.ReadAllTextAsync(json),
            await File.ReadAllLinesAsync(trades));

        var figures = JsonDocument.Parse(result).RootElement;
        Assert.Equal((3000, false), (figures.GetProperty("bars").GetInt32(), figures.GetProperty("partial").GetBoolean()));
        Assert.True(figures.GetProperty("orders").GetInt32() > 10);
        Assert.Equal(figures.GetProperty("outcomes").EnumerateObject().Sum(outcome => outcome.Value.GetInt32()), rows.Length - 1);
        Assert.Contains($"{figures.GetProperty("closedTrades").GetInt32():N0}", told, StringComparison.Ordinal);

        var hash = Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(candles)));
        Assert.Equal(hash, figures.GetProperty("files")[0].GetProperty("sha256").GetString());
        Assert.Contains(hash, html, StringComparison.Ordinal);
        Assert.Contains($"trading {string.Join(' ', command)}", html, StringComparison.Ordinal);
        // What the figures say is what the page shows: the deepest fall in its chart too.
        var drawdown = html[html.IndexOf("<b>Drawdown</b>", StringComparison.Ordinal)..];
        var points = drawdown[..drawdown.IndexOf("</figure>", StringComparison.Ordinal)];
        Assert.Contains(
            FormattableString.Invariant($"{figures.GetProperty("metrics").GetProperty("maxDrawdown").GetDouble() * 100:0.000} %"),
            html, StringComparison.Ordinal);
        Assert.Contains("<polyline", points, StringComparison.Ordinal);
        foreach (var title in new[] { "Equity", "Drawdown", "Return by month", "Results of the closed trades",
            "Price with entries and exits", "Position", "Closed trades in groups", "Figures", "Closed trades", "Made from" })
            Assert.Contains(title, html, StringComparison.Ordinal);
        var list = html[html.IndexOf("id=trades", StringComparison.Ordinal)..];
        Assert.Equal(figures.GetProperty("closedTrades").GetInt32(), list.Split("<tr><td>").Length - 1);
        // One file: nothing is fetched from anywhere.
        Assert.DoesNotContain("<script src", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<link", html, StringComparison.Ordinal);
        // Every trade is in the chart, with the way that it went.
        var data = html[(html.IndexOf("id=data>", StringComparison.Ordinal) + "id=data>".Length)..];
        var drawn = JsonDocument.Parse(data[..data.IndexOf("</script>", StringComparison.Ordinal)]).RootElement;
        Assert.Equal(figures.GetProperty("closedTrades").GetInt32(), drawn.GetProperty("trades").GetArrayLength());
        Assert.All(drawn.GetProperty("trades").EnumerateArray(), trade =>
            Assert.True(trade[7].GetDouble() >= 0 && trade[8].GetDouble() >= 0 && trade[1].GetInt64() >= trade[0].GetInt64()));

        await Ended(0, command);
        Assert.Equal((html, result), (await File.ReadAllTextAsync(report), await File.ReadAllTextAsync(json)));
    }

    [Fact]
    public async Task a_file_cut_in_two_and_a_longer_interval_give_what_the_whole_gives()
    {
        var candles = InProcessSystem.WriteCandles(Folder, minutes: 3000, seed: 2);
        var lines = await File.ReadAllLinesAsync(candles);
        var (first, second) = (Path.Combine(Folder, "first.csv"), Path.Combine(Folder, "second.csv"));
        await File.WriteAllLinesAsync(first, lines[..1501]);
        await File.WriteAllLinesAsync(second, [lines[0], .. lines[1501..]]);

        Assert.Equal(await Orders("--data", candles), await Orders("--data", first, second));
        // A period within the data begins warm, with what was before it; a file that begins there begins cold.
        var (warm, cold) = (await Orders("--data", candles, "--from", "2024-03-02T01:00Z"), await Orders("--data", second));
        Assert.Equal(warm.Bars, cold.Bars);
        Assert.Contains("\"enteredAt\": \"2024-03-02T01:01:00Z\"", warm.Orders, StringComparison.Ordinal);
        Assert.DoesNotContain("2024-03-02T01:0", cold.Orders, StringComparison.Ordinal);
        var (_, bars) = await Orders("--data", candles, "--resample", "5m");
        Assert.Equal(600, bars);
    }

    // Both take the same way.
    public static TheoryData<string, int> Signals => LongForm.Or(new() { { "INT", 130 }, { "TERM", 143 } },
        new TheoryData<string, int> { { "TERM", 143 } });

    [Theory]
    [MemberData(nameof(Signals))]
    public async Task a_signal_gives_the_result_so_far_marked_as_partial(string signal, int code)
    {
        var candles = InProcessSystem.WriteCandles(Folder, minutes: 1_000_000, seed: 3);
        // Too early nothing has begun, too late all is done: the moment in between is looked for.
        var (early, late) = (0.0, 4000.0);
        for (var attempt = 0; attempt < 12; attempt++)
        {
            var wait = (early + late) / 2;
            using var program = CliProgram.Start(null, "backtest", "--data", candles, "--json", "-");
            var (output, errors) = (program.StandardOutput.ReadToEndAsync(), program.StandardError.ReadToEndAsync());
            await Task.Delay(TimeSpan.FromMilliseconds(wait));
            if (!program.HasExited)
                await Process.Start("kill", [$"-{signal}", $"{program.Id}"]).WaitForExitAsync();
            await program.WaitForExitAsync();
            if (program.ExitCode == 0)
                late = wait;
            else if (await output is not { Length: > 0 } told)
                early = wait;
            else
            {
                var result = JsonDocument.Parse(told).RootElement;
                Assert.Equal(code, program.ExitCode);
                Assert.True(result.GetProperty("partial").GetBoolean());
                Assert.InRange(result.GetProperty("bars").GetInt32(), 1, 999_999);
                return;
            }
            await errors;
        }
        Assert.Fail("it was never caught at work");
    }

    [Theory]
    [InlineData("", "which data? --data file.csv.gz, or --from-store")]
    [InlineData("--data nowhere.csv", "nowhere.csv does not exist")]
    [InlineData("--data {data} --from-store", "--data and --from-store cannot both be the data")]
    [InlineData("--data {data} --strategy luck", "luck")]
    [InlineData("--data {data} --quantity 0", "--size: a size is a number above 0 of units like 0.01, a value like 1000usd")]
    [InlineData("--data {data} --resample 7x", "--resample takes a length like 30s, 5m, 1h or 1d, up to 31d, was 7x")]
    [InlineData("--data {data} --from yesterday", "--from must be a date or time like 2024-03-01 or 2024-03-01T12:00Z, was yesterday")]
    [InlineData("--data {data} --from 2030-01-01", "no candle from 2030-01-01T00:00:00Z to the end")]
    [InlineData("--data {broken}", "broken.csv is not clear: the column 0 holds no instants that are known, such as 1")]
    public async Task a_mistake_is_reported_without_a_stack_trace(string arguments, string message)
    {
        var data = InProcessSystem.WriteCandles(Folder, minutes: 200, seed: 4);
        var broken = Path.Combine(Folder, "broken.csv");
        await File.WriteAllTextAsync(broken, "time;price\n1;2\n");
        var (code, output, errors) = await CliProgram.RunHereAsync(["backtest", .. arguments
            .Replace("{data}", data, StringComparison.Ordinal).Replace("{broken}", broken, StringComparison.Ordinal)
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
        Assert.True(code is 2 or 78, $"ended with {code}: {errors}");
        Assert.Equal("", output);
        Assert.Contains(message, errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", errors, StringComparison.Ordinal);
    }

    private static async Task<(string Orders, int Bars)> Orders(params string[] data)
    {
        var result = JsonDocument.Parse(await Ended(0, ["backtest", .. data, .. Rule, "--json", "-"])).RootElement;
        return (result.GetProperty("trades").ToString(), result.GetProperty("bars").GetInt32());
    }

    private static async Task<string> Ended(int code, params string[] arguments)
    {
        var (ended, output, errors) = await CliProgram.RunHereAsync(arguments);
        Assert.True(ended == code, $"ended with {ended}: {errors}{output}");
        return output;
    }
}
