using static Trading.Core.Tests.DueExits;

namespace Trading.Core.Tests;

/// <summary>An operator who wants everything sold, and when that has ended.</summary>
public class FlattenTests
{
    [Fact]
    public void an_operator_who_wants_everything_sold_comes_after_what_sells_at_once_and_before_all_else()
    {
        var account = Portfolio.Evolve(Bought(), new FlattenOrdered("kim", "weekend", Given.Noon));

        Assert.Equal((ExitReason.Flatten, 96m), Told(Due(account, 96)));
        Assert.Equal((ExitReason.Flatten, 110m), Told(Due(account, 110)));
        Assert.Equal((ExitReason.StopLoss, 95m), Told(Due(account, 90)));
        // The whole of it, where the operator's slice would be two units.
        var sliced = Given.Account(Limits with { MaxTradeAmountUsd = 200 }, Given.Bought(10),
            new FlattenOrdered("kim", "weekend", Given.Noon));
        Assert.Equal((2m, 10m), (Assess(sliced, 96)!.Assessment.Order!.Quantity, Assess(sliced, 90)!.Assessment.Order!.Quantity));
        Assert.Equal((true, TradingState.Reducing), (account.Flattening, account.State));
        Assert.False(Portfolio.Evolve(account, Given.Sold(10)).Flattening);
        Assert.Empty(Portfolio.Decide(new FlattenPositions("kim", "weekend", Given.Noon), Given.Account()));
    }

    [Fact]
    public void flattening_waits_for_a_buy_that_is_on_its_way_and_sells_that_too()
    {
        var buying = Given.Account(Limits, Given.Reserved(Given.Buy(10)));
        var ordered = Assert.Single(Portfolio.Decide(new FlattenPositions("kim", "weekend", Given.Noon), buying));
        var flattening = Portfolio.Evolve(buying, (IAccountEvent)ordered);

        var bought = Portfolio.Evolve(flattening, Given.Bought(10));
        Assert.True(bought.Flattening);
        Assert.Equal(ExitReason.Flatten, Due(bought, 100)?.Reason);
        // One that was not filled leaves nothing to be sold.
        var released = Portfolio.Evolve(flattening,
            new ReservationReleased(Given.TradeId(1), TradeOutcome.Cancelled, "no fill", Given.Noon));
        Assert.Equal((false, TradingState.Reducing), (released.Flattening, released.State));
        // What was held is sold first: flattening continues until the buy has ended.
        var both = Given.Account(Limits, Given.Bought(10), Given.Reserved(Given.Buy(5), 2),
            new FlattenOrdered("kim", "weekend", Given.Noon), Given.Sold(10, trade: 3));
        Assert.True(both.Flattening);
    }

    [Fact]
    public void flattening_ends_when_what_is_left_can_not_be_sold()
    {
        var flattening = Given.Account(Limits with { LotSize = 0.1m, LeastOrderValueUsd = 20 }, Given.Bought(10),
            new FlattenOrdered("kim", "weekend", Given.Noon));

        Assert.True(Portfolio.Evolve(flattening, Given.Sold(9.7m)).Flattening);
        var left = Portfolio.Evolve(flattening, Given.Sold(9.85m));
        Assert.Equal((false, 0.15m, TradingState.Reducing), (left.Flattening, left.PositionIn(Given.Symbol).Quantity, left.State));
        Assert.False(left.HoldsSellable());
        Assert.Empty(Portfolio.Decide(new FlattenPositions("kim", "weekend", Given.Noon), left));
    }

    [Fact]
    public void an_exit_and_a_flatten_go_in_slices_where_the_limits_ask_for_it()
    {
        var sliced = Given.Account(Limits with { Exits = Barriers with { MaxAmountUsd = 270 } }, Given.Bought(10));
        Assert.Equal(3, Assess(sliced, 90)?.Assessment.Order?.Quantity);

        var flattened = Given.Account(Limits with { MaxTradeAmountUsd = 200 }, Given.Bought(10),
            new FlattenOrdered("kim", "weekend", Given.Noon));
        var slice = Assess(flattened, 100)!.Assessment;
        Assert.Equal(2, slice.Order?.Quantity);
        Assert.Contains(new RiskCheck(RiskRule.LargestOrderValue, 200, 200, true), slice.Checks);
    }
}
