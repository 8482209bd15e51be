using Amazon.SQS.Model;
using Amazon.SimpleNotificationService.Model;
using Microsoft.Extensions.DependencyInjection;
using Trading.Contracts;
using Trading.Core;
using Trading.Hosting.Control;
using Trading.Journal.Events;
using Trading.TestKit.Control;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Programs;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Alerts;

/// <summary>What happens to an account is alerted: trades, refusals, halts, limits, differences.</summary>
[Collection(nameof(AlertingTest))]
public sealed class AlertedEventsTests : AlertingTest
{
    [Fact]
    public async Task a_halt_a_refusal_and_a_trade_reach_the_subscribers_of_the_sns_topic_once_with_attributes_to_filter_by()
    {
        var url = await AwsEndpoint.UrlAsync();
        var name = AwsEndpoint.NewName();
        using var sns = AwsEndpoint.Sns(url);
        using var sqs = AwsEndpoint.Sqs(url);
        var topic = (await sns.CreateTopicAsync($"{name}-alerts")).TopicArn;
        var queue = (await sqs.CreateQueueAsync(name)).QueueUrl;
        var arn = (await sqs.GetQueueAttributesAsync(queue, ["QueueArn"])).Attributes["QueueArn"];
        await sns.SubscribeAsync(
            new SubscribeRequest
            {
                TopicArn = topic,
                Protocol = "sqs",
                Endpoint = arn,
                Attributes = new() { ["RawMessageDelivery"] = "true" }
            });

        var (database, traffic) = (await PostgresServer.CreateDatabaseAsync(), new SeenMessages());
        var settings = InProcessSystem.Told with
        { Alerts = ["sns"], AlertTopic = $"{name}-alerts", AwsServiceUrl = $"{url}", AlertCheckSeconds = 1 };
        await using var host = await ControlHost.StartAsync(settings, database, trading =>
        {
            trading.Services.AddSingleton<TimeProvider>(new ManualTime(InProcessSystem.Start));
            traffic.On(trading);
        });
        await host.SayAsync(InProcessSystem.Rise(InProcessSystem.Price(60_000, InProcessSystem.Start)));
        await traffic.Until(seen => seen.Of<TradeExecuted>().Count == 1);
        await UntilWatchingAsync(database);
        var control = host.Services.GetRequiredService<IOperatorControl>();
        await control.ActAsync(new(OperatorAction.Halt, "kim", "flash crash"), default);
        await control.ActAsync(new(OperatorAction.Halt, "lee", "again"), default);
        await UntilAsync(database, "sent", 2);

        var received = new List<Message>();
        while ((await sqs.ReceiveMessageAsync(new ReceiveMessageRequest(
            queue)
        { MaxNumberOfMessages = 10, WaitTimeSeconds = 1, MessageAttributeNames = ["All"] })).Messages is { Count: > 0 } more)
            received.AddRange(more);
        Assert.Equal(["state HALT", "trade BUY"],
            received.Select(message => $"{message.MessageAttributes["kind"].StringValue} {message.MessageAttributes["action"].StringValue}")
                .Order());
        Assert.Contains(received, message => message.Body == "Trading was halted by kim: flash crash");
        Assert.Contains(received,
            message => message.Body.StartsWith("[SIMULATED] BTC-USD\nAction: BUY\nAmount: $", StringComparison.Ordinal));
    }

    [Fact]
    public async Task a_difference_between_exchange_and_journal_is_alerted_once_however_often_it_is_found()
    {
        await using var server = await LocalServer.StartAsync(LocalServer.Answer(200, "ok"));
        var database = await PostgresServer.CreateDatabaseAsync();
        await using var host = await ControlHost.StartAsync(Webhook(server) with { AlertCheckSeconds = 1 }, database);
        await host.OpenAccountAsync();
        await UntilWatchingAsync(database);
        var journal = host.Services.GetRequiredService<TradeJournal>();
        await journal.DecideAsync("main", new BeginReconciliation("binance", InProcessSystem.Start), "test", default);
        for (var comparison = 0; comparison < 3; comparison++)
        {
            var at = InProcessSystem.Start.AddSeconds(30 * comparison);
            await journal.DecideAsync("main",
                new Reconcile("binance", [new ExternalBalanceFound("BTC", 0.5m, 0.25m, at)], at, Reconcile.Everything), "test", default);
        }

        await UntilAlertedAsync(database, "event/");
        await LookAgainAsync(host, database);

        Assert.Equal((1L, "balance/BTC: the journal expects 0.5, the exchange has 0.25"),
            await OnlyAsync(database, "event/", "reconciliation"));
    }

    [Fact]
    public async Task a_limit_that_latches_and_one_that_refuses_all_day_are_alerted_once_each()
    {
        await using var server = await LocalServer.StartAsync(LocalServer.Answer(200, "ok"));
        var (database, traffic, time) = (await PostgresServer.CreateDatabaseAsync(), new SeenMessages(),
            new ManualTime(InProcessSystem.Start));
        // One purchase is all that goes unreviewed; a day may lose a dollar.
        var settings = Webhook(server) with
        {
            AlertCheckSeconds = 1,
            MaxUnreviewedExecutions = 1,
            MaxDailyLossShare = 0.0001m,
            ExitAtDailyLoss = false,
            ExitAtDrawdown = false,
            StopLossPercent = 0
        };
        await using var host = await ControlHost.StartAsync(settings, database, trading =>
        {
            trading.Services.AddSingleton<TimeProvider>(time);
            traffic.On(trading);
        });
        await host.OpenAccountAsync();
        await UntilWatchingAsync(database);
        await host.SayAsync(InProcessSystem.Rise(InProcessSystem.Price(60_000, InProcessSystem.Start)));
        await traffic.Until(seen => seen.Of<TradeExecuted>().Count == 1);
        await UntilAlertedAsync(database, "event/");

        Assert.Equal((1L, "1 execution since trading was last resumed, fewer than 1 allowed: nothing is bought until trading is resumed"),
            await OnlyAsync(database, "event/", "latch"));

        await host.Services.GetRequiredService<IOperatorControl>().ActAsync(new(OperatorAction.Resume, "kim", "looked at"), default);
        for (var minute = 1; minute <= 3; minute++)
        {
            time.Advance(TimeSpan.FromMinutes(1));
            await host.SayAsync(InProcessSystem.Rise(InProcessSystem.Price(58_500, InProcessSystem.Start.AddMinutes(minute))));
            await traffic.Until(seen => seen.Of<RiskAssessed>().Count == minute + 1);
        }
        await UntilAlertedAsync(database, "refusal/");
        await LookAgainAsync(host, database);

        Assert.Equal(3, traffic.Of<RiskAssessed>().Count(assessed => assessed.Message.Assessment.Refusal == RiskRule.DailyLoss));
        var (times, text) = await OnlyAsync(database, "refusal/");
        Assert.Equal(1, times);
        Assert.Matches(@"^DailyLoss refuses every purchase: loss of the day 2\.\d+ USD, less than \d\.\d+ USD allowed$", text);
    }
}
