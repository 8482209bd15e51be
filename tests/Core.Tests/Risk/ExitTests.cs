using static Trading.Core.Tests.DueExits;

namespace Trading.Core.Tests;

/// <summary>Exits that fall due by prices, by time and by the losses of the account, and what is remembered for them.</summary>
public class ExitTests
{
    // Each barrier at its border: the price that reaches it, and the last one that does not.

    [Theory]
    [InlineData(95, ExitReason.StopLoss, 95)]
    [InlineData(94.2, ExitReason.StopLoss, 95)]
    [InlineData(95.01, null, 0)]
    [InlineData(110, ExitReason.TakeProfit, 110)]
    [InlineData(117, ExitReason.TakeProfit, 110)]
    [InlineData(109.99, null, 0)]
    public void a_position_is_left_at_the_stop_and_at_the_target_and_not_between(double price, ExitReason? reason, double trigger)
    {
        var exit = Due(Bought(), (decimal)price);

        Assert.Equal(reason, exit?.Reason);
        if (exit is not null)
            Assert.Equal(new PositionExit(reason!.Value, (decimal)trigger, 100, Math.Max(100, (decimal)price), Given.Noon), exit);
    }

    [Fact]
    public void the_trailing_stop_follows_the_highest_price_once_that_was_high_enough()
    {
        Assert.Null(Due(Marked(101.99m), 97.5m));
        Assert.Equal((ExitReason.TrailingStop, 97.92m), Told(Due(Marked(102), 97.92m)));
        Assert.Null(Due(Marked(102), 97.93m));
        Assert.Equal((ExitReason.TrailingStop, 103.68m), Told(Due(Marked(108), 103)));
    }

    [Fact]
    public void a_position_is_left_when_it_was_held_as_long_as_it_may_be_measured_from_its_first_buy()
    {
        var account = Given.Account(Limits, Given.Bought(1), Given.Bought(1, trade: 2, at: Given.Noon.AddMinutes(30)));

        Assert.Null(Due(account, 100, Given.Noon.AddSeconds(3599)));
        Assert.Equal((ExitReason.TimeLimit, 100m), Told(Due(account, 100, Given.Noon.AddSeconds(3600))));
        var again = Given.Account(Limits, Given.Bought(1), Given.Sold(1), Given.Bought(1, trade: 3, at: Given.Noon.AddMinutes(30)));
        Assert.Null(Due(again, 100, Given.Noon.AddSeconds(3600)));
    }

    [Fact]
    public void losses_of_the_account_end_its_positions_where_the_limits_say_so()
    {
        var limits = Given.Limits with
        { MaxDailyLossShare = 0.01m, Exits = new(AtDailyLoss: true, AtDrawdown: true), Losses = new(MaxDrawdownShare: 0.02m) };
        var account = Given.Account(limits, Given.Bought(50));

        Assert.Null(Due(account, 98.1m));
        Assert.Equal(ExitReason.DailyLoss, Due(account, 98)?.Reason);
        Assert.Null(Due(Given.Account(limits with { Exits = new() }, Given.Bought(50)), 50));
        // A new day has no loss of its own yet but for the open one; the fall from the highest equity stays.
        var richer = Portfolio.Evolve(account, new PriceMarked(Given.Symbol, 110, Given.Noon.AddMinutes(1)));
        Assert.Equal(ExitReason.Drawdown, Due(richer, 105)?.Reason);
    }

    [Fact]
    public void a_rest_that_is_too_small_to_be_sold_gives_a_new_position_neither_its_age_nor_its_highest_price()
    {
        var limits = Limits with { LotSize = 1 };
        // The exchange took its fee in units: a rest below a lot stays, and prices go on.
        var rest = Given.Account(limits, Given.Bought(10) with { FeeBase = 0.1m }, Given.Sold(9, trade: 2),
            new PriceMarked(Given.Symbol, 130, Later));
        Assert.Equal(0.9m, rest.PositionIn(Given.Symbol).Quantity);

        var bought = Portfolio.Evolve(rest, Given.Bought(10, trade: 3, at: Given.Noon.AddHours(5)));
        Assert.Null(Due(bought, 100, Given.Noon.AddHours(5).AddMinutes(1)));
        Assert.Equal((Given.Noon.AddHours(5), 100m),
            (bought.PositionIn(Given.Symbol).EnteredAt, bought.PositionIn(Given.Symbol).HighestPrice));
        Assert.Equal(ExitReason.TimeLimit, Due(bought, 100, Given.Noon.AddHours(6))?.Reason);
    }

