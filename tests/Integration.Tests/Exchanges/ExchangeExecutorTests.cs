using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Trading.Contracts;
using Trading.Core;
using Trading.Hosting.Settings;
using Trading.Journal.Events;
using Trading.Services;
using Trading.TestKit.Exchanges;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Programs;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Exchanges;

/// <summary>The Executor on a simulated Binance that goes wrong in one way at a time.</summary>
public sealed class ExchangeExecutorTests : IAsyncLifetime, IAsyncDisposable
{
    private const decimal Price = 60_000;

    private Venue _venue = new(new("BTC", "USDT"), TimeProvider.System);
    private readonly List<WebApplication> _apps = [];
    private BinanceSimulator _simulator = null!;
    private string _database = "";

    public async Task InitializeAsync()
    {
        // The test network's key, and the real one's for the program that believes to trade there.
        foreach (var name in new[] { "BINANCE_TEST", "BINANCE" })
            Environment.SetEnvironmentVariable($"TRADING_SECRET_TRADING_{name}", """{"apiKey":"key","apiSecret":"secret"}""");
        await MeetAsync(_venue);
        _database = await PostgresServer.CreateDatabaseAsync();
    }

    async ValueTask IAsyncDisposable.DisposeAsync() => await DisposeAsync();

    public async Task DisposeAsync()
    {
        foreach (var app in _apps)
            await HangGuard.EndAsync(app);
        await HangGuard.EndAsync(_simulator);
    }

    [Theory]
    [InlineData(SimFault.None, TradeOutcome.Filled)]
    [InlineData(SimFault.TakenThenCut, TradeOutcome.Filled)]
    [InlineData(SimFault.TakenThenSilent, TradeOutcome.Filled)]
    [InlineData(SimFault.TakenThenUnknown, TradeOutcome.Filled)]
    [InlineData(SimFault.TakenThenGateway, TradeOutcome.Filled)]
    [InlineData(SimFault.TakenLate, TradeOutcome.Filled)]
    [InlineData(SimFault.TakenAndHidden, TradeOutcome.Filled)]
    [InlineData(SimFault.RateLimit, TradeOutcome.Filled)]
    [InlineData(SimFault.Clock, TradeOutcome.Filled)]
    [InlineData(SimFault.LostThenCut, TradeOutcome.Cancelled)]
    [InlineData(SimFault.LostThenUnknown, TradeOutcome.Cancelled)]
    [InlineData(SimFault.Maintenance, TradeOutcome.Cancelled)]
    public async Task whatever_goes_wrong_there_is_one_order_and_its_end_is_found(SimFault fault, TradeOutcome outcome)
    {
        var app = await StartAsync();
        _simulator.Faults = Faults.None.Then(fault);
        var execution = (await TradeAsync(app, 1, 0.003m)).Execution!;
        Assert.Equal(outcome, execution.Outcome);
        Assert.Equal(outcome == TradeOutcome.Filled ? 1 : 0, _venue.Orders.Count);
        Assert.NotEqual(TradeOutcome.Rejected, execution.Outcome);
        await AgreesAsync(app);
    }

