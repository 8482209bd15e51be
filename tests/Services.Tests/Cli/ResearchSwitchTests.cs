using System.Text.Json;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Programs;
using Xunit;

namespace Trading.Services.Tests.Cli;

/// <summary>Switches and settings that the commands of research have to heed.</summary>
public sealed class ResearchSwitchTests : SerialTest
{
    [Theory]
    [InlineData("--latest")]
    [InlineData("--database", "live")]
    public async Task drift_takes_the_journal_that_is_named(params string[] journal)
    {
        var (code, output, errors) = await CliProgram.RunHereAsync(["drift", "--data", InProcessSystem.WriteCandles(Folder, 10, 1),
            .. journal, "--set", "Journal=postgres", "--set", "JournalConnection=Host=127.0.0.1;Port=1;Username=nobody"]);
        Assert.Equal((2, ""), (code, output));
        Assert.StartsWith("trading: the journal's database cannot be used", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task a_backtest_refuses_a_journal_that_it_would_not_read()
    {
        var (code, _, errors) = await CliProgram.RunHereAsync("backtest", "--data", "x.csv", "--latest");
        Assert.Equal(2, code);
        Assert.Contains("belong to --from-store", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task the_table_of_strategies_counts_what_money_earns_without_risk()
    {
        var candles = InProcessSystem.WriteCandles(Folder, 5000, 1);
        Assert.NotEqual(await Sharpe("0"), await Sharpe("50"));

        async Task<double> Sharpe(string riskFree)
        {
            var (code, output, errors) = await CliProgram.RunHereAsync(
                "strategies", "--data", candles, "--json", "--set", $"RiskFreePercent={riskFree}");
            Assert.True(code == 0, errors);
            return JsonDocument.Parse(output).RootElement.EnumerateArray()
                .Single(strategy => strategy.GetProperty("name").GetString() == "buy-and-hold")
                .GetProperty("result").GetProperty("sharpe").GetDouble();
        }
    }
}
