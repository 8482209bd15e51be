using System.Globalization;
using System.Text.Json.Nodes;
using Trading.Contracts;
using Trading.TestKit.Aws;
using Trading.TestKit.Data;
using Trading.TestKit.Distributed;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Profiles;
using Xunit;

namespace Trading.Integration.Tests.Profiles;

/// <summary>Models and stores of AWS that are away for a while from a running system.</summary>
[Collection(nameof(LongRuns))]
public sealed class ProfileOutageTests(LocalEndpoint endpoint) : DistributedTests
{
    private const int DecisionsOfAnOutage = 6;

    [SharedDataFact]
    public async Task models_and_stores_that_are_away_for_a_while_stop_no_decision_and_get_everything_when_they_are_back()
    {
        var (start, file) = (InProcessSystem.Start, SharedData.Path("binance_btcusdt_1m_2024.csv.gz"));
        var minutes = RecordedMinutes.Read(file, start.AddDays(-31), start.AddHours(8));
        // A decision every five minutes by three models, as prod has it; on thresholds that any two of them reach.
        var more = new JsonObject
        {
            ["PriceIntervalSeconds"] = 300, ["MaxPriceAgeSeconds"] = 330, ["ModelDeadlineSeconds"] = 1, ["SignalThresholdPercent"] = 0.5,
            ["SignalConfidence"] = 0.3, ["LeastConfidence"] = 0.3,
            ["EnsembleWeights"] = "confidence", ["LeastAgreement"] = 0, ["MaxPositionShare"] = 1,
            ["MaxExposureShare"] = 1, ["CooldownSeconds"] = 0, ["MaxUnreviewedExecutions"] = 0, ["AlertAbstainShare"] = 0.5,
            ["AlertAbstainDecisions"] = DecisionsOfAnOutage,
        };
        await using var system = await ProfileSystem.StartAsync(endpoint.Aws, "prod", Folder, (file, minutes), start,
            (_, at) => at.Minute < 30 ? 3 : -3, more);
        var (at, outages) = (start, new Dictionary<string, (DateTimeOffset From, DateTimeOffset To)>());
        await PlayOnAsync();

        system.Servers.Bedrock.Instead = () =>
            WireAnswer.Error(429, "ThrottlingException", "Too many tokens, please wait before trying again.", "application/json");
        await OutageAsync("bedrock");
        await system.Services.UntilAsync("the model's abstentions are alerted",
            async () => await system.ScalarAsync("select count(*) from alert_deliveries where key like 'abstentions/bedrock/%'") == 1);
        system.Servers.Bedrock.Instead = null;

        system.Servers.SageMaker.Instead = WireAnswer.Garbage;
        await OutageAsync("huggingface");
        system.Servers.SageMaker.Instead = null;

        system.Servers.WayToDynamoDb.Cut();
        system.Servers.WayToS3.Cut();
        system.Servers.Timestream.Instead = WireAnswer.Failing;
        await OutageAsync("stores");
        // The collector has told, before they come back.
        await system.Services.UntilAsync("all three stores are missed", () => Task.FromResult(
            system.Log.Lines.Any(line => line.StartsWith("s3 does not take prices: S3: ", StringComparison.Ordinal)) &&
            system.Log.Lines.Any(line => line.StartsWith("dynamodb does not take prices: DynamoDB: ", StringComparison.Ordinal))
            && system.Log.Lines.Any(line =>
                line.StartsWith("timestream does not take prices: Timestream: InternalServerException", StringComparison.Ordinal))));
        system.Servers.WayToDynamoDb.Open();
        system.Servers.WayToS3.Open();

        // Rights that were taken away, and a model that takes its time.
        system.Servers.Timestream.Instead = system.Servers.Secrets.Instead = WireAnswer.Denied;
        system.Servers.SageMaker.Instead = () => WireAnswer.Ok("{}") with { Until = Task.Delay(TimeSpan.FromSeconds(5)) };
        await OutageAsync("slow");
        await system.Services.UntilAsync("the rights are missed", () => Task.FromResult(
            system.Log.Lines.Any(
                line => line.StartsWith("timestream does not take prices: Timestream: AccessDeniedException", StringComparison.Ordinal))));
        system.Servers.Timestream.Instead = system.Servers.Secrets.Instead = system.Servers.SageMaker.Instead = null;
        await PlayOnAsync();
        await system.EndAsync();

        var times = Enumerable.Range(0, (int)((at - start).TotalSeconds / 300) + 1)
            .Select(number => start.ToUnixTimeSeconds() + number * 300L).ToList();
        var journal = await JournalRecord.ReadAsync(system.Services.Database);
        var predictions = journal.Trades.Select(trade => trade.Assessed.Prediction).OfType<PredictionMade>()
            .OrderBy(prediction => prediction.Price.IntervalStart).ToList();
        Assert.Equal(times, predictions.Select(prediction => prediction.Price.IntervalStart.ToUnixTimeSeconds()));
        Assert.All(predictions,
            prediction => Assert.Equal(prediction.Models.Count(output => output.Abstained is null), prediction.Ensemble?.ModelsAnswered));
        Abstained("bedrock", "no answer before the deadline");
        Abstained("huggingface", "the answer is no forecast of the shape chronos: it is no JSON", "no answer");
        Assert.All(outages, outage => Assert.Contains(journal.Trades, trade =>
            trade.Filled && trade.Assessed.Cause().IntervalStart is var then && then > outage.Value.From && then <= outage.Value.To));

        Assert.Equal(times,
            (await system.Stores.PricesAsync()).Select(item => long.Parse(item["timestamp"].N, CultureInfo.InvariantCulture)).Order());
        Assert.Equal(times, system.Servers.Taken().SelectMany(request => request.GetProperty("Records").EnumerateArray())
            .Select(record => long.Parse(record.GetProperty("Time").GetString()!, CultureInfo.InvariantCulture) / 1000).Order());
        Assert.Contains(system.Log.Lines, line => line.StartsWith("dynamodb takes prices again; ", StringComparison.Ordinal));
        Assert.Contains(system.Log.Lines, line => line.StartsWith("timestream takes prices again; ", StringComparison.Ordinal));
        Assert.Equal(times, (await system.Stores.KeysAsync())
            .Select(key => long.Parse(Path.GetFileNameWithoutExtension(key), CultureInfo.InvariantCulture)).Order());
        Assert.Equal(0, await system.ScalarAsync("select count(*) from waiting_writes"));
        Assert.Equal((0, "0 differences"), await Compared());
        var mail = await system.MailAsync();
        Assert.Equal(journal.Trades.Count(trade => trade.Execution is not null),
            mail.Count(message => message.MessageAttributes["kind"].StringValue == "trade"));
        Assert.Equal(1, mail.Count(message => message.Body.StartsWith("bedrock made no prediction in ", StringComparison.Ordinal)
            && message.Body.Contains("no answer before the deadline", StringComparison.Ordinal)));
        journal.AddsUp(system.Settings.StartingCashUsd);
        var replay = await system.CommandAsync("audit", "replay");
        Assert.True(replay.Code == 0, replay.Output + replay.Errors);

        Task PlayOnAsync() => system.PlayAsync(at = at.AddSeconds(300 * DecisionsOfAnOutage));

        async Task OutageAsync(string name)
        {
            var from = at;
            await PlayOnAsync();
            outages[name] = (from, at);
        }

        void Abstained(string model, string reason, string? slow = null)
        {
            Assert.All(predictions, prediction =>
            {
                bool During(string name) =>
                    prediction.Price.IntervalStart > outages[name].From && prediction.Price.IntervalStart <= outages[name].To;
                var said = prediction.Models.Single(output => output.Model == model).Abstained;
                var expected = During(model) ? reason : slow is not null && During("slow") ? slow : null;
                Assert.Equal((expected is not null, true),
                    (said is not null, expected is null || said?.StartsWith(expected, StringComparison.Ordinal) == true));
            });
        }

        async Task<(int, string)> Compared()
        {
            var compared = await system.CommandAsync("rebuild", "dynamodb", "--compare");
            return (compared.Code, compared.Output.Trim().Split(", ")[^1]);
        }
    }
}
