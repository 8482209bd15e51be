using System.Collections.Concurrent;
using System.Text.Json;
using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Trading.Contracts;
using Trading.Core;
using Trading.Hosting.Control;
using Trading.Hosting.Settings;
using Trading.Journal.Events;
using Trading.Services;
using Trading.TestKit.Audit;
using Trading.TestKit.Exchanges;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Programs;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Exchanges;

/// <summary>
/// Stops that RiskManager sets and the Executor keeps on an exchange, from the purchase to the sale, on a simulated Binance and a simulated
/// Coinbase.
/// </summary>
public sealed class RestingStopTests : IAsyncLifetime, IAsyncDisposable
{
    private const string CoinbaseKeyId = "organizations/1/apiKeys/2";

    private readonly List<WebApplication> _apps = [];
    private readonly ExecutedApprovals _executed = new();
    private SimulatedExchange _simulator = null!;
    private TradingSettings _settings = null!;
    private DateTimeOffset _second;
    private string _database = "";
    private TradeJournal? _journal;

    private Venue Market => _simulator.Venue;

    private SimOrder Stop => Market.Orders.Last(order => order.Stop is not null);

    public async Task InitializeAsync() => _database = await PostgresServer.CreateDatabaseAsync();

    async ValueTask IAsyncDisposable.DisposeAsync() => await DisposeAsync();

    public async Task DisposeAsync()
    {
        foreach (var app in _apps)
            await HangGuard.EndAsync(app);
        if (_journal is not null)
            await _journal.DisposeAsync();
        await HangGuard.EndAsync(_simulator);
    }

