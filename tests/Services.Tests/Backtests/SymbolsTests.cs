using System.Text.Json;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Programs;
using Xunit;

namespace Trading.Services.Tests.Backtests;

/// <summary>Several symbols in one backtest, as a user gives them and sees them.</summary>
public sealed class SymbolsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("symbols-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task two_symbols_share_an_account_and_are_reported_each_and_together()
    {
        var (report, trades) = (Path.Combine(_folder, "report.html"), Path.Combine(_folder, "trades.csv"));
        var (code, told, errors) = await CliProgram.RunHereAsync([.. Two(), "--strategy", "sma-crossover", "--set",
            "MaxTradeAmountUsd=1000", "--from", "2024-03-01T03:00Z", "--json", "-", "--report", report, "--trades", trades]);
        Assert.True(code == 0, errors);
        var whole = JsonDocument.Parse(told).RootElement;
        Assert.Equal("BTC-USD,ETH-USD", whole.GetProperty("symbol").GetString());
        Assert.StartsWith("2024-03-01T03:00", whole.GetProperty("from").GetString(), StringComparison.Ordinal);
        var symbols = whole.GetProperty("symbols").EnumerateArray().ToList();
        Assert.Equal(["BTC-USD", "ETH-USD"], symbols.Select(one => one.GetProperty("symbol").GetString()));
        Assert.Equal(whole.GetProperty("equityUsd").GetDecimal() - whole.GetProperty("startUsd").GetDecimal(),
            symbols.Sum(one => one.GetProperty("profitUsd").GetDecimal()));
        Assert.Equal([0, 1], symbols.Select(one => one.GetProperty("data").GetProperty("missing").GetInt32()));
        Assert.Equal(["BTC-USD", "ETH-USD"], whole.GetProperty("trades").EnumerateArray()
            .Select(trade => trade.GetProperty("symbol").GetString()).Distinct().Order());
        var pair = whole.GetProperty("correlations").EnumerateArray().Single();
        Assert.Equal(("BTC-USD", "ETH-USD"), (pair.GetProperty("left").GetString(), pair.GetProperty("right").GetString()));
        Assert.InRange(pair.GetProperty("prices").GetDouble(), -1, 1);

        var html = await File.ReadAllTextAsync(report);
        Assert.Contains("<h2>Correlations</h2>", html, StringComparison.Ordinal);
        Assert.Contains("ETH-USD with entries and exits", html, StringComparison.Ordinal);
        var rows = await File.ReadAllLinesAsync(trades);
        Assert.EndsWith(",reason,symbol", rows[0], StringComparison.Ordinal);
        Assert.Contains(rows, row => row.EndsWith(",ETH-USD", StringComparison.Ordinal));

        var (_, summary, notes) = await CliProgram.RunHereAsync(Two());
        Assert.Contains("correlation of days", summary, StringComparison.Ordinal);
        Assert.Contains("ETH-USD: 1 candles", notes, StringComparison.Ordinal);
    }

    [Fact]
    public async Task one_symbol_may_be_named_and_is_then_what_is_traded()
    {
        var (_, told, _) = await CliProgram.RunHereAsync("backtest", "--data", $"ETH-USD={Candles(1)}", "--json", "-");
        var result = JsonDocument.Parse(told).RootElement;
        Assert.Equal(("ETH-USD", JsonValueKind.Null), (result.GetProperty("symbol").GetString(), result.GetProperty("symbols").ValueKind));
    }

    [Fact]
    public async Task what_cannot_be_played_together_is_told_in_a_line()
    {
        await Refused("must say its symbol", "backtest", "--data", $"BTC-USD={Candles(1)}", Candles(2));
        await Refused("--size plays a rule by itself", [.. Two(), "--strategy", "sma-crossover", "--size", "all"]);
        await Refused("several symbols in one run are for trading backtest alone",
            ["lookahead-check", .. Two()[1..], "--strategy", "sma-crossover"]);
    }

    private static async Task Refused(string why, params string[] command)
    {
        var (code, output, errors) = await CliProgram.RunHereAsync(command);
        Assert.Equal((2, ""), (code, output));
        Assert.Contains(why, errors, StringComparison.Ordinal);
    }

    // One candle is missing in the second.
    private string[] Two()
    {
        var other = Path.Combine(_folder, "other.csv");
        File.WriteAllLines(other, File.ReadLines(Candles(2)).Where((_, line) => line != 1000));
        return ["backtest", "--data", $"BTC-USD={Candles(1)}", "--data", $"ETH-USD={other}"];
    }

    private string Candles(int seed) => InProcessSystem.WriteCandles(_folder, minutes: 4 * 1440, seed);
}
