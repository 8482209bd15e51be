using Trading.Contracts;
using Trading.TestKit.Exchanges;
using Trading.TestKit.Pipeline;
using Xunit;

namespace Trading.Integration.Tests.Exchanges;

/// <summary>While an exchange does not tell its rules, sales go by the last ones that are known, and nothing is bought.</summary>
[Collection(nameof(SerialTest))]
public sealed class StaleRulesTests : SerialTest
{
    [Theory]
    [InlineData("binance", "exchangeInfo")]
    [InlineData("coinbase", "/products/")]
    public async Task a_position_is_sold_by_a_new_process_that_was_never_told_the_rules(string name, string rules)
    {
        await using var system = await ExchangeSystem.CreateAsync(name);
        var first = await system.StartAsync();
        Assert.Equal(TradeOutcome.Filled, (await system.TradeAsync(first, 0.002m)).Execution!.Outcome);
        await system.CrashAsync(first);
        // The rules alone: the account is compared and orders are taken.
        system.Simulator.Instead = (_, path, _) => path.Contains(rules, StringComparison.OrdinalIgnoreCase) ? (503, "{}") : null;

        var second = await system.StartAsync();
        var sold = await system.TradeAsync(second, 0.001m, sells: true);
        Assert.Equal((TradeOutcome.Filled, 0.001m), (sold.Execution!.Outcome, sold.Execution.FilledQuantity));
        Assert.Equal(2, system.Market.Orders.Count);
    }
}
