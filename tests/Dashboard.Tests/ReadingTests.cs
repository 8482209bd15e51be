using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Trading.Contracts;
using Trading.Core;
using Trading.Dashboard.Reading;
using Trading.Hosting.Stores;
using Trading.Journal.Events;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Dashboard.Tests;

/// <summary>
/// How the dashboard reads: with connections that write nothing, one account's events alone, and past numbers that never come.
/// </summary>
public sealed class ReadingTests : SerialTest
{
    [Fact]
    public async Task its_connections_to_journal_and_prices_may_not_write()
    {
        await using var host = await StartAsync();
        var database = host.App.Services.GetRequiredService<DashboardDatabase>();

        await using var command = database.Journal.CreateCommand("create table written (id int)");
        Assert.Equal(PostgresErrorCodes.ReadOnlySqlTransaction,
            (await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteNonQueryAsync())).SqlState);
        var refused = await Assert.ThrowsAsync<StoreException>(() => ((IPriceSink)database.Prices).WriteAsync(
            [new(InProcessSystem.Start, [InProcessSystem.Price(60_000, InProcessSystem.Start)], [])], default));
        Assert.Contains("read-only", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task the_decisions_and_the_money_of_another_account_are_none_of_this_ones()
    {
        await using var host = await StartAsync();
        await host.App.Services.OpenAccountAsync();
        var journal = host.App.Services.GetRequiredService<TradeJournal>();
        await journal.DecideAsync("other", new OpenAccount("other", "simulated", 5_000, InProcessSystem.Start), "test", default);
        await journal.DecideAsync("other", new SetLimits(host.Settings.Limits(), "settings", "start", InProcessSystem.Start), "test",
            default);
        await DecideAsync(journal, "main", 60_000, minute: 1);
        await DecideAsync(journal, "other", 70_000, minute: 2);

        var decision = (await host.GetAsync("/decisions")).GetProperty("items").EnumerateArray().Single();
        var now = await host.GetAsync("/now");

        Assert.Equal(60_000, decision.GetProperty("price").GetDecimal());
        Assert.Equal((1, 60_000m, 10_000m), (now.GetProperty("decisions").GetInt32(),
            now.GetProperty("prices")[0].GetProperty("price").GetDecimal(), now.GetProperty("equityUsd").GetDecimal()));
    }

    [Fact]
    public async Task a_number_of_an_append_that_failed_holds_nothing_up()
    {
        await using var host = await StartAsync();
        await host.App.Services.OpenAccountAsync();
        await host.GetAsync("/now");
        await using var owner = NpgsqlDataSource.Create(host.App.Services.Database());
        await using (var command = owner.CreateCommand("""
            insert into mt_streams (id, version) values ('mt_tombstone', 1) on conflict do nothing;
            insert into mt_events (seq_id, id, stream_id, version, type, data, timestamp, tenant_id, mt_dotnet_type)
            select max(seq_id) + 1, gen_random_uuid(), 'mt_tombstone', 1, 'tombstone', '{}', now(), '*DEFAULT*', 'tombstone' from mt_events;
            """))
            await command.ExecuteNonQueryAsync();

        // A dashboard that starts now reads to the last row, though nothing happened in it.
        await using var another = await DashboardHost.StartAsync(host.Settings, host.App.Services.Database());
        Assert.Equal("main", (await another.GetAsync("/now")).GetProperty("account").GetProperty("account").GetString());
    }

    [Fact]
    public void rows_that_were_taken_stay_as_they_are_while_others_are_added_and_dropped()
    {
        var rows = new Rows<string>(1000, 0, []);
        var (first, numbers) = (rows.Taken, new List<long>());
        for (var number = 0; number < 5000; number++)
            numbers.Add(rows.Add($"{number}"));
        var taken = rows.Taken;
        rows.Replace(4990, "changed");
        for (var number = 5000; number < 9000; number++)
            rows.Add($"{number}");

        Assert.Empty(first);
        Assert.Equal(Enumerable.Range(0, 5000).Select(number => (long)number), numbers);
        Assert.InRange(taken.Count, 1000, 1125);
        Assert.Equal(("4999", "8999"), (taken[^1], rows.Taken[^1]));
        Assert.Equal(taken.Select((row, at) => row == "changed" ? 4990 : int.Parse(row, null)),
            Enumerable.Range(5000 - taken.Count, taken.Count));
        Assert.Null(rows.Find(0));
        Assert.Equal("8000", rows.Find(8000));
    }

    private async Task<DashboardHost> StartAsync() =>
        await DashboardHost.StartAsync(DashboardHost.WithTokens(Folder), await PostgresServer.CreateDatabaseAsync());

    private static async Task DecideAsync(TradeJournal journal, string account, decimal price, int minute)
    {
        var (state, version) = (await journal.AccountAsync(account, default))!;
        var at = InProcessSystem.Start.AddMinutes(minute);
        var prediction = InProcessSystem.Rise(InProcessSystem.Price(price, at)) with { Ensemble = null };
        var tradeId = DerivedId.Trade(prediction.PredictionId);
        var assessed = new RiskAssessed(tradeId, prediction, Risk.Assess(state, version, prediction, at));
        Assert.True(await journal.AppendAsync([new(Trade.StreamId(tradeId), 0, [.. Trade.Assess(assessed)])], new(tradeId, "test"),
            default));
    }
}
