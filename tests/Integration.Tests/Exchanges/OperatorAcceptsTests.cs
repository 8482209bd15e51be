using Microsoft.Extensions.DependencyInjection;
using Trading.Contracts;
using Trading.Core;
using Trading.Hosting.Settings;
using Trading.Journal.Events;
using Trading.Services;
using Trading.TestKit.Exchanges;
using Trading.TestKit.Pipeline;
using Xunit;

namespace Trading.Integration.Tests.Exchanges;

/// <summary>What is not booked or sent before an operator has accepted it.</summary>
[Collection(nameof(ExchangeExecutorTest))]
public sealed class OperatorAcceptsTests : ExchangeExecutorTest
{
    [Fact]
    public async Task a_fill_at_an_impossible_price_is_not_booked_before_an_operator_accepts_it()
    {
        var app = await StartAsync(settings => settings with { OrderPlacement = OrderPlacement.LimitGtc });
        var (journal, execution) = (app.Services.GetRequiredService<TradeJournal>(), app.Services.GetRequiredService<TradeExecution>());
        var tradeId = (await ExchangeAccount.ApproveAsync(journal, 1, Price, -100, 0.001m, false)).TradeId;
        Assert.Null(await execution.ExecuteAsync(tradeId, "test", TimeSpan.Zero, default));
        _venue.Fill(_venue.Orders.Single(), 0.001m, 1_000_000);
        await ExchangeSystem.UntilAsync(async () => (await StateAsync(journal)).State == TradingState.Halted);
        Assert.Empty((await journal.TradeAsync(tradeId, default))!.State.Fills);
        var account = await StateAsync(journal);
        Assert.Equal((ExchangeAccount.CashUsd, 0m), (account.CashUsd, account.PositionIn("BTC-USD").Quantity));

        await journal.DecideAsync("main", new AcceptDifferences("kim", "the exchange confirms it", DateTimeOffset.UtcNow), "test", default);
        await ExchangeSystem.UntilAsync(
            async () => (await journal.TradeAsync(tradeId, default))!.State.Execution?.Outcome == TradeOutcome.Filled);
    }

    [Fact]
    public async Task foreign_orders_fills_and_payments_are_reported_and_hold_the_next_start_until_an_operator_accepts_them()
    {
        var app = await StartAsync();
        var journal = app.Services.GetRequiredService<TradeJournal>();
        await TradeAsync(app, 1, 0.002m);
        await StopAsync(app);
        _venue.Deposit("USDT", -123.45m);
        _venue.Place("web_1", false, SimKind.Market, 0.0005m, null, null);
        _venue.Place("web_2", true, SimKind.LimitGtc, 0.001m, 50_000, null);

        var next = await StartAsync(settings => settings with { BookForeignSales = false }, active: false);
        journal = next.Services.GetRequiredService<TradeJournal>();
        await ExchangeSystem.UntilAsync(async () => (await StateAsync(journal)).External is { Differences.Count: 4 });
        var account = await StateAsync(journal);
        var order = _venue.Orders.Single(placed => placed.ClientId == "web_2");
        Assert.Equal(["balance/BTC", "balance/USDT", $"fill/BTC-USD/{_venue.Fills[^1].TradeId}", $"order/{order.Id}"],
            account.External!.Differences.Keys);
        Assert.Equal(TradingState.Halted, account.TradableState());
        Assert.Equal(TradeOutcome.Cancelled, (await TradeAsync(next, 2, 0.001m)).Execution!.Outcome);

        await journal.DecideAsync("main", new AcceptDifferences("kim", "traded by hand", DateTimeOffset.UtcNow), "test", default);
        Assert.Equal(TradingState.Active, (await StateAsync(journal)).TradableState());
        Assert.Equal(TradeOutcome.Filled, (await TradeAsync(next, 3, 0.001m)).Execution!.Outcome);
        // The accepted ones are not told again, and the foreign order that goes is no news.
        await ComparedAsync(next);
        Assert.Empty((await StateAsync(journal)).External!.Differences);
        _venue.Deposit("BTC", 0.5m);
        await ExchangeSystem.UntilAsync(async () => (await StateAsync(journal)).External!.Differences.ContainsKey("balance/BTC"));
        Assert.Equal(TradingState.Active, (await StateAsync(journal)).TradableState());
    }

    [Fact]
    public async Task the_first_real_order_of_a_configuration_waits_for_an_operator()
    {
        // Real as far as the Executor knows: only the address is another.
        TradingSettings Real(TradingSettings settings) => settings with { ExchangeTestNetwork = false, EnableRealTrading = true };
        Assert.StartsWith("real trading needs a journal that forgets no commit, and synchronous_standby_names is empty on its server",
            (await Assert.ThrowsAsync<StartException>(() => StartAsync(Real))).Message, StringComparison.Ordinal);
        var app = await StartAsync(settings => Real(settings) with { JournalReplication = ReplicationKind.Alone });
        var journal = app.Services.GetRequiredService<TradeJournal>();
        var refused = (await TradeAsync(app, 1, 0.001m)).Execution!;
        Assert.Equal((TradeOutcome.Cancelled, false), (refused.Outcome, refused.Simulated));
        Assert.EndsWith("needs an operator: trading control resume --confirm-real --seen CODE, with the code that "
            + "trading control status shows", refused.Reason, StringComparison.Ordinal);
        Assert.Empty(_venue.Orders);
        var report = (await JournalRecord.ReadAsync(_database)).AccountEvents.OfType<RealTradingAnnounced>().Single().Report;
        Assert.Contains("on the exchange: 1000000 USDT", report, StringComparison.Ordinal);
        Assert.Contains("BTC-USD is BTCUSDT: tick 0.01, lot 0.00001, least value 5 USDT", report, StringComparison.Ordinal);

        await journal.DecideAsync("main", new ConfirmRealTrading("kim", "first day", DateTimeOffset.UtcNow), "test", default);
        var executed = (await TradeAsync(app, 2, 0.001m)).Execution!;
        Assert.Equal((TradeOutcome.Filled, false), (executed.Outcome, executed.Simulated));
    }
}
