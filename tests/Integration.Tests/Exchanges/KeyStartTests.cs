using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Trading.Hosting.Settings;
using Trading.TestKit.Exchanges;
using Trading.TestKit.Programs;
using Xunit;

namespace Trading.Integration.Tests.Exchanges;

/// <summary>What the start says about the rights of the key.</summary>
public sealed class KeyStartTests
{
    [Theory]
    [InlineData("binance", "it needs Enable Spot & Margin Trading in API Management")]
    [InlineData("coinbase", "it needs the rights view and trade of one portfolio")]
    public async Task a_key_that_may_not_trade_does_not_start_and_the_line_says_what_to_change(string name, string needs)
    {
        await using var system = await RealAsync(name);
        if (system.Simulator is BinanceSimulator binance)
            binance.KeyTrades = false;
        else
            ((CoinbaseSimulator)system.Simulator).CanTrade = false;
        Assert.Equal($"Trading:ExchangeSecret: {name} says that the key may not trade: {needs}",
            (await Assert.ThrowsAsync<StartException>(() => system.StartAsync())).Message);
    }

    [Fact]
    public async Task a_key_that_may_withdraw_or_works_from_everywhere_starts_with_a_warning()
    {
        await using var system = await RealAsync("binance");
        var binance = (BinanceSimulator)system.Simulator;
        (binance.KeyWithdraws, binance.KeyIsBound) = (true, false);
        var app = await system.StartAsync();
        var lines = app.Services.GetServices<ILoggerProvider>().OfType<LogCapture>().Single().Lines;
        Assert.Single(lines, line => line.StartsWith("The key on binance may withdraw or transfer money: take that right away",
            StringComparison.Ordinal));
        Assert.Single(lines, line => line.StartsWith("The key on binance works from every address", StringComparison.Ordinal));
    }

    [Fact]
    public async Task where_the_rights_are_not_told_it_starts_and_says_so()
    {
        await using var system = await ExchangeSystem.CreateAsync("binance");
        var app = await system.StartAsync();
        Assert.Single(app.Services.GetServices<ILoggerProvider>().OfType<LogCapture>().Single().Lines, line => line.StartsWith(
            "The rights of the key on binance are not checked: binance's test network does not tell what a key may do",
            StringComparison.Ordinal));
        Assert.DoesNotContain(system.Simulator.Requests, request => request.Path.StartsWith("/sapi", StringComparison.Ordinal));
    }

    // Real as far as the Executor knows: only the address is another.
    private static async Task<ExchangeSystem> RealAsync(string name)
    {
        var system = await ExchangeSystem.CreateAsync(name);
        system.Settings = system.Settings with
        {
            ExchangeTestNetwork = false,
            EnableRealTrading = true,
            ExchangeSecret = $"trading/{name}-test",
            JournalReplication = ReplicationKind.Alone,
        };
        return system;
    }
}
