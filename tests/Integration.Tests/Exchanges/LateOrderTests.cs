using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Trading.Contracts;
using Trading.Core;
using Trading.Journal.Events;
using Trading.Services;
using Trading.Services.Exchanges;
using Trading.TestKit.Exchanges;
using Trading.TestKit.Programs;
using Xunit;
using static Trading.TestKit.Exchanges.ExchangeSystem;

namespace Trading.Integration.Tests.Exchanges;

/// <summary>
/// An order without an answer that the exchange denies: Binance has done so for minutes (ccxt/binance-trade-bot issues 296 and 297),
/// Coinbase for half a minute. It is unknown until its absence is proved, and booked whenever it turns up.
/// </summary>
public sealed class LateOrderTests
{
    public static TheoryData<string> Both => ["binance", "coinbase"];

    // Longer than a request can be on its way there: 3 s until it is sent, 2 s of a receive window or 6 s of a token, and a margin of 2 s.
    private static TimeSpan OnItsWay(string name) => TimeSpan.FromSeconds(name == "binance" ? 8.5 : 12);

    [Theory]
    [MemberData(nameof(Both))]
    public async Task an_order_that_the_exchange_denies_for_a_while_stays_unknown_and_reserved_and_is_then_booked_once(string name)
    {
        await using var system = await ExchangeSystem.CreateAsync(name);
        var app = await system.StartAsync();
        // Taken, the answer lost, and denied by every question for longer than an order can be on its way.
        system.Market.HidesNext = TimeSpan.FromHours(1);
        if (system.Simulator is CoinbaseSimulator coinbase)
            coinbase.ListsNull = true;
        system.Simulator.Faults = Faults.None.Then(SimFault.TakenThenCut);
        var tradeId = await system.TellAsync(app, 0.003m);
        await UntilAsync(async () => (await system.TradeAsync(tradeId)).Unknown);
        await Task.Delay(OnItsWay(name));
        Assert.Null((await system.TradeAsync(tradeId)).Execution);
        Assert.Contains(tradeId, (await system.StateAsync()).Reservations.Keys);

        system.Market.Reveal();
        await UntilAsync(async () => (await system.TradeAsync(tradeId)).Execution is not null);
        Assert.Equal(TradeOutcome.Filled, (await system.TradeAsync(tradeId)).Execution!.Outcome);
        Assert.Single(system.Market.Orders);
        await system.AgreesAsync(app);
    }

