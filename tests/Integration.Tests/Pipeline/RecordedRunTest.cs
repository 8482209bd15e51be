using Trading.Hosting.Settings;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Servers;
using Xunit;
using static Trading.TestKit.Pipeline.JournalRecord;

namespace Trading.Integration.Tests.Pipeline;

/// <summary>Recorded candles through all services, bus and journal, beside the fold and the backtest.</summary>
public abstract class RecordedRunTest : SerialTest
{
    private protected static void TradedAsTheBacktest(TradingSettings settings, JournalRecord journal)
    {
        var backtest = InProcessSystem.Backtest(settings);
        Assert.Equal(
            journal.Trades.Where(trade => trade.Execution is not null)
                .Select(trade => (trade.Execution!.ExecutedAt.ToUnixTimeSeconds(), trade.Assessed.Assessment.Signal,
                    trade.Execution.Outcome, trade.Execution.FilledQuantity, trade.Execution.AveragePrice, trade.Execution.FeeUsd)),
            backtest.Fills.Select(fill => (fill.AtUnixSeconds, fill.Side, fill.Execution.Outcome, fill.Execution.Quantity,
                fill.Execution.Quantity > 0 ? fill.Execution.Price : 0, fill.Execution.FeeUsd)));
        Assert.Equal((journal.Account!.CashUsd, journal.Account.PositionIn(InProcessSystem.Symbol).Quantity, journal.Account.FeesUsd),
            (backtest.CashUsd, backtest.Quantity, backtest.FeesUsd));
    }

    private protected static async Task<JournalRecord> PlayedLikeTheFold(TradingSettings settings)
    {
        var (trades, account) = InProcessSystem.Fold(settings);
        var journal = await InProcessSystem.PlayAsync(settings, await PostgresServer.CreateDatabaseAsync());
        // One by one, so that a failure names the first difference.
        Assert.Equal(trades.Count, journal.Trades.Count);
        foreach (var (expected, actual) in trades.Zip(journal.Trades))
            Assert.Equal(Text(expected), Text(actual));
        Assert.Equal(Text(account), Text(journal.Account));
        TradedAsTheBacktest(settings, journal);
        journal.AddsUp(settings.StartingCashUsd);
        journal.KeepsWithin(settings);
        journal.ReplaysWithoutDifference();
        return journal;
    }
}
