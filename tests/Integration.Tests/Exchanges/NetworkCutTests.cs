using Trading.Contracts;
using Trading.TestKit.Exchanges;
using Trading.TestKit.Programs;
using Xunit;
using static Trading.TestKit.Exchanges.ExchangeSystem;

namespace Trading.Integration.Tests.Exchanges;

/// <summary>The connection breaks at a request of a purchase, its stop and its sale: before the exchange hears it, or behind.</summary>
public sealed class NetworkCutTests
{
    // In the long form every request from the purchase to the sale has its turn.
    private static readonly int Requests = LongForm.Or(30, 3);

    [Theory]
    [InlineData("binance", true)]
    [InlineData("binance", false)]
    [InlineData("coinbase", true)]
    [InlineData("coinbase", false)]
    public async Task wherever_the_network_breaks_each_order_has_one_end_and_both_sides_agree(string name, bool carriedOut)
    {
        var (system, talk) = await ExchangeTalk.CreateAsync(name);
        await using var _ = system;
        var app = await talk.StartAsync();
        for (var number = 0; number < Requests; number++)
        {
            // The first requests of a purchase are its own; after it a comparison may be in between.
            system.Simulator.Cut = (number, carriedOut);
            await talk.EnterAsync(app);
            if ((await system.StateAsync()).HoldsSellable())
                await talk.RestsAsync(app);
            await talk.PricesUntilAsync(app, async () =>
            {
                if (!(await system.StateAsync()).HoldsSellable())
                    return true;
                var sale = await talk.AskAsync(app, Direction.Down);
                await UntilAsync(async () => (await system.TradeAsync(sale.TradeId)) is { Execution: not null }
                    or { Assessment.Verdict: not Verdict.Approved }, "a sale does not end");
                return !(await system.StateAsync()).HoldsSellable();
            }, $"it is not sold when the network breaks at request {number}");
            Assert.Null(system.Simulator.Cut);
        }
        await system.AgreesAsync(app);
    }
}
