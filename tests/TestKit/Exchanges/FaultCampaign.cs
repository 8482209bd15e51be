using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Trading.Core;
using Trading.Hosting.Background;
using Trading.Hosting.Settings;
using Trading.TestKit.Pipeline;
using Xunit;
using static Trading.TestKit.Exchanges.ExchangeSystem;

namespace Trading.TestKit.Exchanges;

/// <summary>What fault campaigns begin with, and what holds at the end of each.</summary>
internal static class FaultCampaign
{
    /// <summary>So many decisions in a moment are the campaign's own; the bounds of money stay.</summary>
    public static TradingSettings Settings(TradingSettings settings) => settings with
    {
        MaxOrdersPerMinute = 10_000,
        MaxOrdersPerDay = 1_000_000,
        MaxDailyLossShare = 1,
        MaxDrawdownShare = 0,
        MaxLosingTrades = 0,
        MaxUnreviewedExecutions = 0,
        MaxTradeAmountUsd = 300,
    };

    /// <summary>
    /// No order twice and none of nobody, no limit exceeded, no work dead, journal and exchange agree, and a position still leaves at its
    /// stop.
    /// </summary>
    public static async Task EndsWellAsync(ExchangeSystem system, ExchangeTalk talk, WebApplication app)
    {
        await system.DecideAsync(new ResumeTrading("kim", "looked at", system.Clock.GetUtcNow()));
        await UntilAsync(async () =>
        {
            // A message that comes late may still sell what was held; what fees leave of that is too little for a stop.
            if (Sellable(system, await system.StateAsync()))
                await talk.PriceAsync(app);
            else
                await talk.AskAsync(app, Trading.Contracts.Direction.Up);
            return await talk.HasStopAsync();
        }, "no stop rests");
        system.Market.SetPrice(decimal.Round(system.Market.Price * 0.9m, 2));
        await talk.PricesUntilAsync(app, async () => await system.StateAsync() is { Reservations.IsEmpty: true } account
            && !Sellable(system, account), "the exit did not fire");
        var journal = await system.AgreesAsync(app);
        journal.KeepsWithin(system.Settings);
        Assert.Subset(journal.Trades.Select(trade => trade.Execution?.ClientOrderId).OfType<string>().ToHashSet(),
            system.Market.Orders.Select(order => order.ClientId).ToHashSet());
        await UntilAsync(() => Task.FromResult(
            app.Services.GetRequiredService<Supervision>().All.All(work => work.DegradedSince is null)), "a work does not recover");
    }

    private static bool Sellable(ExchangeSystem system, Portfolio account) => account.LimitsIn(InProcessSystem.Symbol) is { } limits
        && limits.IsSellable(account.PositionIn(InProcessSystem.Symbol).Quantity, system.Market.Price);
}
