using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Trading.Contracts;
using Trading.Hosting.Alerts;
using Trading.Hosting.Control;
using Trading.Journal.Events;
using Trading.Journal.Tables;
using Trading.TestKit.Control;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Programs;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Alerts;

/// <summary>Each alert once, whatever is delivered twice, killed or down; and never a trade less for it.</summary>
[Collection(nameof(AlertingTest))]
public sealed class AlertingTests : AlertingTest
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
}
