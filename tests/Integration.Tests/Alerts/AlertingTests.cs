using Amazon.SQS.Model;
using Amazon.SimpleNotificationService.Model;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Trading.Contracts;
using Trading.Core;
using Trading.Hosting.Alerts;
using Trading.Hosting.Control;
using Trading.Hosting.Settings;
using Trading.Journal.Events;
using Trading.Journal.Keys;
using Trading.Journal.Sealing;
using Trading.Journal.Tables;
using Trading.TestKit.Control;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Programs;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Alerts;

/// <summary>Each alert once, whatever is delivered twice, killed or down; and never a trade less for it.</summary>
public sealed class AlertingTests : SerialTest
{
    [Fact]
    public async Task two_replicas_that_hear_of_each_trade_twice_send_each_alert_once()
    {
        await using var server = await LocalServer.StartAsync(LocalServer.Answer(200, "ok"));
        var database = await PostgresServer.CreateDatabaseAsync();
        await using var one = await ControlHost.StartAsync(Webhook(server), database);
        await using var other = await ControlHost.StartAsync(Webhook(server), database);
        var alerts = Enumerable.Range(0, 40).Select(number => Alert($"trade/{number}")).ToList();

        await Task.WhenAll(from host in new[] { one, other }
                           from _ in Enumerable.Range(0, 2)
                           from alert in alerts
                           select host.Services.GetRequiredService<AlertBook>().RaiseAsync(alert, default));
        await UntilAsync(database, "sent", alerts.Count);

        Assert.Equal(alerts.Count, server.Count);
        Assert.Empty(await AlertClaims.UndeliveredAsync(one.Services.GetRequiredService<TradeJournal>().Database, 10, default));
    }

