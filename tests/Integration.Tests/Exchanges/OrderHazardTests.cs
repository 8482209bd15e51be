using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Trading.Contracts;
using Trading.Core;
using Trading.Services;
using Trading.TestKit.Exchanges;
using Xunit;
using static Trading.TestKit.Exchanges.ExchangeSystem;

namespace Trading.Integration.Tests.Exchanges;

/// <summary>What orders share on an exchange: cash, the least amount, and the questions about them.</summary>
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
}
