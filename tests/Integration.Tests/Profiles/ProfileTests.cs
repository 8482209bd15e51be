using System.Text.Json;
using Trading.Contracts;
using Trading.TestKit.Data;
using Trading.TestKit.Distributed;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Profiles;
using Trading.TestKit.Programs;
using Xunit;

namespace Trading.Integration.Tests.Profiles;

/// <summary>
/// The profiles dev and prod, on paper, over a recorded week, of which the short form plays the first hours, on processes, live sources,
/// models, and stores that speak the protocols of AWS.
/// </summary>
[Collection(nameof(LongRuns))]
public sealed class ProfileTests(LocalEndpoint endpoint) : DistributedTests
{
    private static readonly TimeSpan Stretch = LongForm.Or(TimeSpan.FromDays(7), TimeSpan.FromHours(8));

    [SharedDataTheory]
    [InlineData("dev", new[] { "bedrock" })]
    [InlineData("prod", new[] { "bedrock", "huggingface", "technical" })]
    public async Task a_recorded_week_through_a_profile_of_aws_is_traded_stored_reported_and_proved(string profile, string[] models)
    {
        var (start, end) = (InProcessSystem.Start, InProcessSystem.Start + Stretch);
        var file = SharedData.Path("binance_btcusdt_1m_2024.csv.gz");
        var minutes = RecordedMinutes.Read(file, start.AddDays(-31), end.AddHours(2));
        await using var system = await ProfileSystem.StartAsync(endpoint.Aws, profile, Folder, (file, minutes), start, Knowing(minutes));
        await system.PlayAsync(end);
        await system.EndAsync();

        var times = Enumerable.Range(0, (int)((end - start).TotalSeconds / system.Settings.PriceIntervalSeconds) + 1)
            .Select(number => start.ToUnixTimeSeconds() + (long)number * system.Settings.PriceIntervalSeconds).ToList();
        var journal = await JournalRecord.ReadAsync(system.Services.Database);
        var predictions = journal.Trades.Select(trade => trade.Assessed.Prediction).OfType<PredictionMade>().ToList();
        Assert.Equal(times.Where(time => time % 300 == 0),
            predictions.Select(prediction => prediction.Price.IntervalStart.ToUnixTimeSeconds()).Order());
        // From the first price on, for the history was filled from candles before it.
        Assert.All(predictions, prediction => Assert.Equal((models.Length, null),
            (prediction.Ensemble?.ModelsAnswered, prediction.Models.FirstOrDefault(output => output.Abstained is not null)?.Abstained)));
        Assert.All(predictions, prediction => Assert.Equal(models, prediction.Models.Select(output => output.Model)));
        Assert.All(predictions, prediction => Assert.Equal(PlayedMarket.Sources,
            prediction.Price.Quotes.Where(quote => quote.LeftOut is null).Select(quote => quote.Quote.Source)));
        Assert.Contains(journal.Trades, trade => trade.Filled && trade.Assessed.Assessment.Signal == TradeAction.Buy);
        Assert.Contains(journal.Trades, trade => trade.Filled && trade.Assessed.Assessment.Signal == TradeAction.Sell);
        journal.AddsUp(system.Settings.StartingCashUsd);
        journal.KeepsWithin(system.Settings);

        await StoredWeek.PricesAreStored(system, minutes, times);
        await StoredWeek.RawAnswersAreStored(system, times);
        StoredWeek.PricesAreInTimestream(system, times);
        await StoredWeek.TradesAreStored(system, journal);
        await AlertsAreTold(system, journal);
        var servers = system.Servers;
        Assert.All(new[] { servers.Bedrock, servers.SageMaker, servers.Timestream, servers.Secrets },
            server => Assert.Empty(server.Refusals));
        Assert.Contains(system.Servers.Secrets.Requests,
            request => request.Json.GetProperty("SecretId").GetString() == ProfileServers.SealKeySecret);
        await JournalIsProved(system, journal);
    }

    // The models know what comes: which way the price goes within the hour, and whether far enough to be traded on.
    private static Func<decimal, DateTimeOffset, double> Knowing(RecordedMinutes minutes) => (price, at) =>
    {
        var move = (double)(minutes.CloseAt(at.ToUnixTimeSeconds() + 3600) / price - 1) * 100;
        return Math.Sign(move) * (Math.Abs(move) > 0.3 ? 3 : 0.5);
    };

    private static async Task AlertsAreTold(ProfileSystem system, JournalRecord journal)
    {
        var mail = await system.MailAsync();
        var trades = mail.Where(message => message.MessageAttributes["kind"].StringValue == "trade")
            .Select(message => message.Body.Split("Trade ID: ")[1].Split('\n')[0]).ToList();
        Assert.Equal(journal.Trades.Where(trade => trade.Execution is not null).Select(trade => $"{trade.Assessed.TradeId}").Order(),
            trades.Order());
        Assert.All(mail.Where(message => message.MessageAttributes["kind"].StringValue == "trade"),
            message => Assert.StartsWith("[SIMULATED] BTC-USD\nAction: ", message.Body, StringComparison.Ordinal));
        var latched = journal.Stored.Count(happened => happened.Type == "limit_latched");
        Assert.Equal(latched,
            mail.Count(message => message.Body.EndsWith("nothing is bought until trading is resumed", StringComparison.Ordinal)));
        Assert.Equal(await system.ScalarAsync("select count(*) from alert_deliveries"), mail.Count);
    }

    private static async Task JournalIsProved(ProfileSystem system, JournalRecord journal)
    {
        var replay = await system.CommandAsync("audit", "replay", "--json");
        Assert.True(replay.Code == 0, replay.Output + replay.Errors);
        var replayed = JsonDocument.Parse(replay.Output).RootElement;
        Assert.Equal(
            (0, journal.Trades.Count, journal.Trades.Count(trade => trade.Approved), 0),
            (Number(replayed, "differences"), Number(replayed, "decisions"), Number(replayed, "orders"),
                Number(replayed, "windowsTakenAsRecorded")));
        var verify = await system.CommandAsync("audit", "verify", "--json");
        Assert.True(verify.Code == 0, verify.Output + verify.Errors);
        var verified = JsonDocument.Parse(verify.Output).RootElement;
        Assert.Equal((journal.Stored.Count, 0, 0), (Number(verified, "sealed"), Number(verified, "unsealed"), Number(verified, "wrongs")));
    }

    private static int Number(JsonElement of, string name) => of.GetProperty(name).GetInt32();
}
