using System.Text.Json;
using Trading.Cli.Backtests;
using Trading.Core;
using Trading.MarketData;
using Trading.Research.Backtests;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Programs;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Research;

/// <summary>The commands of research that judge one strategy or one run.</summary>
public sealed class ResearchCommandTests : ResearchCommandTest
{
    [Fact]
    public async Task drawn_histories_are_the_same_for_the_same_seed_and_others_for_another()
    {
        var candles = InProcessSystem.WriteCandles(Folder, minutes: 6000, seed: 5);
        string[] command = ["monte-carlo", "--data", candles, .. Strategy, "--runs", "500", "--json"];
        var first = (await Json(0, [.. command, "--seed", "1"])).ToString();
        Assert.Equal(first, (await Json(0, [.. command, "--seed", "1"])).ToString());
        Assert.NotEqual(first, (await Json(0, [.. command, "--seed", "2"])).ToString());
    }

    [Theory]
    [InlineData("ensemble")]
    [InlineData("sma-momentum")]
    [InlineData("sma-crossover")]
    [InlineData("breakout")]
    public async Task no_strategy_looks_ahead_or_further_back_than_it_says(string strategy)
    {
        var candles = InProcessSystem.WriteCandles(Folder, minutes: 2000, seed: 6);
        var found = await Json(0, "lookahead-check", "--data", candles, "--strategy", strategy, "--cuts", "30", "--json");
        Assert.Equal(30, found.GetProperty("cuts").GetInt32());
        Assert.True(found.GetProperty("orders").GetInt32() > 0);
    }

    [Fact]
    public async Task a_recorded_run_does_not_drift_from_the_backtest_of_its_data_and_other_data_are_named()
    {
        var candles = InProcessSystem.WriteCandles(Folder, minutes: 800, seed: 1);
        var database = await PostgresServer.CreateDatabaseAsync();
        var journal = await InProcessSystem.PlayAsync(InProcessSystem.Recorded(candles), database);
        Assert.Contains(journal.Trades, trade => trade.Filled);
        string[] drift = ["drift", "--set", "Journal=postgres", "--set", $"JournalConnection={database}", "--json"];

        var same = await Json(0, [.. drift, "--data", candles]);
        Assert.Equal(journal.Trades.Count(trade => trade.Filled), same.GetProperty("trades").GetInt32());
        Assert.All(same.GetProperty("lines").EnumerateArray(), line => Assert.Equal("None", line.GetProperty("reason").GetString()));

        // A journal that ends before the data do, and a part of it, with what the account held by then.
        var longer = InProcessSystem.WriteCandles(Folder, minutes: 1200, seed: 1);
        Assert.All((await Json(0, [.. drift, "--data", longer])).GetProperty("lines").EnumerateArray(),
            line => Assert.Equal("None", line.GetProperty("reason").GetString()));
        var from = journal.Trades.Where(trade => trade.Filled).Select(trade => trade.Assessed.Cause().IntervalStart).ElementAt(1);
        var part = await Json(0, [.. drift, "--data", candles, "--from", $"{from:yyyy-MM-ddTHH:mm:ss}"]);
        Assert.InRange(part.GetProperty("trades").GetInt32(), 1, same.GetProperty("trades").GetInt32() - 1);
        Assert.All(part.GetProperty("lines").EnumerateArray(), line => Assert.Equal("None", line.GetProperty("reason").GetString()));

        // Data from before a run that began with none are none of its.
        var header = (await File.ReadAllLinesAsync(candles))[0];
        var earlier = Path.Combine(Folder, "earlier.csv");
        await File.WriteAllLinesAsync(earlier,
            [header, .. Enumerable.Range(1, 400)
                .Select(minute => FormattableString.Invariant($"{InProcessSystem.Start.AddMinutes(minute - 401).ToUnixTimeSeconds()},")
                    + FormattableString.Invariant($"{40_000 + minute},{40_001 + minute},{40_000 + minute},{40_001 + minute},1")),
                .. (await File.ReadAllLinesAsync(candles)).Skip(1)]);
        Assert.All((await Json(0, [.. drift, "--data", earlier])).GetProperty("lines").EnumerateArray(),
            line => Assert.Equal("None", line.GetProperty("reason").GetString()));

        var other = await Json(1, [.. drift, "--data", InProcessSystem.WriteCandles(Folder, minutes: 800, seed: 7)]);
        Assert.Contains(other.GetProperty("lines").EnumerateArray(), line => line.GetProperty("reason").GetString() == "Price");
    }

    [Fact]
    public void candles_that_are_only_looked_at_count_as_no_order()
    {
        var settings = InProcessSystem.Recorded(InProcessSystem.WriteCandles(Folder, minutes: 1200, seed: 8));
        using var file = new CandleFile(settings.Data, null, null);
        Candle[] candles = [.. file.Candles()];
        var plan = new BacktestPlan(settings, 60);
        Assert.True(plan.Run(candles).Orders > 0);
        var trader = (PipelineTrader)plan.Begin().Trader;

        ResearchData.Show(trader, candles, 60);

        Assert.Equal((null, null, true), (trader.Account.Pace, trader.Account.LastOrders, trader.Account.Reservations.IsEmpty));
    }

    [Fact]
    public async Task a_backtest_of_models_that_cannot_be_asked_about_the_past_is_that_of_the_technical_one_and_says_so()
    {
        var candles = InProcessSystem.WriteCandles(Folder, minutes: 1200, seed: 8);
        var alone = await CliProgram.RunAsync(null, "backtest", "--data", candles, "--json", "-");
        var (code, output, errors) = await RunAsync("backtest", "--data", candles, "--json", "-", "--set",
            "Models=bedrock,huggingface,technical", "--set", "LeastModels=2");
        Assert.True(code == 0, errors);
        var (expected, result) = (JsonDocument.Parse(alone.Output).RootElement, JsonDocument.Parse(output).RootElement);
        Assert.Equal("Models has bedrock, huggingface, technical: a backtest is that of technical alone, for what the others would have "
            + "said of the past is not known", result.GetProperty("warning").GetString());
        Assert.Equal(JsonValueKind.Null, expected.GetProperty("warning").ValueKind);
        foreach (var figure in new[] { "orders", "equityUsd" })
            Assert.Equal($"{expected.GetProperty(figure)}", $"{result.GetProperty(figure)}");
        Assert.NotEqual("0", $"{result.GetProperty("orders")}");
    }
}