    [Fact]
    public async Task fills_and_their_fees_in_units_are_booked_one_by_one()
    {
        var app = await StartAsync();
        var trade = await TradeAsync(app, 1, 0.003m);
        Assert.True(trade.Fills.Count > 1);
        Assert.Equal(_venue.Fills.Select(fill => $"{fill.TradeId}"), trade.Fills.Select(fill => fill.ExchangeTradeId));
        Assert.All(trade.Fills, fill => Assert.Equal(("BTC", true), (fill.FeeAsset, fill.FeeBase > 0)));
        Assert.Equal(_venue.Fills.Sum(fill => fill.Fee), trade.Execution!.FeeBase);
        await TradeAsync(app, 2, 0.002m, sells: true);
        await AgreesAsync(app);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task a_fee_in_a_third_asset_is_booked_at_its_worth_where_the_exchange_shows_it_and_never_against_cash(bool told)
    {
        await MeetAsync(new(new("BTC", "USDT") { FeesIn = ("BNB", 612.34m) }, TimeProvider.System));
        _venue.Deposit("BNB", 1);
        _simulator.TellsFeeAsset = told;
        var app = await StartAsync();
        var trade = await TradeAsync(app, 1, 0.003m);
        Assert.All(trade.Fills,
            fill => Assert.Equal(("BNB", 0m, null, told), (fill.FeeAsset, fill.FeeUsd, fill.FeeBase, fill.FeeValueUsd is not null)));
        Assert.Equal(told ? _venue.Fills.Sum(fill => fill.Fee) * 612.34m : null, trade.Execution!.FeeValueUsd);

        await TradeAsync(app, 2, 0.003m, sells: true);
        var account = await StateAsync(app.Services.GetRequiredService<TradeJournal>());
        var worth = (1 - _venue.Balance("BNB")) * 612.34m;
        Assert.InRange(account.FeesUsd, told ? worth : 0, told ? worth + 0.00000002m : 0);
        Assert.Equal((account.FeesUsd, account.RealisedUsd - account.FeesUsd), (account.FeesElsewhereUsd, account.RealisedOnDayUsd));
        Assert.True(RunSummary.AddsUp(account, ExchangeAccount.CashUsd));
        await AgreesAsync(app);
    }

    [Fact]
    public async Task an_order_that_the_exchanges_rules_forbid_is_not_sent()
    {
        var app = await StartAsync();
        var execution = (await TradeAsync(app, 1, 0.00005m)).Execution!;
        Assert.Equal((TradeOutcome.Rejected, "binance would refuse it: Notional of 0.00005 at 60400"),
            (execution.Outcome, execution.Reason));
        Assert.DoesNotContain(_simulator.Requests, request => request.Method == "POST");
    }

    [Fact]
    public async Task a_waiting_order_is_filled_in_parts_and_its_rest_is_cancelled_when_it_is_too_old()
    {
        var app = await StartAsync(settings => settings with { OrderPlacement = OrderPlacement.LimitGtc, OrderTimeoutSeconds = 5 });
        var journal = app.Services.GetRequiredService<TradeJournal>();
        // More than the steps within its price hold.
        var ending = TradeAsync(app, 1, 0.01m, margin: 0.02m);
        await ExchangeSystem.UntilAsync(async () => (await journal.TradeAsync(ExchangeAccount.TradeId(1), default))?.State is
        {
            ExchangeOrderId: not null,
            Fills.Count: > 0, Execution: null
        });
        _venue.SetPrice(60_000);
        var trade = await ending;
        Assert.Equal(TradeOutcome.PartiallyFilled, trade.Execution!.Outcome);
        Assert.True(trade.Fills.Count >= 3, $"{trade.Fills.Count} fills");
        Assert.Equal(SimStatus.Canceled, Assert.Single(_venue.Orders).Status);
        await AgreesAsync(app);
    }

    [Fact]
    public async Task an_exit_takes_what_the_book_gives_where_other_orders_only_wait_in_it()
    {
        var app = await StartAsync(settings => settings with { OrderPlacement = OrderPlacement.PostOnly });
        var waiting = TradeAsync(app, 1, 0.003m);
        await ExchangeSystem.UntilAsync(() => Task.FromResult(_venue.Orders.Count == 1));
        Assert.Equal(SimStatus.New, _venue.Orders[0].Status);
        _venue.SetPrice(Price - 100);
        Assert.Equal(TradeOutcome.Filled, (await waiting).Execution!.Outcome);
        var exit = await TradeAsync(app, 2, 0.002m, sells: true, exit: ExitReason.StopLoss);
        Assert.Equal((OrderPlacement.LimitIoc, TradeOutcome.Filled), (exit.Placed!.Sent!.Placement, exit.Execution!.Outcome));
        await AgreesAsync(app);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task a_halt_or_a_reduction_to_sales_lets_no_buy_out_and_cancels_one_that_waits(bool reduced)
    {
        var app = await StartAsync(settings => settings with { OrderPlacement = OrderPlacement.LimitGtc });
        var journal = app.Services.GetRequiredService<TradeJournal>();
        var waiting = TradeAsync(app, 1, 0.01m, margin: -100);
        await ExchangeSystem.UntilAsync(() => Task.FromResult(_venue.Orders.Count == 1));
        await journal.DecideAsync("main",
            reduced ? new ReduceTrading("kim", "news", DateTimeOffset.UtcNow) : new HaltTrading("kim", "news", DateTimeOffset.UtcNow),
            "test", default);
        Assert.Equal(TradeOutcome.Cancelled, (await waiting).Execution!.Outcome);
        var sent = _simulator.Requests.Count(request => request.Method == "POST");
        var kept = (await TradeAsync(app, 2, 0.001m)).Execution!;
        Assert.Equal((TradeOutcome.Cancelled, $"trading was {(reduced ? "reduced to sales" : "halted")} before the order was placed"),
            (kept.Outcome, kept.Reason));
        Assert.Equal(sent, _simulator.Requests.Count(request => request.Method == "POST"));
    }

    [Fact]
    public async Task a_stop_waits_on_the_exchange_through_a_halt_and_a_restart_and_is_booked_when_it_has_gone_off()
    {
        var app = await StartAsync();
        await TradeAsync(app, 1, 0.003m);
        var journal = app.Services.GetRequiredService<TradeJournal>();
        var assessed = await ExchangeAccount.ApproveAsync(journal, 2, Price, 2000, 0.002m, sells: true, stop: 59_000);
        Assert.Null(await app.Services.GetRequiredService<TradeExecution>()
            .ExecuteAsync(assessed.TradeId, "test", TimeSpan.FromMilliseconds(500), default));
        var stop = _venue.Orders[^1];
        Assert.Equal((SimKind.StopLimit, 59_000m, 58_000m, SimStatus.New), (stop.Kind, stop.Stop, stop.Limit, stop.Status));
        await journal.DecideAsync("main", new HaltTrading("kim", "news", DateTimeOffset.UtcNow), "test", default);
        await StopAsync(app);

        // The comparison knows the waiting stop for one of ours.
        var next = await StartAsync();
        Assert.Equal(SimStatus.New, stop.Status);
        _venue.SetPrice(58_900);
        journal = next.Services.GetRequiredService<TradeJournal>();
        await ExchangeSystem.UntilAsync(
            async () => (await journal.TradeAsync(assessed.TradeId, default))!.State.Execution?.Outcome == TradeOutcome.Filled);
        await AgreesAsync(next);
    }

    [Fact]
    public async Task a_stop_that_the_exchange_refuses_becomes_a_sale_at_market()
    {
        var app = await StartAsync();
        await TradeAsync(app, 1, 0.003m);
        _venue.SetPrice(58_900);
        var trade = await TradeAsync(app, 2, 0.002m, margin: 2000, sells: true, stop: 59_000);
        Assert.Equal((TradeOutcome.Filled, OrderPlacement.Market), (trade.Execution!.Outcome, trade.Placed!.Sent!.Placement));
        Assert.Equal(SimKind.Market, _venue.Orders[^1].Kind);
        Assert.Equal(2, _venue.Orders.Count);
        await AgreesAsync(app);
    }

    [Fact]
    public async Task two_replicas_that_get_the_same_message_send_one_order()
    {
        var first = await StartAsync();
        var second = await StartAsync();
        var journal = first.Services.GetRequiredService<TradeJournal>();
        for (var number = 1; number <= 20; number++)
        {
            var assessed = await ExchangeAccount.ApproveAsync(journal, number, Price, 400, 0.001m, false);
            var both = await Task.WhenAll(new[] { first, second }.Select(app =>
                app.Services.GetRequiredService<TradeExecution>()
                    .ExecuteAsync(assessed.TradeId, "test", TimeSpan.FromSeconds(30), default)));
            Assert.Equal(JournalRecord.Text(both[0]!.Execution), JournalRecord.Text(both[1]!.Execution));
        }
        Assert.Equal(20, _venue.Orders.Count);
        await AgreesAsync(first);
    }

    [Fact]
    public async Task what_was_filled_while_nobody_was_there_is_found_at_the_next_start()
    {
        var app = await StartAsync(settings => settings with { OrderPlacement = OrderPlacement.LimitGtc });
        var journal = app.Services.GetRequiredService<TradeJournal>();
        var assessed = await ExchangeAccount.ApproveAsync(journal, 1, Price, -100, 0.001m, false);
        Assert.Null(await app.Services.GetRequiredService<TradeExecution>()
            .ExecuteAsync(assessed.TradeId, "test", TimeSpan.FromMilliseconds(500), default));
        await StopAsync(app);
        _venue.SetPrice(59_800);

        var next = await StartAsync();
        await ExchangeSystem.UntilAsync(async () => (await next.Services.GetRequiredService<TradeJournal>()
            .TradeAsync(assessed.TradeId, default))!.State.Execution?.Outcome == TradeOutcome.Filled);
        Assert.Single(_venue.Orders);
        await AgreesAsync(next);
    }

    [Fact]
    public async Task an_order_that_cannot_be_booked_keeps_no_other_from_its_end()
    {
        var app = await StartAsync(settings => settings with { OrderPlacement = OrderPlacement.LimitGtc });
        var (journal, execution) = (app.Services.GetRequiredService<TradeJournal>(), app.Services.GetRequiredService<TradeExecution>());
        var waiting = new List<Guid>();
        for (var number = 1; number <= 3; number++)
        {
            waiting.Add((await ExchangeAccount.ApproveAsync(journal, number, Price, -100, 0.001m, false)).TradeId);
            Assert.Null(await execution.ExecuteAsync(waiting[^1], "test", TimeSpan.Zero, default));
        }
        // Of the orders that are looked at one after the other, the first is filled with more than was asked for; all at one moment.
        waiting.Sort();
        _simulator.RefuseAll(503);
        _venue.Fill(_venue.Orders.Single(order => order.ClientId == DerivedId.ClientOrderId(waiting[0])), 0.002m);
        _venue.SetPrice(59_800);
        _simulator.RefuseAll(0);
        await ExchangeSystem.UntilAsync(async () => (await StateAsync(journal)).Reservations.Keys.SequenceEqual([waiting[0]]));

        foreach (var tradeId in waiting[1..])
            Assert.Equal(TradeOutcome.Filled, (await journal.TradeAsync(tradeId, default))!.State.Execution!.Outcome);
        await ExchangeSystem.UntilAsync(async () => (await StateAsync(journal)).State == TradingState.Halted);
        var doubt = (await JournalRecord.ReadAsync(_database)).AccountEvents.OfType<ImplausibleFillFound>().Single();
        Assert.Equal((waiting[0], "0.002 filled of an order of 0.001"), (doubt.TradeId, doubt.Reason));
    }

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

    private async Task MeetAsync(Venue venue)
    {
        if (_simulator is not null)
            await _simulator.DisposeAsync();
        (_venue, _simulator) = (venue, new(venue, Faults.None, TimeProvider.System, "key", "secret"u8.ToArray()));
        venue.Deposit("USDT", ExchangeAccount.CashUsd);
        await _simulator.StartAsync();
    }

    private async Task<WebApplication> StartAsync(Func<TradingSettings, TradingSettings>? change = null, bool active = true)
    {
        // Money and units from nowhere are told here; what is booked by itself has tests of its own.
        var settings = (change ?? (given => given))(ExchangeAccount.Settings(_simulator.Address) with { BookDeposits = false });
        var app = await InProcessSystem.BuildAsync(settings, _database, trading => trading.AddExecutor());
        _apps.Add(app);
        var journal = app.Services.GetRequiredService<TradeJournal>();
        await ExchangeAccount.OpenAsync(journal, settings);
        await app.StartAsync();
        await ExchangeSystem.UntilAsync(async () => (await StateAsync(journal)).External is { } external && (!active || !external.Pending));
        return app;
    }

    private async Task StopAsync(WebApplication app)
    {
        _apps.Remove(app);
        await app.StopAsync();
        await HangGuard.EndAsync(app);
    }

    private static async Task<Portfolio> StateAsync(TradeJournal journal) => (await journal.AccountAsync("main", default))!.State;

    // Approved, told, and ended.
    private static async Task<Trade> TradeAsync(WebApplication app, int number, decimal quantity, decimal margin = 400, bool sells = false,
        decimal? stop = null, ExitReason? exit = null)
    {
        var journal = app.Services.GetRequiredService<TradeJournal>();
        var assessed = await ExchangeAccount.ApproveAsync(journal, number, Price, margin, quantity, sells, stop, exit);
        await app.Services.GetRequiredService<IBus>()
            .Publish(assessed, publish => publish.MessageId = DerivedId.Message(assessed.TradeId, nameof(RiskAssessed)));
        await ExchangeSystem.UntilAsync(async () => (await journal.TradeAsync(assessed.TradeId, default))!.State.Execution is not null);
        return (await journal.TradeAsync(assessed.TradeId, default))!.State;
    }

    private static async Task ComparedAsync(WebApplication app) =>
        Assert.True(await ActivatorUtilities.CreateInstance<Reconciliation>(app.Services).CompareAsync(default));

    // Journal and exchange, to the last unit, and no difference is told.
    private async Task AgreesAsync(WebApplication app)
    {
        await ComparedAsync(app);
        var account = await StateAsync(app.Services.GetRequiredService<TradeJournal>());
        Assert.Empty(account.External!.Differences);
        Assert.Equal((_venue.Balance("USDT"), _venue.Balance("BTC")),
            (account.CashUsd, account.PositionIn(InProcessSystem.Symbol).Quantity));
    }
}
