namespace Trading.Core.Tests;

/// <summary>A false date stops no exit for good.</summary>
public class MarksTests
{
    private static readonly DateTimeOffset Ahead = new(2099, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Now = Given.Noon.AddMinutes(5);

    [Fact]
    public void an_account_whose_times_have_passed_is_not_ahead() =>
        Assert.False(Given.Account(Given.Limits, Given.Bought(10)).IsAhead(Given.Symbol, Now));

    [Fact]
    public void a_mark_of_2099_is_ahead_and_once_set_right_prices_count_again()
    {
        var account = Given.Account(Given.Limits, Given.Bought(10), new PriceMarked(Given.Symbol, 150, Ahead));
        Assert.True(account.IsAhead(Given.Symbol, Now));

        var right = Portfolio.Decide(new SetMarks(Given.Symbol, 101, "risk-manager", "a false date", Now), account)
            .Aggregate(account, Portfolio.Evolve);
        Assert.False(right.IsAhead(Given.Symbol, Now));
        Assert.Equal((101, Now), (right.PositionIn(Given.Symbol).HighestPrice, right.PositionIn(Given.Symbol).HighestAt));
    }

    [Fact]
    public void a_purchase_booked_by_a_clock_that_ran_ahead_is_set_right_with_pace_and_day()
    {
        var bought = Given.Bought(10) with { At = Now.AddYears(1) };
        var account = Given.Account(Given.Limits, bought) with
        {
            Pace = OrderPace.After(null, Now.AddYears(1)),
            LastOrders = System.Collections.Immutable.ImmutableSortedDictionary<string, LastOrder>.Empty
                .Add(Given.Symbol, new(TradeAction.Buy, 1, Now.AddYears(1), Now.AddYears(1))),
        };
        Assert.True(account.IsAhead(Given.Symbol, Now));

        var right = Portfolio.Evolve(account, new MarksSet(Given.Symbol, null, "risk-manager", "a false date", Now));
        Assert.False(right.IsAhead(Given.Symbol, Now));
        Assert.Equal(account.PositionIn(Given.Symbol).HighestPrice, right.PositionIn(Given.Symbol).HighestPrice);
        Assert.Null(right.Pace);
        Assert.Equal(account.PositionIn(Given.Symbol).Quantity, right.PositionIn(Given.Symbol).Quantity);
        Assert.Equal(account.CashUsd, right.CashUsd);
    }

    [Fact]
    public void clocks_may_differ_by_ten_seconds()
    {
        var account = Given.Account(Given.Limits, Given.Bought(10) with { At = Now.AddSeconds(9) });
        Assert.False(account.IsAhead(Given.Symbol, Now));
        Assert.True(account.IsAhead(Given.Symbol, Now.AddSeconds(-2)));
    }

    [Fact]
    public void a_price_of_nothing_is_no_mark() => Assert.Throws<InvalidOperationException>(() =>
        Portfolio.Decide(new SetMarks(Given.Symbol, 0, "kim", "test", Now), Given.Account(Given.Limits)));
}
