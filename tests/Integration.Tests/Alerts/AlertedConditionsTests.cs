using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Trading.Core;
using Trading.Hosting.Control;
using Trading.Hosting.Settings;
using Trading.Journal.Keys;
using Trading.Journal.Sealing;
using Trading.Journal.Tables;
using Trading.TestKit.Control;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Programs;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Alerts;

/// <summary>What is wrong for a while is alerted once each time that it begins.</summary>
[Collection(nameof(AlertingTest))]
public sealed class AlertedConditionsTests : AlertingTest
{
    [Fact]
    public async Task stale_prices_are_alerted_once_each_time_that_they_begin()
    {
        await using var server = await LocalServer.StartAsync(LocalServer.Answer(200, "ok"));
        var database = await PostgresServer.CreateDatabaseAsync();
        var settings = Webhook(server) with
        { AlertCheckSeconds = 1, AlertPriceAgeSeconds = 3, PriceIntervalSeconds = 1, DecisionIntervalSeconds = 1 };
        await using var host = await ControlHost.StartAsync(settings, database);
        await UntilAsync(database, "sent", 1);

        // Fresh prices end it, and when they end it starts again.
        var now = DateTimeOffset.FromUnixTimeSeconds(DateTimeOffset.UtcNow.ToUnixTimeSeconds());
        await host.Services.GetRequiredService<PriceHistory>()
            .AddAsync(InProcessSystem.Price(60_000, now) with { IntervalSeconds = 1, IntervalStart = now }, default);
        await UntilAsync(database, "sent", 2);
        Assert.Equal(2, server.Count);
    }

    [Fact]
    public async Task messages_in_an_error_queue_and_a_model_that_abstains_are_alerted_once()
    {
        var (url, scope) = (await AwsEndpoint.UrlAsync(), AwsEndpoint.NewName());
        await using var server = await LocalServer.StartAsync(LocalServer.Answer(200, "ok"));
        var database = await PostgresServer.CreateDatabaseAsync();
        var settings = Webhook(server) with
        { Transport = TransportKind.AmazonSqs, AwsServiceUrl = $"{url}", Scope = scope, AlertCheckSeconds = 1, AlertAbstainDecisions = 2 };
        await using var host = await ControlHost.StartAsync(settings, database,
            trading => trading.Services.AddSingleton<TimeProvider>(new ManualTime(InProcessSystem.Start)));
        foreach (var symbol in new[] { "BTC-USD", "ETH-USD" })
        {
            var prediction = InProcessSystem.Rise(InProcessSystem.Price(60_000, InProcessSystem.Start, symbol));
            await host.SayAsync(
                prediction with { Models = [.. prediction.Models, new("bedrock", null, null, null, "time-out after 30 s")] });
        }
        using var sqs = AwsEndpoint.Sqs(url);
        await sqs.SendMessageAsync((await sqs.CreateQueueAsync($"{scope}-executor_error")).QueueUrl, "stuck");

        await UntilAlertedAsync(database, "error-queue/", "abstentions/", "trade/");

        Assert.Equal("1", $"{await ExecuteAsync(database, "select count(*) from alert_deliveries where key like 'error-queue/%'")}");
        Assert.Contains("bedrock made no prediction in 2 of the last 2 decisions, lastly: time-out after 30 s",
            $"{await ExecuteAsync(database, "select payload from alert_deliveries where key like 'abstentions/%'")}",
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task a_model_that_waits_for_its_first_prices_is_no_alert()
    {
        await using var server = await LocalServer.StartAsync(LocalServer.Answer(200, "ok"));
        var database = await PostgresServer.CreateDatabaseAsync();
        await using var host = await ControlHost.StartAsync(
            Webhook(server) with { AlertCheckSeconds = 1, AlertAbstainDecisions = 2 }, database,
            trading => trading.Services.AddSingleton<TimeProvider>(new ManualTime(InProcessSystem.Start)));
        foreach (var symbol in new[] { "BTC-USD", "ETH-USD" })
        {
            var prediction = InProcessSystem.Rise(InProcessSystem.Price(60_000, InProcessSystem.Start, symbol));
            await host.SayAsync(prediction with
            {
                Models = [.. prediction.Models, new("learned", null, null, null, WarmingUp.Reason(98, 2, "without a long pause")),
                    new("bedrock", null, null, null, "away")]
            });
        }

        await UntilAlertedAsync(database, "abstentions/");
        await LookAgainAsync(host, database);

        Assert.Equal(["abstentions/bedrock"], await ConditionsAsync(database));
    }

    [Fact]
    public async Task a_journal_that_is_not_sealed_is_alerted_once_each_time_that_it_begins()
    {
        await using var server = await LocalServer.StartAsync(LocalServer.Answer(200, "ok"));
        var database = await OpenedAsync();
        var settings = SealedOnce(server);
        await using var host = await ControlHost.StartAsync(settings, database);
        await UntilAsync(async () => await ExecuteAsync(database, "select to_regclass('audit.leaves')::text") is string
            && (long)(await ExecuteAsync(database, "select count(*) from audit.leaves"))! > 0);
        // A start that took longer than the lag was alerted rightly, and is over.
        await UntilAsync(async () => (await ConditionsAsync(database)).Count == 0);
        await ExecuteAsync(database, "delete from alert_deliveries where key like 'sealing-lag/%'");
        await host.Services.GetRequiredService<IOperatorControl>().ActAsync(new(OperatorAction.Reduce, "kim", "evening"), default);
        var waiting = (DateTime)(await ExecuteAsync(database,
            "select min(timestamp) from mt_events where seq_id > (select max(seq_id) from audit.leaves)"))!;
        await UntilAlertedAsync(database, "sealing-lag/");
        await LookAgainAsync(host, database);

        Assert.Equal((1L, $"events since {waiting:u} are not sealed; the Executor's log says why"),
            await OnlyAsync(database, "sealing-lag/"));

        await using (var source = NpgsqlDataSource.Create(database))
            await new Sealer(source, SealKey.Load(settings.SealKeyFile!), TimeProvider.System).SealAsync(default);
        await UntilAsync(async () => (await ConditionsAsync(database)).Count == 0);
        await host.Services.GetRequiredService<IOperatorControl>().ActAsync(new(OperatorAction.Halt, "kim", "night"), default);
        await UntilAsync(async () => (long)(await ExecuteAsync(database,
            "select count(*) from alert_deliveries where key like 'sealing-lag/%' and state = 'sent'"))! == 2);
    }

    [Fact]
    public async Task what_cannot_be_looked_at_hides_no_other_alert()
    {
        await using var server = await LocalServer.StartAsync(LocalServer.Answer(200, "ok"));
        var database = await OpenedAsync();
        await using var host = await ControlHost.StartAsync(SealedOnce(server), database);
        await UntilWatchingAsync(database);
        await ExecuteAsync(database, "alter table price_history rename to price_history_gone");
        await host.Services.GetRequiredService<IOperatorControl>().ActAsync(new(OperatorAction.Reduce, "kim", "evening"), default);

        await UntilAlertedAsync(database, "sealing-lag/");
        // Said when all was looked at, which may be after the alert was sent.
        await UntilAsync(() => Task.FromResult(
            host.Log.Any(line => line.Contains("It could not be looked for stale-prices", StringComparison.Ordinal))));
    }
}