    [Fact]
    public void at_a_price_of_one_symbol_the_others_are_worth_what_was_last_seen_of_them()
    {
        var limits = Given.Limits with
        { MaxDailyLossShare = 0.03m, Exits = new(AtDailyLoss: true, AtDrawdown: true), Losses = new(MaxDrawdownShare: 0.05m) };
        var account = Given.Account(limits, Given.Bought(40), Given.Bought(40, trade: 2) with { Symbol = "ETH-USD" });
        // Each falls by two percent, and together they lose 160 of a limit of some 300; at five percent 400.
        account = Watched(account, "ETH-USD", 98);
        Assert.Equal(98, account.PositionIn("ETH-USD").LastPrice);
        Assert.Null(Due(account, 98, Given.Noon.AddMinutes(2)));
        account = Watched(account, "ETH-USD", 95);
        Assert.Equal(ExitReason.DailyLoss, Due(account, 97, Given.Noon.AddMinutes(2))?.Reason);
        // A move below a thousandth is not marked, and a single symbol needs no mark.
        Assert.Empty(
            Portfolio.Decide(new WatchPrice("ETH-USD", 95.09m, Given.Noon.AddMinutes(3)), account with { PeakEquityUsd = 10_000 }));
        Assert.Empty(Portfolio.Decide(new WatchPrice(Given.Symbol, 95, Later), Given.Account(Given.Limits, Given.Bought(40))));

        static Portfolio Watched(Portfolio account, string symbol, decimal price) =>
            Portfolio.Decide(new WatchPrice(symbol, price, Later), account).Aggregate(account, Portfolio.Evolve);
    }

    [Fact]
    public void a_drawdown_that_latched_sells_every_position_also_where_the_next_price_is_better()
    {
        var limits = Given.Limits with { Exits = new(AtDrawdown: true), Losses = new(MaxDrawdownShare: 0.02m) };
        var latched = Given.Account(limits, Given.Bought(50), new LimitLatched(RiskRule.Drawdown, 0.021m, 0.02m, 1, "ETH-USD", 90, Later));

        Assert.Equal(ExitReason.Drawdown, Due(latched, 100, Later.AddSeconds(1))?.Reason);
        Assert.Null(Due(Portfolio.Evolve(latched, new TradingResumed("kim", "reviewed", Later)), 100, Later.AddSeconds(1)));
    }

    [Fact]
    public void a_price_that_is_not_newer_than_the_position_says_nothing_about_it()
    {
        Assert.Null(Due(Bought(), 50, Given.Noon));
        Assert.NotNull(Due(Bought(), 50, Given.Noon.AddTicks(1)));
    }

    [Fact]
    public void a_price_is_marked_when_it_is_the_highest_since_the_entry_or_makes_equity_the_highest()
    {
        var account = Bought();
        Assert.Equal([new PriceMarked(Given.Symbol, 101, Later)], Watch(account, 101));
        Assert.Empty(Watch(account, 100));
        Assert.Empty(Watch(Given.Account(Given.Limits, Given.Bought(10)), 101));
        Assert.Equal(101, Portfolio.Evolve(account, new PriceMarked(Given.Symbol, 101, Later)).PositionIn(Given.Symbol).HighestPrice);

        var drawdown = Given.Account(Given.Limits with { Losses = new(MaxDrawdownShare: 0.1m) });
        Assert.Equal([new PriceMarked(Given.Symbol, 100, Later)], Watch(drawdown, 100));
        Assert.Equal(10_000, Portfolio.Evolve(drawdown, new PriceMarked(Given.Symbol, 100, Later)).PeakEquityUsd);
    }

    private static Portfolio Marked(decimal highest) => Portfolio.Evolve(Bought(), new PriceMarked(Given.Symbol, highest, Later));

    private static IReadOnlyList<IAccountEvent> Watch(Portfolio account, decimal price) =>
        Portfolio.Decide(new WatchPrice(Given.Symbol, price, Later), account);
}
