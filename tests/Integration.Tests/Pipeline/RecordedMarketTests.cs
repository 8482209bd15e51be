using Trading.Contracts;
using Trading.TestKit.Data;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Programs;
using Xunit;

namespace Trading.Integration.Tests.Pipeline;

/// <summary>Recorded markets through the services: an ordinary month, a crash, gaps.</summary>
[Collection(nameof(RecordedRunTest))]
public sealed class RecordedMarketTests : RecordedRunTest
{
    [SharedDataFact]
    public async Task recorded_minutes_of_march_2024_trade_as_the_fold_does()
    {
        var (from, minutes) = LongForm.Or((Date(2024, 3, 5), 1440), (Date(2024, 3, 5).AddHours(17), 330));
        var journal = await PlayedLikeTheFold(InProcessSystem.Recorded(
            SharedData.Path("binance_btcusdt_1m_2024.csv.gz")) with
        { From = from, To = from.AddMinutes(minutes) });
        Assert.Equal(minutes, journal.Trades.Count);
        Assert.Contains(journal.Trades, trade => trade.Filled);
    }

    [SharedDataTheory]
    [InlineData(100, 0.25)]
    [InlineData(2500, 0.9)]
    public async Task on_the_crash_of_march_2020_every_limit_holds(int maxTradeAmountUsd, double maxPositionShare)
    {
        var settings = InProcessSystem.Recorded(SharedData.Path("binance_btcusdt_1m_2020-02-15_2020-04-15.csv.gz")) with
        {
            // The short form ends when large orders have lost what a day may cost.
            From = Date(2020, 3, 12),
            To = Date(2020, 3, 12).AddHours(LongForm.Or(24, 14.5)),
            MaxTradeAmountUsd = maxTradeAmountUsd,
            MaxPositionShare = (decimal)maxPositionShare,
        };
        var journal = await PlayedLikeTheFold(settings);
        Assert.Contains(journal.Trades, trade => trade.Filled && trade.Assessed.Assessment.Signal == TradeAction.Buy);
        // With large orders the fall costs more than a day may: from then on nothing is bought.
        Assert.Equal(maxTradeAmountUsd > 100, journal.Trades.Any(trade => trade.Assessed.Assessment.Refusal == RiskRule.DailyLoss));
    }

    [SharedDataFact]
    public async Task the_gaps_of_the_coinbase_minutes_are_crossed_as_the_fold_crosses_them()
    {
        var journal = await PlayedLikeTheFold(InProcessSystem.Recorded(SharedData.Path("lean_coinbase_btcusd_1m_9days.csv.gz")) with
        {
            From = Date(2016, 10, 9).AddHours(LongForm.Or(0, 20)),
            To = Date(2017, 9, 3).AddHours(4)
        });
        var steps = journal.Trades.Select(trade => trade.Assessed.Cause().IntervalStart).Order().ToList();
        Assert.Contains(steps.Zip(steps.Skip(1)), pair => pair.Second - pair.First > TimeSpan.FromHours(1));
    }

    private static DateTimeOffset Date(int year, int month, int day) => new(year, month, day, 0, 0, 0, TimeSpan.Zero);
}