    [Theory]
    [InlineData("binance", false)]
    [InlineData("binance", true)]
    [InlineData("coinbase", false)]
    [InlineData("coinbase", true)]
    public async Task an_order_that_turns_up_after_it_had_been_given_up_is_booked_and_nothing_is_bought_until_an_operator_looks(
        string name, bool waits)
    {
        await using var system = await ExchangeSystem.CreateAsync(name);
        system.Settings = system.Settings with { OrderPlacement = waits ? OrderPlacement.LimitGtc : OrderPlacement.LimitIoc };
        var app = await system.StartAsync();
        var tradeId = await GivenUpAsync(system, app, waits);

        system.Market.Reveal();
        if (waits)
            await UntilAsync(() => Task.FromResult(system.Market.Orders.Single().Status == SimStatus.Canceled));
        else
            await UntilAsync(async () => (await system.EventsAsync<ExternalFillBooked>()).Sum(fill => fill.Quantity) == 0.003m);
        Assert.All(await system.EventsAsync<ExternalFillBooked>(), fill => Assert.Equal(tradeId, fill.TradeId));
        await UntilAsync(async () => (await system.StateAsync()).State == TradingState.Reducing);
        await system.AgreesAsync(app);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task an_order_that_turns_up_on_a_halted_account_is_booked_and_the_halt_stands(string name)
    {
        await using var system = await ExchangeSystem.CreateAsync(name);
        system.Settings = system.Settings with { OrderPlacement = OrderPlacement.LimitIoc };
        var app = await system.StartAsync();
        await GivenUpAsync(system, app, waits: false);
        await system.DecideAsync(new HaltTrading("kim", "news", DateTimeOffset.UtcNow));

        system.Market.Reveal();
        await UntilAsync(async () => (await system.EventsAsync<ExternalFillBooked>()).Sum(fill => fill.Quantity) == 0.003m);
        await system.AgreesAsync(app);
        Assert.Equal(TradingState.Halted, (await system.StateAsync()).State);
    }

    [Theory]
    [InlineData(-1, 0)]
    [InlineData(60, 1)]
    public async Task an_order_that_ended_since_the_exchange_was_asked_has_not_turned_up_late(int askedAfterSeconds, int late)
    {
        await using var system = await ExchangeSystem.CreateAsync("binance");
        var app = await system.StartAsync();
        var trade = await system.TradeAsync(app, 0.003m);
        var exchange = DispatchProxy.Create<IExchange, ListsOrder>();
        ((ListsOrder)(object)exchange).Begin(app.Services.GetRequiredService<IExchange>(), trade);
        var differences = new ExchangeDifferences(app.Services.GetRequiredService<TradeJournal>(), exchange, Works.Metrics(),
            system.Settings, new ManualTime(trade.Execution!.ExecutedAt.AddSeconds(askedAfterSeconds)), NullLogger.Instance);

        var found = await differences.FindAsync(
            (await system.JournalAsync(journal => journal.AccountAsync(ExchangeAccount.Account, default)))!, default);
        Assert.Equal(late, found!.LateOrders.Count);
        Assert.Equal(late, found.Found.Findings.OfType<ExternalOrderFound>().Count());
    }

    /// <summary>An exchange whose list of open orders holds one that has ended.</summary>
    public class ListsOrder : DispatchProxy
    {
        private IExchange _exchange = null!;
        private OrderReport _order = null!;

        internal void Begin(IExchange exchange, Trade trade)
        {
            var order = trade.Placed!.Order;
            _exchange = exchange;
            _order = new(trade.ExchangeOrderId!, trade.Placed.ClientOrderId, order.Symbol, order.Side, OrderStatus.Open, order.Quantity, 0,
                order.WorstPrice, [], null, trade.Execution!.ExecutedAt);
        }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
            targetMethod!.Name == nameof(IExchange.OpenOrdersAsync)
                ? Task.FromResult(ExchangeAnswer.Done<IReadOnlyList<OrderReport>>([_order])) : targetMethod.Invoke(_exchange, args);
    }

    // Its order was taken, the answer lost, and an operator ended it.
    private static async Task<Guid> GivenUpAsync(ExchangeSystem system, WebApplication app, bool waits)
    {
        // Only an operator's word ends it while the balances have moved.
        system.Market.HidesNext = TimeSpan.FromHours(1);
        system.Simulator.Faults = Faults.None.Then(SimFault.TakenThenCut);
        var tradeId = await system.TellAsync(app, 0.003m, margin: waits ? -100 : 400);
        await UntilAsync(async () => (await system.TradeAsync(tradeId)).Unknown);
        var (_, version) = (await system.JournalAsync(journal => journal.TradeAsync(tradeId, default)))!;
        await system.JournalAsync(journal => journal.AppendAsync(
            [new(Trade.StreamId(tradeId), version, [new CancelRequested("kim", "nowhere to be seen", DateTimeOffset.UtcNow)])],
            new(tradeId, "test"), default));
        await UntilAsync(async () => (await system.TradeAsync(tradeId)).Execution is not null);
        Assert.Equal(TradeOutcome.Cancelled, (await system.TradeAsync(tradeId)).Execution!.Outcome);
        return tradeId;
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task an_order_that_is_nowhere_and_moved_nothing_is_never_placed_and_its_cash_is_free_again(string name)
    {
        await using var system = await ExchangeSystem.CreateAsync(name);
        var app = await system.StartAsync();
        system.Simulator.Faults = Faults.None.Then(SimFault.LostThenCut);
        var trade = await system.TradeAsync(app, 0.003m);
        Assert.Equal((TradeOutcome.Cancelled,
            $"{name} has no such order, no fill of it, and the balances have not moved: it was never placed"),
            (trade.Execution!.Outcome, trade.Execution.Reason));
        Assert.Equal(TradeOutcome.Filled, (await system.TradeAsync(app, 0.003m)).Execution!.Outcome);
        await system.AgreesAsync(app);
    }
}