    [Theory]
    [InlineData("binance")]
    [InlineData("coinbase")]
    public async Task a_purchase_gets_a_stop_on_the_exchange_that_goes_off_between_two_prices_and_is_booked_by_its_fills(string name)
    {
        var app = await StartAsync(name);
        await EnterAsync(app);
        await SayAsync(app, 60_000);
        await RestsAsync();
        var held = Lots((await StateAsync()).PositionIn(InProcessSystem.Symbol).Quantity);
        Assert.Equal((SimKind.StopLimit, held), (Stop.Kind, Stop.Quantity));
        Assert.InRange(Stop.Stop!.Value, 56_990, 57_010);
        Assert.InRange(Stop.Limit!.Value, Stop.Stop.Value * 0.99m, Stop.Stop.Value * 0.99m + 0.01m);
        await ComparedAsync(app);
        // The same price and the next one want no second one.
        await SayAsync(app, 60_010);
        Assert.Single((await StateAsync()).Reservations);

        Market.SetPrice(56_800);
        Market.SetPrice(60_000);
        await ExchangeSystem.UntilAsync(async () => (await StateAsync()).Reservations.IsEmpty);
        var journal = await AgreesAsync(app);
        var stop = journal.Trades.Single(trade => trade.Assessed.Assessment.Order?.Type == OrderType.Stop);
        Assert.Equal((TradeOutcome.Filled, held), (stop.Execution!.Outcome, stop.Execution.FilledQuantity));
        Assert.Equal(
            Market.Fills.Where(fill => fill.OrderId == Stop.Id).Select(fill => $"{fill.TradeId}"),
            journal.Stored.Where(happened => happened.StreamId == Trade.StreamId(stop.Assessed.TradeId))
                .Select(happened => happened.Event()).OfType<OrderFilled>().Select(fill => fill.ExchangeTradeId));
        Assert.NotNull(journal.Account!.LastOrders![InProcessSystem.Symbol].ExitAt);
        // Nothing of worth is left, and nothing is set for it.
        await SayAsync(app, 60_020);
        Assert.Empty((await StateAsync()).Reservations);

        var why = await AuditProgram.RunAsync(_database, null, "why", stop.Assessed.TradeId.ToString());
        Assert.Contains("needed a stop on the exchange at 57", why.Output.ReplaceLineEndings(" "), StringComparison.Ordinal);
        var list = await AuditProgram.RunAsync(_database, null, "list", "--json");
        Assert.Contains("stop-loss on the exchange", list.Output, StringComparison.Ordinal);
        var show = await AuditProgram.RunAsync(_database, null, "show", stop.Assessed.TradeId.ToString());
        Assert.Contains($"stop at {Stop.Stop.Value:0.##}", show.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("binance")]
    [InlineData("coinbase")]
    public async Task a_sale_takes_the_stop_off_first_and_then_sells(string name)
    {
        var app = await StartAsync(name);
        await EnterAsync(app);
        await SayAsync(app, 60_000);
        await RestsAsync();
        // Who set the stop asks for it once more; it is not to be the one that finds it taken off.
        var stopId = (await StateAsync()).Reservations.Keys.Single();
        await ExchangeSystem.UntilAsync(() => Task.FromResult(_executed.Of(stopId)));
        await SayAsync(app, Fall(Next(60_000)));
        await ExchangeSystem.UntilAsync(async () => (await StateAsync()).Reservations.IsEmpty);

        Assert.Equal([SimStatus.Filled, SimStatus.Canceled, SimStatus.Filled], Market.Orders.Select(order => order.Status));
        var sent = _simulator.Requests.Where(request =>
            request.Method == "DELETE" || (request.Method == "POST" && request.Path.Contains("order", StringComparison.Ordinal))).ToList();
        Assert.True(sent[^2].Method == "DELETE" || sent[^2].Path.EndsWith("batch_cancel", StringComparison.Ordinal), $"{sent[^2]}");
        var journal = await AgreesAsync(app);
        var (stop, sale) = (journal.Trades.Single(trade => trade.Assessed.Assessment.Order?.Type == OrderType.Stop), journal.Trades[^1]);
        // The first to see the end books it: the process that sells, or the check of open orders, which has the word of the exchange.
        Assert.Equal(TradeOutcome.Cancelled, stop.Execution!.Outcome);
        Assert.Contains(stop.Execution.Reason, new[] { $"taken off for trade {sale.Assessed.TradeId}", $"CANCELLED on {name}",
            $"CANCELED on {name}" });
        Assert.Equal(TradeOutcome.Filled, sale.Execution!.Outcome);
    }

    [Theory]
    [InlineData("binance")]
    [InlineData("coinbase")]
    public async Task a_sale_that_the_stop_forestalls_ends_without_a_second_sale(string name)
    {
        var app = await StartAsync(name);
        await EnterAsync(app);
        await SayAsync(app, 60_000);
        await RestsAsync();
        // It goes off while its cancellation is on its way.
        _simulator.BeforeCancel = () => Market.SetPrice(56_800);
        await SayAsync(app, Fall(Next(60_000)));
        await ExchangeSystem.UntilAsync(async () => (await StateAsync()).Reservations.IsEmpty);

        Assert.Equal([SimStatus.Filled, SimStatus.Filled], Market.Orders.Select(order => order.Status));
        var journal = await AgreesAsync(app);
        Assert.Equal(TradeOutcome.Cancelled, journal.Trades[^1].Execution!.Outcome);
        Assert.StartsWith("its stop had sold before it was placed: 0", journal.Trades[^1].Execution!.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task a_sale_that_waits_for_a_better_price_does_not_keep_the_position_from_its_stop()
    {
        var app = await StartAsync("binance", placement: OrderPlacement.PostOnly);
        await SayAsync(app, Told(Next(60_000), 1.01, Direction.Up));
        await ExchangeSystem.UntilAsync(() => Task.FromResult(Market.Orders.Count == 1));
        Market.SetPrice(59_990);
        await ExchangeSystem.UntilAsync(async () => (await StateAsync()).TradesSettled == 1);
        await SayAsync(app, 60_000);
        await RestsAsync();
        // It takes the stop off, and waits at the price at which it was decided.
        await SayAsync(app, Fall(Next(60_000)));
        await ExchangeSystem.UntilAsync(() => Task.FromResult(Market.Orders.Count(order => order.Kind == SimKind.PostOnly) == 2));
        await ExchangeSystem.UntilAsync(async () => (await StateAsync()).Reservations.Count == 1);
        var sale = (await StateAsync()).Reservations.Keys.Single();
        await ExchangeSystem.UntilAsync(async () => (await TradeAsync(sale)).ExchangeOrderId is not null);

        Market.SetPrice(56_500);
        await SayAsync(app, 56_500);
        await ExchangeSystem.UntilAsync(async () => (await StateAsync()).Reservations.IsEmpty);
        await SayAsync(app, 56_490);
        await ExchangeSystem.UntilAsync(async () => (await StateAsync()) is { Reservations.IsEmpty: true, TradesSettled: 2 });

        Assert.Equal(
            [(SimKind.PostOnly, SimStatus.Filled), (SimKind.StopLimit, SimStatus.Canceled), (SimKind.PostOnly, SimStatus.Canceled),
                (SimKind.LimitIoc, SimStatus.Filled)],
            Market.Orders.Select(order => (order.Kind, order.Status)));
        await AgreesAsync(app);
        Assert.Equal(("risk-manager", "StopLoss of BTC-USD is due at 56500"),
            ((await TradeAsync(sale)).Cancel!.By, (await TradeAsync(sale)).Cancel!.Reason));
    }

    [Theory]
    [InlineData("binance")]
    [InlineData("coinbase")]
    public async Task a_stop_that_the_market_has_passed_is_refused_and_the_position_is_sold_at_market(string name)
    {
        var app = await StartAsync(name);
        await EnterAsync(app);
        Market.SetPrice(56_000);
        await SayAsync(app, 60_000);
        await ExchangeSystem.UntilAsync(async () => (await StateAsync()) is { Reservations.IsEmpty: true, TradesSettled: 2 });

        Assert.Equal([SimKind.LimitIoc, SimKind.Market], Market.Orders.Select(order => order.Kind));
        var journal = await AgreesAsync(app);
        Assert.Single(journal.Stored, happened => happened.Type == "order_replaced");
    }

    // A second process read the trade before its stop was replaced, and hears of the sale that took the stop's place.
    [Theory]
    [InlineData("binance")]
    [InlineData("coinbase")]
    public async Task a_sale_in_place_of_a_stop_is_not_held_against_the_stop_by_a_process_that_read_the_trade_before(string name)
    {
        var app = await StartAsync(name);
        await EnterAsync(app);
        Market.SetPrice(56_000);
        Task<TradeExecuted?>? second = null;
        var asking = new ManualResetEventSlim();
        _simulator.Instead = (method, path, _) =>
        {
            if (!path.Contains("order", StringComparison.Ordinal))
                return null;
            if (method == "GET" && second is not null && !asking.IsSet)
            {
                asking.Set();
                Assert.True(SpinWait.SpinUntil(() => Market.Orders.Any(order => order.Kind == SimKind.Market), HangGuard.Limit));
            }
            if (method != "POST" || second is not null)
                return null;
            var stop = StateAsync().GetAwaiter().GetResult().Reservations.Keys.Single();
            second = app.Services.GetRequiredService<TradeExecution>().ExecuteAsync(stop, "second", TimeSpan.Zero, default);
            Assert.True(asking.Wait(HangGuard.Limit));
            return null;
        };
        await SayAsync(app, 60_000);
        await ExchangeSystem.UntilAsync(async () => (await StateAsync()) is { Reservations.IsEmpty: true, TradesSettled: 2 });
        await second!;
        await AgreesAsync(app);
    }

    [Theory]
    [InlineData("binance")]
    [InlineData("coinbase")]
    public async Task a_stop_that_a_firewall_refuses_sells_nothing_is_reported_and_set_again_when_the_pause_is_over(string name)
    {
        var app = await StartAsync(name);
        await EnterAsync(app);
        _simulator.Instead = (method, path, _) =>
            method == "POST" && path.Contains("order", StringComparison.Ordinal) ? (403, "<html>403</html>") : null;
        await SayAsync(app, 60_000);
        await ExchangeSystem.UntilAsync(async () => (await StateAsync()) is { Reservations.IsEmpty: true } state
            && state.PositionIn(InProcessSystem.Symbol).StopRefused is not null);
        Assert.Single(Market.Orders);
        var control = new JournalControl(app.Services.GetRequiredService<TradeJournal>(), ExchangeAccount.Account, TimeProvider.System);
        Assert.Contains((await control.StatusAsync(default)).Latches,
            line => line.StartsWith("BTC-USD is unprotected: its stop was refused 1 times", StringComparison.Ordinal));
        // Nothing is bought on top of it.
        var rise = Told(Next(60_000), 1.01, Direction.Up);
        await SayAsync(app, rise);
        await ExchangeSystem.UntilAsync(
            async () => await JournalAsync(journal => journal.TradeAsync(DerivedId.Trade(rise.PredictionId), default)) is not null);
        var assessment = (await TradeAsync(DerivedId.Trade(rise.PredictionId))).Assessment!;
        Assert.Equal((Verdict.Refused, RiskRule.Protection), (assessment.Verdict, assessment.Refusal));

        _simulator.Instead = null;
        await ExchangeSystem.UntilAsync(async () =>
        {
            await SayAsync(app, 60_000);
            return Market.Orders.Any(order => order is { Stop: not null, Status: SimStatus.New });
        });
        await AgreesAsync(app);
    }

    [Theory]
    [InlineData("binance")]
    [InlineData("coinbase")]
    public async Task units_that_were_sold_by_hand_are_asked_for_before_their_stop_is_tried_again(string name)
    {
        var app = await StartAsync(name);
        await EnterAsync(app);
        var held = (await StateAsync()).PositionIn(InProcessSystem.Symbol).Quantity;
        Market.Place("web_1", false, SimKind.Market, Lots(held), null, null);
        await SayAsync(app, 60_000);
        await ExchangeSystem.UntilAsync(async () => (await StateAsync()) is { Reservations.IsEmpty: true } state
            && state.PositionIn(InProcessSystem.Symbol).Quantity == held - Lots(held));
        Assert.DoesNotContain(Market.Orders, order => order.Kind == SimKind.Market && order.ClientId != "web_1");
        await SayAsync(app, 60_010);
        await AgreesAsync(app);
    }

    [Theory]
    [InlineData("binance", "REJECTED")]
    [InlineData("coinbase", "FAILED")]
    public async Task a_stop_that_the_exchange_took_and_gave_up_is_sold_at_market_under_an_id_of_its_own_once(string name, string status)
    {
        var app = await StartAsync(name);
        await EnterAsync(app);
        await SayAsync(app, 60_000);
        await RestsAsync();
        // The sale's answer is lost too: it is asked for, and not sent again.
        _simulator.Faults = Faults.None.Then(SimFault.TakenThenCut);
        Market.Fail(Stop);
        await ExchangeSystem.UntilAsync(async () => (await StateAsync()) is { Reservations.IsEmpty: true, TradesSettled: 2 });

        Assert.Equal([SimKind.LimitIoc, SimKind.StopLimit, SimKind.Market], Market.Orders.Select(order => order.Kind));
        var journal = await AgreesAsync(app);
        Assert.InRange(journal.Account!.PositionIn(InProcessSystem.Symbol).Quantity, 0, 0.00001m);
        var stop = journal.Trades.Single(trade => trade.Assessed.Assessment.Order?.Type == OrderType.Stop);
        Assert.Equal((TradeOutcome.Filled, DerivedId.ReplacementOrderId(stop.Assessed.TradeId)),
            (stop.Execution!.Outcome, stop.Execution.ClientOrderId));
        var replaced = Assert.IsType<OrderReplaced>(Assert.Single(journal.Stored, happened => happened.Type == "order_replaced").Event());
        Assert.Contains(status, replaced.Reason, StringComparison.Ordinal);
        var show = await AuditProgram.RunAsync(_database, null, "show", stop.Execution.ClientOrderId);
        Assert.Contains(stop.Assessed.TradeId.ToString(), show.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("binance")]
    [InlineData("coinbase")]
    public async Task a_stop_that_the_exchange_gives_up_while_trading_is_halted_sells_nothing_and_is_set_again_when_it_is_resumed(
        string name)
    {
        var app = await StartAsync(name);
        await EnterAsync(app);
        await SayAsync(app, 60_000);
        await RestsAsync();
        var control = new JournalControl(app.Services.GetRequiredService<TradeJournal>(), ExchangeAccount.Account, TimeProvider.System);
        await control.ActAsync(new(OperatorAction.Halt, "kim", "news"), default);
        Market.Fail(Stop);
        await ExchangeSystem.UntilAsync(async () => (await StateAsync()).Reservations.IsEmpty);
        Assert.Equal([SimKind.LimitIoc, SimKind.StopLimit], Market.Orders.Select(order => order.Kind));

        await control.ActAsync(new(OperatorAction.Resume, "kim", "calm"), default);
        await SayAsync(app, 60_000);
        await RestsAsync();
        await AgreesAsync(app);
    }

    [Theory]
    [InlineData(false, "binance takes no stops in BTC-USD: Trading:StopOnExchange=false does without")]
    [InlineData(true, "HTTP 429")]
    public async Task a_position_whose_stop_cannot_be_set_for_no_fault_of_the_market_is_kept(bool takesStops, string reason)
    {
        var app = await StartAsync("binance", takesStops: takesStops);
        await EnterAsync(app);
        if (takesStops)
        {
            _simulator.Instead = (method, path, sent) => method == "POST" && path.Contains("order", StringComparison.Ordinal)
                && sent.Contains("stop", StringComparison.OrdinalIgnoreCase)
                ? (429, """{"code":-1003,"msg":"Too much request weight used"}""") : null;
        }
        await SayAsync(app, 60_000);
        await ExchangeSystem.UntilAsync(async () => (await StateAsync()).Reservations.IsEmpty);

        var journal = await JournalRecord.ReadAsync(_database);
        var stop = journal.Trades.Single(trade => trade.Assessed.Assessment.Order?.Type == OrderType.Stop);
        Assert.Equal(TradeOutcome.Rejected, stop.Execution!.Outcome);
        Assert.StartsWith(reason, stop.Execution.Reason, StringComparison.Ordinal);
        Assert.Single(Market.Orders);
        Assert.DoesNotContain(journal.Stored, happened => happened.Type == "order_replaced");
    }

    [Theory]
    [InlineData("binance")]
    [InlineData("coinbase")]
    public async Task an_order_that_breaks_a_rule_of_the_exchange_is_refused_by_risk_with_the_rule_on_record_and_never_sent(string name)
    {
        var app = await StartAsync(name, leastNotional: 2000);
        var rise = Told(Next(60_000), 1.01, Direction.Up);
        await SayAsync(app, rise);
        await ExchangeSystem.UntilAsync(
            async () => await JournalAsync(journal => journal.TradeAsync(DerivedId.Trade(rise.PredictionId), default)) is not null);

        var assessment = (await TradeAsync(DerivedId.Trade(rise.PredictionId))).Assessment!;
        Assert.Equal((Verdict.Refused, RiskRule.LeastOrderValue), (assessment.Verdict, assessment.Refusal));
        Assert.Equal(2000, assessment.Checks.Single(check => check.Rule == RiskRule.LeastOrderValue).Limit);
        Assert.Contains(new RiskCheck(RiskRule.ProductTrading, 1, 1, true), assessment.Checks);
        Assert.DoesNotContain(_simulator.Requests,
            request => request.Method == "POST" && request.Path.Contains("order", StringComparison.Ordinal));
        Assert.Single((await AgreesAsync(app)).AccountEvents.OfType<ProductRulesSeen>());
    }

    [Theory]
    [InlineData("binance")]
    [InlineData("coinbase")]
    public async Task an_executor_that_is_killed_between_the_cancellation_and_the_sale_leaves_nothing_behind(string name)
    {
        var app = await StartAsync(name);
        await EnterAsync(app);
        await SayAsync(app, 60_000);
        await RestsAsync();
        _simulator.LostAfterCancel = true;
        await SayAsync(app, Fall(Next(60_000)));
        await ExchangeSystem.UntilAsync(() => Task.FromResult(Stop.Status == SimStatus.Canceled));
        _apps.Remove(app);
        await InProcessSystem.CrashAsync(app);
        Assert.Equal(2, (await StateAsync()).Reservations.Count);
        var sale = (await StateAsync()).Reservations.Single(order => !order.Value.RestsOnExchange()).Key;
        _simulator.RefuseAll(0);

        // The next start finds the sale by itself, or the queue tells it again; where it has become too old for that, the next price
        // protects the position again.
        app = await StartAsync(name);
        if ((await StateAsync()).Reservations.ContainsKey(sale))
            await SayAsync(app, (await TradeAsync(sale)).Assessed());
        await ExchangeSystem.UntilAsync(async () => (await StateAsync()).Reservations.IsEmpty);
        if ((await TradeAsync(sale)).Execution!.Outcome == TradeOutcome.Filled)
            Assert.Equal([SimStatus.Filled, SimStatus.Canceled, SimStatus.Filled], Market.Orders.Select(order => order.Status));
        else
        {
            await SayAsync(app, 60_000);
            await RestsAsync();
            Assert.Equal([SimStatus.Filled, SimStatus.Canceled, SimStatus.New], Market.Orders.Select(order => order.Status));
        }
        await AgreesAsync(app);
    }

    [Fact]
    public async Task a_stop_survives_a_halt_a_larger_position_gets_another_and_one_that_an_operator_cancels_stays_away_until_then()
    {
        var app = await StartAsync("binance");
        await EnterAsync(app);
        await SayAsync(app, 60_000);
        await RestsAsync();
        var control = new JournalControl(app.Services.GetRequiredService<TradeJournal>(), ExchangeAccount.Account, TimeProvider.System);
        await control.ActAsync(new(OperatorAction.Halt, "kim", "news"), default);
        await SayAsync(app, 60_000);
        Assert.Equal(SimStatus.New, Stop.Status);
        await control.ActAsync(new(OperatorAction.Resume, "kim", "calm"), default);

        var order = Assert.Single((await control.StatusAsync(default)).OpenOrders);
        Assert.Equal(Stop.Stop, order.StopPrice);
        await control.ActAsync(new(OperatorAction.Cancel, "kim", "watched by hand") { Order = order.ClientOrderId }, default);
        await ExchangeSystem.UntilAsync(async () => (await StateAsync()).Reservations.IsEmpty);
        await SayAsync(app, 60_000);
        Assert.Empty((await StateAsync()).Reservations);

        for (var purchases = 2; purchases <= 3; purchases++)
        {
            await EnterAsync(app);
            await SayAsync(app, 60_000);
            await RestsAsync(Lots((await StateAsync()).PositionIn(InProcessSystem.Symbol).Quantity));
        }
        Assert.Equal([SimStatus.Canceled, SimStatus.Canceled, SimStatus.New],
            Market.Orders.Where(placed => placed.Stop is not null).Select(placed => placed.Status));
        await ExchangeSystem.UntilAsync(async () => (await StateAsync()).Reservations.Count == 1);
        await AgreesAsync(app);
    }

    [Fact]
    public async Task fees_in_a_third_asset_are_valued_once_and_replay_as_they_were_recorded()
    {
        var app = await StartAsync("binance", feesIn: ("BNB", 612.34m));
        await EnterAsync(app);
        await SayAsync(app, 60_000);
        await RestsAsync();
        Market.SetPrice(56_800);
        await ExchangeSystem.UntilAsync(async () => (await StateAsync()).Reservations.IsEmpty);

        var account = (await AgreesAsync(app)).Account!;
        Assert.Empty(account.Positions);
        Assert.True(account.FeesElsewhereUsd > 1);
        Assert.Equal((account.FeesUsd, account.RealisedUsd - account.FeesUsd), (account.FeesElsewhereUsd, account.RealisedOnDayUsd));
    }

    [Fact]
    public async Task flatten_takes_the_stop_off_and_sells_everything_in_slices_within_the_limits()
    {
        var app = await StartAsync("coinbase");
        for (var purchases = 0; purchases < 3; purchases++)
        {
            await EnterAsync(app);
            await SayAsync(app, 60_000);
            await RestsAsync(Lots((await StateAsync()).PositionIn(InProcessSystem.Symbol).Quantity));
        }
        var control = new JournalControl(app.Services.GetRequiredService<TradeJournal>(), ExchangeAccount.Account, TimeProvider.System);
        await control.ActAsync(new(OperatorAction.Flatten, "kim", "off for the weekend"), default);
        for (var prices = 0; prices < 5 && !(await StateAsync()).Positions.IsEmpty; prices++)
        {
            await SayAsync(app, 60_000);
            await ExchangeSystem.UntilAsync(async () => (await StateAsync()).Reservations.IsEmpty);
        }

        var journal = await AgreesAsync(app);
        Assert.Equal((0, false), (journal.Account!.Positions.Count, journal.Account.Flattening));
        var slices = journal.Trades.Where(trade => trade.Assessed.Assessment.Exit?.Reason == ExitReason.Flatten).ToList();
        Assert.Equal(3, slices.Count);
        Assert.All(slices, slice => Assert.InRange(slice.Execution!.FilledQuantity * 60_000, 1, _settings.MaxTradeAmountUsd));
        Assert.Equal(SimStatus.Canceled, Stop.Status);
    }

    private static decimal Lots(decimal quantity) => Math.Floor(quantity / 0.00001m) * 0.00001m;

    private async Task<WebApplication> StartAsync(string name, (string Asset, decimal Price)? feesIn = null, bool takesStops = true,
        decimal leastNotional = 5, OrderPlacement placement = OrderPlacement.LimitIoc)
    {
        if (_simulator is null)
        {
            Environment.SetEnvironmentVariable($"TRADING_SECRET_TRADING_{name.ToUpperInvariant()}_TEST",
                JsonSerializer.Serialize(name == "binance"
                    ? new { apiKey = "key", apiSecret = "secret" }
                    : new { apiKey = CoinbaseKeyId, apiSecret = ExchangeSystem.CoinbaseKey.ExportECPrivateKeyPem() }));
            var venue = new Venue(new("BTC", name == "binance"
                ? "USDT"
                : "USD")
            { FeeInUnits = name == "binance", FeesIn = feesIn, TakesStops = takesStops, LeastNotional = leastNotional },
                TimeProvider.System);
            venue.Deposit("BNB", 1);
            venue.Deposit(venue.Rules.Quote, ExchangeAccount.CashUsd);
            _simulator = name == "binance"
                ? new BinanceSimulator(venue, Faults.None, TimeProvider.System, "key", "secret"u8.ToArray())
                : new CoinbaseSimulator(venue, Faults.None, TimeProvider.System, CoinbaseKeyId,
                    ExchangeSystem.CoinbaseKey.ExportSubjectPublicKeyInfoPem());
            await _simulator.StartAsync();
            _settings = ExchangeAccount.Settings(_simulator.Address) with
            { Exchange = name, OrderPlacement = placement, Models = ["technical"], DuplicateWindowSeconds = 0, CooldownSeconds = 0 };
        }
        var app = await InProcessSystem.BuildAsync(_settings, _database, trading =>
        {
            trading.AddRiskManager();
            trading.AddExecutor();
        });
        _apps.Add(app);
        await ExchangeAccount.OpenAsync(app.Services.GetRequiredService<TradeJournal>(), _settings);
        app.Services.GetRequiredService<IBus>().ConnectConsumeObserver(_executed);
        var passed = await PassedAsync();
        await app.StartAsync();
        await ExchangeSystem.UntilAsync(async () => await PassedAsync() > passed);
        return app;
    }

    private async Task<int> PassedAsync() => (await JournalAsync(JournalRecord.EventsAsync<ReconciliationPassed>)).Count;

    private async Task EnterAsync(WebApplication app)
    {
        var settled = (await StateAsync()).TradesSettled;
        await SayAsync(app, Told(Next(60_000), 1.01, Direction.Up));
        await ExchangeSystem.UntilAsync(async () => (await StateAsync()).TradesSettled == settled + 1);
    }

    private static PredictionMade Fall(PriceObserved price) => Told(price, 0.99, Direction.Down);

    // Told by the test: an answer from outside, which a replay takes as recorded.
    private static PredictionMade Told(PriceObserved price, double move, Direction direction)
    {
        List<ModelOutput> models = [new("http", (double)price.Price * move, direction, 0.9, null)];
        return InProcessSystem.Rise(price) with { Models = models, Ensemble = Ensemble.Combine(models, price.Price) };
    }

    // Each newer than what was traded before it.
    private PriceObserved Next(decimal price)
    {
        // A second of its own for each, a little ago: nobody believes what is dated ahead.
        var now = DateTimeOffset.UtcNow;
        var earliest = new DateTimeOffset(now.UtcTicks - now.UtcTicks % TimeSpan.TicksPerSecond, TimeSpan.Zero).AddMinutes(-1);
        _second = _second.AddSeconds(1) > earliest ? _second.AddSeconds(1) : earliest;
        var observed = InProcessSystem.Price(price, _second) with
        { IntervalSeconds = 1, PriceId = DerivedId.Price(InProcessSystem.Symbol, 1, _second) };
        return observed with
        { ObservedAt = now, Quotes = [.. observed.Quotes.Select(quote => quote with { Quote = quote.Quote with { QuotedAt = now } })] };
    }

    // A price that is told twice, and a prediction at it that asks for nothing: when that is decided the price was looked at.
    private async Task SayAsync(WebApplication app, decimal price)
    {
        var flat = Told(Next(price), 1, Direction.Stable);
        await SayAsync(app, flat.Price);
        await SayAsync(app, flat.Price);
        await SayAsync(app, flat);
        await ExchangeSystem.UntilAsync(
            async () => await JournalAsync(journal => journal.TradeAsync(DerivedId.Trade(flat.PredictionId), default)) is not null);
    }

    private static async Task SayAsync<T>(WebApplication app, T message)
        where T : class => await app.Services.GetRequiredService<IBus>().Publish(message);

    private Task RestsAsync(decimal? quantity = null) => ExchangeSystem.UntilAsync(() => Task.FromResult(
        Market.Orders.Any(
            order => order is { Stop: not null, Status: SimStatus.New } && (quantity is null || order.Quantity == quantity))));

    private Task<T> JournalAsync<T>(Func<TradeJournal, Task<T>> read) =>
        read(_journal ??= new(_database, new("test", "0"), TimeProvider.System));

    private async Task<Trade> TradeAsync(Guid tradeId) => (await JournalAsync(journal => journal.TradeAsync(tradeId, default)))!.State;

    private async Task<Portfolio> StateAsync() =>
        (await JournalAsync(journal => journal.AccountAsync(ExchangeAccount.Account, default)))!.State;

    private static async Task ComparedAsync(WebApplication app) =>
        Assert.True(await ActivatorUtilities.CreateInstance<Reconciliation>(app.Services).CompareAsync(default));

    // Journal and exchange, to the last unit; no order of ours was placed twice, and the journal replays.
    private async Task<JournalRecord> AgreesAsync(WebApplication app)
    {
        await ComparedAsync(app);
        var journal = await JournalRecord.ReadAsync(_database);
        Assert.Empty(journal.Account!.External!.Differences);
        Assert.Equal((Market.Balance(Market.Rules.Quote), Market.Balance("BTC")),
            (journal.Account.CashUsd, journal.Account.PositionIn(InProcessSystem.Symbol).Quantity));
        Assert.All(Market.Orders.GroupBy(order => order.ClientId), same => Assert.Single(same));
        var replay = new Replay();
        foreach (var happened in journal.Stored)
            Assert.Null(replay.Add(happened.Sequence, happened.StreamId, happened.Version, happened.Event()));
        Assert.Empty(replay.End());
        Assert.Equal(journal.Account.Reservations.Count, replay.OpenOrders);
        return journal;
    }

    // Approvals whose message the Executor is done with.
    private sealed class ExecutedApprovals : IConsumeObserver
    {
        private readonly ConcurrentDictionary<Guid, bool> _trades = [];

        public bool Of(Guid tradeId) => _trades.ContainsKey(tradeId);

        public Task PreConsume<T>(ConsumeContext<T> context)
            where T : class => Task.CompletedTask;

        public Task PostConsume<T>(ConsumeContext<T> context)
            where T : class
        {
            if (context.Message is RiskAssessed assessed)
                _trades[assessed.TradeId] = true;
            return Task.CompletedTask;
        }

        public Task ConsumeFault<T>(ConsumeContext<T> context, Exception exception)
            where T : class => Task.CompletedTask;
    }
}
