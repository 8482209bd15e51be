using System.Globalization;
using Trading.Contracts;
using Trading.Core.Strategies;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Pipeline;

/// <summary>Recorded candles of two symbols through all services on one account.</summary>
public sealed class RecordedSymbolsTests : SerialTest
{
    private const string Other = "ETH-USD";

    [Theory]
    [InlineData(TradingStrategies.Ensemble)]
    [InlineData("sma-crossover")]
    public async Task two_symbols_on_one_account_trade_through_the_services_as_in_the_backtest(string strategy)
    {
        var bitcoin = InProcessSystem.WriteCandles(Folder, minutes: 620, seed: 1);
        var settings = InProcessSystem.Recorded("") with
        {
            Symbols = [InProcessSystem.Symbol, Other],
            Data = [$"{InProcessSystem.Symbol}={bitcoin}", $"{Other}={Later(620, 70)}"],
            Strategy = strategy,
            MaxTradeAmountUsd = 2500,
            MaxPositionShare = 0.6m,
            MaxExposureShare = 0.7m,
            CashReserveShare = 0.1m,
            StopLossPercent = 0.4m,
            TrailingStopPercent = 0.6m,
            TrailingOffsetPercent = 0.2m,
            TakeProfitPercent = 1.5m,
        };
        Assert.Empty(settings.Validate());
        var (whole, symbols, traders) = InProcessSystem.SymbolsBacktest(settings);
        var journal = await InProcessSystem.PlayAsync(settings, await PostgresServer.CreateDatabaseAsync());

        for (var symbol = 0; symbol < symbols.Count; symbol++)
        {
            var (name, trader) = (settings.Symbols[symbol], traders[symbol]);
            Assert.Equal(
                journal.Trades.Where(trade => trade.Execution is not null && trade.Assessed.Cause().Symbol == name)
                    .Select(trade => (trade.Execution!.ExecutedAt.ToUnixTimeSeconds(), trade.Assessed.Assessment.Signal,
                        trade.Assessed.Assessment.Exit?.Reason, trade.Execution.Outcome, trade.Execution.FilledQuantity,
                        trade.Execution.AveragePrice, trade.Execution.FeeUsd)),
                symbols[symbol].Fills.Select(fill => (fill.AtUnixSeconds, fill.Side, fill.Exit, fill.Execution.Outcome,
                    fill.Execution.Quantity, fill.Execution.Quantity > 0 ? fill.Execution.Price : 0, fill.Execution.FeeUsd)));
            Assert.Equal(
                journal.Trades.Where(trade => trade.Assessed.Cause().Symbol == name && trade.Assessed.Assessment.Refusal is not null)
                    .GroupBy(trade => trade.Assessed.Assessment.Refusal!.Value).ToDictionary(rule => rule.Key, rule => rule.Count()),
                trader.Refusals);
            Assert.Contains(symbols[symbol].Fills, fill => fill.Side == TradeAction.Sell);
        }
        Assert.Equal(Text(journal.Account! with { Id = "", Account = "", LimitsBy = null }),
            Text(traders[0].Account with { Id = "", Account = "", LimitsBy = null }));
        Assert.Equal((whole.CashUsd, whole.FeesUsd), (journal.Account!.CashUsd, journal.Account.FeesUsd));
        // The limit of all positions together was met; orders of the crossover are fewer, and made smaller in place of refused.
        Assert.Equal(strategy == TradingStrategies.Ensemble, traders.Any(trader => trader.Refusals.ContainsKey(RiskRule.Exposure)));
        journal.AddsUp(settings.StartingCashUsd);
        journal.ReplaysWithoutDifference();
    }

    [Fact]
    public void files_of_several_symbols_must_each_say_which_they_are_of()
    {
        var file = InProcessSystem.WriteCandles(Folder, minutes: 5, seed: 1);
        var settings = InProcessSystem.Recorded(file);
        Assert.Empty(settings.Validate());
        Assert.Contains("files of BTC-USD and ETH-USD, each with its symbol, as BTC-USD=file.csv",
            string.Join('\n', (settings with { Symbols = [InProcessSystem.Symbol, Other] }).Validate()), StringComparison.Ordinal);
        Assert.NotEmpty((settings with { Data = [$"{Other}={file}"] }).Validate());
    }

    // The same waves, some minutes later and at a twentieth of the price.
    private string Later(int minutes, int by)
    {
        var path = Path.Combine(Folder, "ethusd.csv");
        var lines = File.ReadAllLines(InProcessSystem.WriteCandles(Folder, minutes + by, seed: 9));
        File.WriteAllLines(path, [lines[0], .. lines.Skip(1 + by).Select(line =>
        {
            var cells = line.Split(',');
            return string.Join(',', [
                (long.Parse(cells[0], CultureInfo.InvariantCulture) - 60 * by).ToString(CultureInfo.InvariantCulture),
                .. cells[1..5].Select(cell => decimal.Round(decimal.Parse(cell, CultureInfo.InvariantCulture) / 20, 2)
                    .ToString(CultureInfo.InvariantCulture)), cells[5],
            ]);
        })]);
        return path;
    }

    private static string Text<T>(T value) => JournalRecord.Text(value);
}
