using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Trading.Contracts;
using Trading.Core;
using Trading.Hosting.Alerts;
using Trading.Services;
using Trading.TestKit.Exchanges;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Programs;
using Xunit;
using static Trading.TestKit.Exchanges.ExchangeSystem;

namespace Trading.Integration.Tests.Exchanges;

/// <summary>
/// What orders meet on an exchange: shared cash, fees that leave too little to sell, clocks, late answers, queued cancellations.
/// </summary>
public sealed class OrderHazardTests
{
    public static TheoryData<string> Both => ["binance", "coinbase"];

    [Theory]
    [MemberData(nameof(Both))]
    public async Task two_symbols_share_the_cash_and_never_order_more_than_there_is(string name)
    {
        var (system, talk) = await ExchangeTalk.CreateAsync(name);
        await using var _ = system;
        system.AddMarket("ETH", 3000);
        system.Settings = system.Settings with { MaxPositionShare = 1, MaxExposureShare = 1, CashReserveShare = 0 };
        var app = await talk.StartAsync();
        system.Market.Deposit(system.Quote, 1400 - ExchangeAccount.CashUsd);
        await system.DecideAsync(new AdjustCash(1400 - ExchangeAccount.CashUsd, "kim", "out", system.Clock.GetUtcNow()));
        var asked = await Task.WhenAll(talk.AskAsync(app, Direction.Up), talk.AskAsync(app, Direction.Up, "ETH-USD"));
        foreach (var trade in asked.Where(trade => trade.Assessment!.Verdict == Verdict.Approved))
            await UntilAsync(async () => (await system.TradeAsync(trade.TradeId)).Execution is not null, "it does not end");
        // Each alone would be 900 USD: the second fits into what the first leaves.
        Assert.All(asked, trade => Assert.InRange(
            trade.Assessment!.Order?.ReservedUsd ?? 0, 0, trade.Assessment.CashUsd - trade.Assessment.ReservedUsd));
        Assert.True(asked.Sum(trade => trade.Assessment!.Order?.ReservedUsd ?? 0) >= 900);
        var ends = await Task.WhenAll(asked.Select(async trade => (await system.TradeAsync(trade.TradeId)).Execution));
        Assert.InRange(ends.Sum(end => end is null ? 0 : end.FilledQuantity * end.AveragePrice + end.FeeUsd), 850, 1400);
        Assert.All(system.Market.Balances, balance => Assert.True(balance.Value >= 0, $"{balance}"));
        await system.AgreesAsync(app);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task what_is_bought_can_be_sold_or_is_not_bought(string name)
    {
        // The least order of the exchange, and an amount that is just above it.
        var (system, talk) = await ExchangeTalk.CreateAsync(name, rules => rules with { LeastNotional = 10, FeePercent = 0.6m });
        await using var _ = system;
        system.Settings = system.Settings with { MaxTradeAmountUsd = 11.5m, LeastOrderValueUsd = 10 };
        var app = await talk.StartAsync();
        var refused = await talk.AskAsync(app, Direction.Up);
        Assert.Equal(RiskRule.Sellable, refused.Assessment!.Refusal);
        var check = refused.Assessment.Checks.Single(check => check.Rule == RiskRule.Sellable);
        Assert.True(check is { Passed: false, Limit: 10, Observed: < 10 }, $"{check}");
        Assert.Empty(system.Market.Orders);
        await system.CrashAsync(app);

        system.Settings = system.Settings with { MaxTradeAmountUsd = 14 };
        await system.DecideAsync(new SetLimits(system.Settings.Limits(), "kim", "larger", system.Clock.GetUtcNow()));
        app = await talk.StartAsync();
        await talk.EnterAsync(app);
        await talk.RestsAsync(app);
        system.Market.SetPrice(56_900);
        await UntilAsync(async () => (await system.StateAsync()).Reservations.IsEmpty, "the stop did not sell");
        Assert.False((await system.StateAsync()).HoldsSellable());
        await system.AgreesAsync(app);
    }

    [Theory]
    [InlineData("binance", -5)]
    [InlineData("coinbase", -5)]
    [InlineData("binance", -40)]
    [InlineData("coinbase", 40)]
    public async Task a_clock_that_is_off_is_told_once_in_status_alert_and_log_and_orders_go_on(string name, int minutes)
    {
        var (system, talk) = await ExchangeTalk.CreateAsync(name);
        await using var _ = system;
        // The exchange's clock is the right one.
        system.Clock.Advance(TimeSpan.FromMinutes(-minutes));
        system.Simulator.ClockOffset = TimeSpan.FromMinutes(minutes);
        system.Market.DatedBy = TimeSpan.FromMinutes(minutes);
        var app = await talk.StartAsync();
        await talk.EnterAsync(app);
        await talk.RestsAsync(app);
        var sale = await talk.AskAsync(app, Direction.Down);
        await UntilAsync(async () => (await system.TradeAsync(sale.TradeId)).Execution is not null, "the sale does not end");
        Assert.Equal(TradeOutcome.Filled, (await system.TradeAsync(sale.TradeId)).Execution!.Outcome);
        await system.AgreesAsync(app);

        var side = minutes < 0 ? "ahead" : "behind";
        Assert.InRange(Assert.Single(await system.EventsAsync<ExchangeClockOff>()).AheadSeconds * Math.Sign(-minutes),
            60 * Math.Abs(minutes) - 2, 60 * Math.Abs(minutes) + 2);
        Assert.Single(await ExchangeTalk.StatusAsync(app), line => line.Contains($" s {side} of ", StringComparison.Ordinal));
        var stored = (await JournalRecord.ReadAsync(system.Database)).Stored.Single(stored => stored.Event() is ExchangeClockOff);
        Assert.Contains($" s {side} of {name}'s: set it right", EventAlerts.Of(stored)!.Text, StringComparison.Ordinal);
        var log = app.Services.GetServices<ILoggerProvider>().OfType<LogCapture>().Single();
        Assert.Single(log.Lines, line => line.StartsWith("This machine's clock is ", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task an_answer_that_comes_after_those_to_later_questions_changes_nothing(string name)
    {
        var (system, talk) = await ExchangeTalk.CreateAsync(name);
        await using var _ = system;
        // So long that only the test ends the wait for the answer.
        system.Settings = system.Settings with { ExchangeTimeoutSeconds = 60 };
        var app = await talk.StartAsync();
        await system.StartAsync(passes: false);
        var held = new TaskCompletionSource();
        system.Simulator.HoldsOrders = held.Task;
        var purchase = await talk.AskAsync(app, Direction.Up);
        await UntilAsync(async () => (await system.TradeAsync(purchase.TradeId)).Execution is not null, "nobody asks for the order");
        held.SetResult();
        system.Simulator.HoldsOrders = null;
        await talk.RestsAsync(app);
        Assert.Equal(2, system.Market.Orders.Count);
        await system.AgreesAsync(app);
    }

    [Fact]
    public async Task an_order_that_waits_in_one_market_lets_the_fills_of_others_be_asked_for_from_the_last_comparison_on()
    {
        await using var system = await ExchangeSystem.CreateAsync("coinbase");
        system.AddMarket("ETH", 3000);
        system.Settings = system.Settings with { OrderPlacement = OrderPlacement.LimitGtc };
        var app = await system.StartAsync();
        var started = system.Clock.GetUtcNow();
        var waiting = await system.TellAsync(app, 0.001m, margin: -1000);
        await UntilAsync(async () => (await system.TradeAsync(waiting)).ExchangeOrderId is not null);
        // As a program that starts while the order waits.
        var comparison = ActivatorUtilities.CreateInstance<Reconciliation>(app.Services);
        await comparison.CompareAsync(default);
        var before = system.Simulator.Count;
        await comparison.CompareAsync(default);

        var asked = system.Simulator.Requests.Skip(before).Where(request => request.Query.Contains("product_ids=ETH-USD&start_sequence",
            StringComparison.Ordinal)).Select(request => DateTimeOffset.Parse(
                request.Query.Split("start_sequence_timestamp=")[1].Split('&')[0], CultureInfo.InvariantCulture));
        // Two minutes from before it too, for a fill may be listed late; not a day.
        Assert.All(asked, since => Assert.True(since > started.AddMinutes(-3), $"{since}"));
        Assert.NotEmpty(asked);
        system.Market.SetPrice(58_000);
        await UntilAsync(async () => (await system.TradeAsync(waiting)).Execution is not null);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task an_order_is_taken_off_with_one_request_however_long_that_takes_and_whoever_asks(string name)
    {
        var (system, talk) = await ExchangeTalk.CreateAsync(name);
        await using var _ = system;
        var app = await talk.StartAsync();
        await talk.EnterAsync(app);
        await talk.RestsAsync(app);
        if (system.Simulator is CoinbaseSimulator coinbase)
            coinbase.QueuesCancellations = TimeSpan.FromSeconds(3);
        else
            system.Simulator.LostAfterCancel = true;
        var sale = await talk.AskAsync(app, Direction.Down);
        await UntilAsync(() => Task.FromResult(system.Simulator.Requests.Any(IsCancellation)), "nothing is taken off");
        system.Simulator.RefuseAll(0);
        await UntilAsync(async () => (await system.TradeAsync(sale.TradeId)).Execution is not null, "the sale does not end");
        Assert.Equal(TradeOutcome.Filled, (await system.TradeAsync(sale.TradeId)).Execution!.Outcome);
        Assert.Single(system.Simulator.Requests, IsCancellation);
        await system.AgreesAsync(app);
    }

    private static bool IsCancellation(SimRequest request) =>
        request.Method == "DELETE" || request.Path.EndsWith("batch_cancel", StringComparison.Ordinal);
}
