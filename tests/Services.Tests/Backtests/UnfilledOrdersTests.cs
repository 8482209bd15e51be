using System.Text.Json;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Programs;
using Xunit;

namespace Trading.Services.Tests.Backtests;

/// <summary>Orders that came to nothing say why.</summary>
public sealed class UnfilledOrdersTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("unfilled-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task purchases_for_which_the_cash_does_not_reach_say_so_in_the_summary_and_the_figures()
    {
        var candles = InProcessSystem.WriteCandles(_folder, minutes: 600, seed: 3);
        string[] rule = ["backtest", "--data", candles, "--strategy", "sma-crossover", "--size", "1", "--cash", "100"];
        var (code, told, errors) = await CliProgram.RunHereAsync([.. rule, "--json", "-"]);
        Assert.True(code == 0, errors);
        var unfilled = JsonDocument.Parse(told).RootElement.GetProperty("unfilled");
        var count = unfilled.GetProperty("BuyBeyondWorstPrice").GetInt32();
        Assert.True(count > 1);

        var (_, summary, _) = await CliProgram.RunHereAsync(rule);
        Assert.Contains($"{count} purchases: not enough cash", Flat(summary), StringComparison.Ordinal);
    }

    private static string Flat(string table) =>
        string.Join(' ', table.Split([' ', '│', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries));
}
