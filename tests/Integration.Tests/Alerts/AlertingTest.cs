using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Trading.Core;
using Trading.Hosting.Alerts;
using Trading.Hosting.Control;
using Trading.Hosting.Settings;
using Trading.Journal.Events;
using Trading.TestKit.Control;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Programs;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Alerts;

/// <summary>A system that sends alerts to a server of the test, and what its journal holds of them.</summary>
public abstract class AlertingTest : SerialTest
{
    // A change of state is told by a later look of the watch than the one before it: after two of them it has looked at everything else
    // again.
    private protected static async Task LookAgainAsync(ControlHost host, string database)
    {
        foreach (var action in new[] { OperatorAction.Halt, OperatorAction.Resume })
        {
            var before = (long)(await ExecuteAsync(database, States))!;
            await host.Services.GetRequiredService<IOperatorControl>().ActAsync(new(action, "kim", "to be looked at"), default);
            await UntilAsync(async () => (long)(await ExecuteAsync(database, States))! > before);
        }
    }

    private protected const string States =
        "select count(*) from alert_deliveries where key like 'event/%' and payload::jsonb -> 'attributes' ->> "
        + "'kind' = 'state' and state = 'sent'";

    // How many alerts there are of a kind, and what the first tells.
    private protected static async Task<(long Times, string Text)> OnlyAsync(string database, string begin, string kind = "%")
    {
        var where = $"from alert_deliveries where key like '{begin}%' and payload::jsonb -> 'attributes' ->> 'kind' "
            + $"like '{kind}' and state = 'sent'";
        return ((long)(await ExecuteAsync(database, $"select count(*) {where}"))!,
            $"{await ExecuteAsync(database, $"select min(payload::jsonb ->> 'text') {where}")}");
    }

    private protected static async Task UntilAsync(Func<Task<bool>> holds)
    {
        using var limit = new CancellationTokenSource(HangGuard.Limit);
        while (!await holds())
            await Task.Delay(20, limit.Token);
    }

    private protected static async Task UntilAlertedAsync(string database, params string[] begins)
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

    private protected TradingSettings Webhook(LocalServer server)
    {
        var file = Path.Combine(Folder, "secrets.json");
        File.WriteAllText(file, $$"""{ "hook": "{{server.Address}}" }""");
        ControlHost.Permit(file);
        return InProcessSystem.Told with
        { Secrets = SecretsKind.File, SecretsFile = file, Alerts = ["webhook"], AlertWebhooks = ["json=hook"] };
    }

    private protected static async Task<object?> ExecuteAsync(string database, string sql)
    {
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }

    // What happened before the watch began is not alerted.
    private protected static async Task UntilWatchingAsync(string database)
    {
        using var limit = new CancellationTokenSource(HangGuard.Limit);
        while ((long)(await ExecuteAsync(database, "select count(*) from alert_progress"))! == 0)
            await Task.Delay(20, limit.Token);
    }

    private protected static async Task UntilAsync(string database, string state, int number, int attempts = 0)
    {
        using var limit = new CancellationTokenSource(HangGuard.Limit);
        while ((long)(await ExecuteAsync(database,
            $"select count(*) from alert_deliveries where state = '{state}' and attempts >= {attempts}"))! < number)
            await Task.Delay(20, limit.Token);
    }

    private protected static TradeAlert Alert(string key) => TradeAlert.Of(key, AlertKind.Trade, "BUY", "text", InProcessSystem.Start);

    private protected static Task<object?> SetDueAsync(string database) =>
        ExecuteAsync(database, "update alert_deliveries set due_at = now() where state = 'waiting'");

    private protected static async Task<IReadOnlyList<string>> ConditionsAsync(string database) =>
        $"{await ExecuteAsync(database, "select string_agg(name, ',' order by name) from alert_conditions")}"
            .Split(',', StringSplitOptions.RemoveEmptyEntries);

    // A journal with something to seal.
    private protected static async Task<string> OpenedAsync()
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
    private protected TradingSettings SealedOnce(LocalServer server) =>
        Webhook(server) with
        { AlertCheckSeconds = 1, AlertSealLagSeconds = 1, SealIntervalSeconds = 3600, SealKeyFile = Path.Combine(Folder, "seal.key") };
}
