using Trading.Core;
using Trading.TestKit.Exchanges;
using Xunit;
using static Trading.TestKit.Exchanges.ExchangeSystem;

namespace Trading.Integration.Tests.Exchanges;

/// <summary>What an operator settles while a comparison waits for the exchange's answers is not reported or booked again by it.</summary>
public sealed class StaleComparisonTests
{
    [Theory]
    [InlineData("binance")]
    [InlineData("coinbase")]
    public async Task a_difference_that_an_operator_accepts_while_it_is_compared_is_not_reported_again(string name)
    {
        await using var system = await ExchangeSystem.CreateAsync(name);
        var app = await system.StartAsync();
        system.Market.Deposit(system.Quote, -100);
        await UntilAsync(async () => !(await system.StateAsync()).External!.Differences.IsEmpty);
        var asked = AtFills(system, number => number == 1
            ? system.DecideAsync(new AcceptDifferences("kim", "rent", DateTimeOffset.UtcNow)) : Task.CompletedTask);

        await UntilAsync(() => Task.FromResult(asked() > 3));
        Assert.Single(await system.EventsAsync<ExternalBalanceFound>());
        var journal = await system.AgreesAsync(app);
        Assert.Equal(-100, journal.Account!.External!.AcceptedBalances[system.Quote]);
    }

    [Theory]
    [InlineData("binance")]
    [InlineData("coinbase")]
    public async Task a_deposit_that_an_operator_books_while_it_is_compared_is_booked_once(string name)
    {
        await using var system = await ExchangeSystem.CreateAsync(name);
        var app = await system.StartAsync();
        // Paid in after the balances of the first comparison, seen by the second, and about to be booked by the third.
        var asked = AtFills(system, number =>
        {
            if (number == 1)
                system.Market.Deposit(system.Quote, 250.5m);
            return number == 3 ? system.DecideAsync(new AdjustCash(250.5m, "kim", "paid in", DateTimeOffset.UtcNow)) : Task.CompletedTask;
        });

        await UntilAsync(() => Task.FromResult(asked() > 5));
        Assert.Equal(250.5m, (await system.AgreesAsync(app)).Account!.AdjustedUsd);
    }

    [Theory]
    [InlineData("binance")]
    [InlineData("coinbase")]
    public async Task a_sale_by_hand_that_an_operator_corrects_the_position_by_while_it_is_compared_is_not_booked_as_well(string name)
    {
        await using var system = await ExchangeSystem.CreateAsync(name);
        var app = await system.StartAsync();
        await system.TradeAsync(app, 0.003m);
        var left = (await system.StateAsync()).PositionIn("BTC-USD").Quantity - 0.001m;
        // Sold when the second comparison begins, which finds the fills and a balance that they explain.
        var asked = AtFills(system, number => number == 2
            ? system.DecideAsync(new CorrectPosition("BTC-USD", left, "kim", "sold by hand", DateTimeOffset.UtcNow)) : Task.CompletedTask,
            begins: () => system.Market.Place("web_1", false, SimKind.Market, 0.001m, null, null));

        await UntilAsync(() => Task.FromResult(asked() > 4));
        Assert.Empty(await system.EventsAsync<ExternalFillBooked>());
        Assert.Equal(left, (await system.StateAsync()).PositionIn("BTC-USD").Quantity);
        await system.DecideAsync(new AcceptDifferences("kim", "sold by hand", DateTimeOffset.UtcNow));
        await system.AgreesAsync(app);
    }

    // A comparison asks for the balances first and for the fills last: something happens in between. Returns how many comparisons there
    // were; "begins" is called once, at the beginning of the second.
    private static Func<int> AtFills(ExchangeSystem system, Func<int, Task> happens, Action? begins = null)
    {
        var asked = 0;
        system.Simulator.Instead = (_, path, _) =>
        {
            if (path.EndsWith("myTrades", StringComparison.Ordinal) || path.EndsWith("fills", StringComparison.Ordinal))
                happens(Interlocked.Increment(ref asked)).GetAwaiter().GetResult();
            else if (path.EndsWith("/time", StringComparison.Ordinal) && Volatile.Read(ref asked) == 1)
                Interlocked.Exchange(ref begins, null)?.Invoke();
            return null;
        };
        return () => Volatile.Read(ref asked);
    }
}