    [Fact]
    public async Task an_alert_of_another_version_is_given_up_and_shown_and_the_next_ones_are_sent()
    {
        await using var server = await LocalServer.StartAsync(LocalServer.Answer(200, "ok"));
        var database = await PostgresServer.CreateDatabaseAsync();
        await using (var source = NpgsqlDataSource.Create(database))
        {
            var claims = new AlertClaims(source);
            await claims.PrepareAsync(default);
            await claims.RaiseAsync("trade/newer", """{"key":"trade/newer","kind":"FromTheFuture","subject":[]}""", ["json:hook"], default);
            await claims.RaiseAsync("trade/known",
                System.Text.Json.JsonSerializer.Serialize(Alert("trade/known"), System.Text.Json.JsonSerializerOptions.Web),
                ["json:hook"], default);
        }
        await using var host = await ControlHost.StartAsync(Webhook(server), database);
        await UntilAsync(database, "sent", 1);
        await UntilAsync(database, "failed", 1);

        var journal = host.Services.GetRequiredService<TradeJournal>();
        var open = Assert.Single(await AlertClaims.UndeliveredAsync(journal.Database, 10, default));
        Assert.Equal("trade/newer", open.Key);
        Assert.StartsWith("it cannot be read", open.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task an_alert_that_was_raised_before_a_crash_is_sent_after_it_and_one_that_was_under_way_is_shown_and_not_sent_again()
    {
        await using var server = await LocalServer.StartAsync(LocalServer.Answer(200, "ok"));
        var database = await PostgresServer.CreateDatabaseAsync();
        await using (var source = NpgsqlDataSource.Create(database))
        {
            // What a process leaves behind that was killed: one alert raised, one claimed, whose claim has run out since.
            var claims = new AlertClaims(source);
            await claims.PrepareAsync(default);
            await claims.RaiseAsync("trade/under-way",
                System.Text.Json.JsonSerializer.Serialize(Alert("trade/under-way"), System.Text.Json.JsonSerializerOptions.Web),
                ["json:hook"], default);
            Assert.Single(await claims.ClaimAsync(10, default));
            Assert.Empty(await claims.ClaimAsync(10, default));
            await using var later = source.CreateCommand("update alert_deliveries set due_at = due_at - interval '10 minutes'");
            await later.ExecuteNonQueryAsync();
            await claims.RaiseAsync("trade/raised",
                System.Text.Json.JsonSerializer.Serialize(Alert("trade/raised"), System.Text.Json.JsonSerializerOptions.Web),
                ["json:hook"], default);
        }

        await using var restarted = await ControlHost.StartAsync(Webhook(server), database);
        await restarted.OpenAccountAsync();
        await restarted.Services.GetRequiredService<AlertBook>().RaiseAsync(Alert("trade/under-way"), default);
        await UntilAsync(database, "sent", 1);
        await UntilAsync(database, "unsure", 1);

        Assert.Equal(1, server.Count);
        var shown = Assert.Single((await restarted.Services.GetRequiredService<IOperatorControl>().StatusAsync(default)).UndeliveredAlerts);
        Assert.Equal(("trade/under-way", "unsure", "the process that sent it ended before it knew"),
            (shown.Key, shown.State, shown.Reason));
    }

    [Fact]
    public async Task a_receiver_that_fails_is_tried_again_and_one_that_never_answers_is_not_and_trading_goes_on()
    {
        await using var server = await LocalServer.StartAsync(LocalServer.Answer(503),
            LocalServer.Answer(200, "garbage"), LocalServer.Hang());
        var database = await PostgresServer.CreateDatabaseAsync();
        var traffic = new SeenMessages();
        await using var host = await ControlHost.StartAsync(Webhook(server) with { AlertTimeoutSeconds = 1 }, database, trading =>
        {
            trading.Services.AddSingleton<TimeProvider>(new ManualTime(InProcessSystem.Start));
            traffic.On(trading);
        });
        var book = host.Services.GetRequiredService<AlertBook>();

        await book.RaiseAsync(Alert("trade/503"), default);
        await UntilAsync(database, "waiting", 1, attempts: 1);
        await SetDueAsync(database);
        await UntilAsync(database, "sent", 1);
        await book.RaiseAsync(Alert("trade/hang"), default);
        await UntilAsync(database, "unsure", 1);
        Assert.Equal(3, server.Count);

        await host.SayAsync(InProcessSystem.Rise(InProcessSystem.Price(60_000, InProcessSystem.Start)));
        await traffic.Until(seen => seen.Of<TradeExecuted>().Count == 1);
        Assert.True((await JournalRecord.ReadAsync(database)).Trades.Single().Filled);
        Assert.DoesNotContain(host.Log, line => line.Contains($"{server.Address}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task an_event_that_cannot_be_read_hides_no_later_one_and_is_said_once()
    {
        await using var server = await LocalServer.StartAsync(LocalServer.Answer(200, "ok"));
        var database = await PostgresServer.CreateDatabaseAsync();
        await using var host = await ControlHost.StartAsync(Webhook(server) with { AlertCheckSeconds = 1 }, database);
        await host.OpenAccountAsync();
        await UntilWatchingAsync(database);
        await ExecuteAsync(database, """
            set session_replication_role = replica;
            insert into mt_events (seq_id, id, stream_id, version, data, type, timestamp, tenant_id, mt_dotnet_type, is_archived)
            select nextval('mt_events_sequence'), gen_random_uuid(), 'account-other', 1, '{}', 'trading_halted', now(), tenant_id,
            mt_dotnet_type, false from mt_events limit 1
            """);

        var control = host.Services.GetRequiredService<IOperatorControl>();
        await control.ActAsync(new(OperatorAction.Halt, "kim", "flash crash"), default);
        await UntilAsync(database, "sent", 1);
        await control.ActAsync(new(OperatorAction.Resume, "kim", "calm again"), default);
        await UntilAsync(database, "sent", 2);

        Assert.Single(host.Log, line => line.Contains("An event cannot be alerted: Event ", StringComparison.Ordinal));
    }

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

    // A change of state is told by a later look of the watch than the one before it: after two of them it has looked at everything else
    // again.
    private static async Task LookAgainAsync(ControlHost host, string database)
    {
        foreach (var action in new[] { OperatorAction.Halt, OperatorAction.Resume })
        {
            var before = (long)(await ExecuteAsync(database, States))!;
            await host.Services.GetRequiredService<IOperatorControl>().ActAsync(new(action, "kim", "to be looked at"), default);
            await UntilAsync(async () => (long)(await ExecuteAsync(database, States))! > before);
        }
    }

    private const string States = "select count(*) from alert_deliveries where key like 'event/%' and payload::jsonb -> 'attributes' ->> "
        + "'kind' = 'state' and state = 'sent'";

    // How many alerts there are of a kind, and what the first tells.
    private static async Task<(long Times, string Text)> OnlyAsync(string database, string begin, string kind = "%")
    {
        var where = $"from alert_deliveries where key like '{begin}%' and payload::jsonb -> 'attributes' ->> 'kind' "
            + $"like '{kind}' and state = 'sent'";
        return ((long)(await ExecuteAsync(database, $"select count(*) {where}"))!,
            $"{await ExecuteAsync(database, $"select min(payload::jsonb ->> 'text') {where}")}");
    }

    private static async Task<IReadOnlyList<string>> ConditionsAsync(string database) =>
        $"{await ExecuteAsync(database, "select string_agg(name, ',' order by name) from alert_conditions")}"
            .Split(',', StringSplitOptions.RemoveEmptyEntries);

    // A journal with something to seal.
    private static async Task<string> OpenedAsync()
    {
        var database = await PostgresServer.CreateDatabaseAsync();
        await using (var journal = new TradeJournal(database, new("test", "1.0.0"), TimeProvider.System))
        {
            await journal.PrepareAsync();
            await journal.DecideAsync("main", new OpenAccount("main", "simulated", 10_000, InProcessSystem.Start), "test", default);
        }
        return database;
    }

    // Sealed at the start, and then not for an hour.
    private TradingSettings SealedOnce(LocalServer server) =>
        Webhook(server) with
        { AlertCheckSeconds = 1, AlertSealLagSeconds = 1, SealIntervalSeconds = 3600, SealKeyFile = Path.Combine(Folder, "seal.key") };

    private static async Task UntilAsync(Func<Task<bool>> holds)
    {
        using var limit = new CancellationTokenSource(HangGuard.Limit);
        while (!await holds())
            await Task.Delay(20, limit.Token);
    }

    private static async Task UntilAlertedAsync(string database, params string[] begins)
    {
        using var limit = new CancellationTokenSource(HangGuard.Limit);
        foreach (var begin in begins)
        {
            while ((long)(await ExecuteAsync(database,
                $"select count(*) from alert_deliveries where key like '{begin}%' and state = 'sent'"))! == 0)
            {
                if (limit.IsCancellationRequested)
                    Assert.Fail($"no alert {begin}... was sent, only " + await ExecuteAsync(database,
                        "select string_agg(concat_ws(' ', key, state, reason), '; ' order by raised_at) from alert_deliveries"));
                await Task.Delay(20);
            }
        }
    }

    private static TradeAlert Alert(string key) => TradeAlert.Of(key, AlertKind.Trade, "BUY", "text", InProcessSystem.Start);

    private TradingSettings Webhook(LocalServer server)
    {
        var file = Path.Combine(Folder, "secrets.json");
        File.WriteAllText(file, $$"""{ "hook": "{{server.Address}}" }""");
        ControlHost.Permit(file);
        return InProcessSystem.Told with
        { Secrets = SecretsKind.File, SecretsFile = file, Alerts = ["webhook"], AlertWebhooks = ["json=hook"] };
    }

    private static Task<object?> SetDueAsync(string database) =>
        ExecuteAsync(database, "update alert_deliveries set due_at = now() where state = 'waiting'");

    private static async Task<object?> ExecuteAsync(string database, string sql)
    {
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }

    // What happened before the watch began is not alerted.
    private static async Task UntilWatchingAsync(string database)
    {
        using var limit = new CancellationTokenSource(HangGuard.Limit);
        while ((long)(await ExecuteAsync(database, "select count(*) from alert_progress"))! == 0)
            await Task.Delay(20, limit.Token);
    }

    private static async Task UntilAsync(string database, string state, int number, int attempts = 0)
    {
        using var limit = new CancellationTokenSource(HangGuard.Limit);
        while ((long)(await ExecuteAsync(database,
            $"select count(*) from alert_deliveries where state = '{state}' and attempts >= {attempts}"))! < number)
            await Task.Delay(20, limit.Token);
    }
}
