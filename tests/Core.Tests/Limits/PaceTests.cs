using static Trading.Core.Tests.LimitBorders;

namespace Trading.Core.Tests;

/// <summary>How many orders may go out in a minute, on a day, at a time, and the same one twice.</summary>
public class PaceTests
{
    [Fact]
    public void a_replica_whose_clock_is_behind_counts_the_orders_of_the_newest_minute_and_day_and_the_losses_of_that_day()
    {
        var midnight = new DateTimeOffset(2024, 3, 2, 0, 0, 0, TimeSpan.Zero);
        var paced = Given.Account(Given.Limits with { Pace = new(MaxOrdersPerMinute: 1) },
            new FundsReserved(Given.TradeId(1), Given.Buy(1), midnight));
        Assert.Equal(RiskRule.OrdersPerMinute, At(paced, midnight.AddSeconds(-1)).Refusal);
        var daily = Given.Account(Given.Limits with { Pace = new(MaxOrdersPerDay: 1) },
            new FundsReserved(Given.TradeId(1), Given.Buy(1), midnight));
        Assert.Equal(RiskRule.OrdersPerDay, At(daily, midnight.AddSeconds(-1)).Refusal);
        var lost = Given.Account(Given.Limits with { MaxDailyLossShare = 0.01m }, Given.Bought(10),
            Given.Sold(10, 80, trade: 2, at: midnight));
        Assert.Equal(RiskRule.DailyLoss, At(lost, midnight.AddSeconds(-1)).Refusal);
        Assert.Equal(Verdict.Approved, At(lost, midnight.AddDays(1)).Verdict);

        static Assessment At(Portfolio account, DateTimeOffset now) => Risk.Assess(account, 2, Given.Prediction(5, at: now), now);
    }

    [Fact]
    public void orders_count_from_their_approval_in_the_minute_and_on_the_day()
    {
        var limits = Given.Limits with { Pace = new(MaxOrdersPerMinute: 2, MaxOrdersPerDay: 3) };
        var account = Given.Account(limits, Given.Reserved(Given.Buy(1)));
        Assert.Equal(Verdict.Approved, Buy(account).Verdict);

        account = Portfolio.Evolve(account, Given.Reserved(Given.Buy(1), trade: 2));
        Refused(Buy(account), RiskRule.OrdersPerMinute, observed: 3, limit: 2);
        Assert.Equal(Verdict.Approved, Buy(account, Given.Noon.AddMinutes(1)).Verdict);

        account = Portfolio.Evolve(account, new FundsReserved(Given.TradeId(3), Given.Buy(1), Given.Noon.AddMinutes(1)));
        Refused(Buy(account, Given.Noon.AddMinutes(2)), RiskRule.OrdersPerDay, observed: 4, limit: 3);
        Assert.Equal(Verdict.Approved, Buy(account, Given.Noon.AddDays(1)).Verdict);
        // One that comes late counts into the day that has begun.
        var late = Portfolio.Evolve(Portfolio.Evolve(account, new FundsReserved(Given.TradeId(4), Given.Buy(1), Given.Noon.AddDays(1))),
            new FundsReserved(Given.TradeId(5), Given.Buy(1), Given.Noon));
        Assert.Equal(2, late.Pace?.OnDay);
    }

    [Fact]
    public void open_orders_are_counted_with_the_new_one()
    {
        var limits = Given.Limits with { Pace = new(MaxOpenOrders: 2) };
        Assert.Equal(Verdict.Approved, Buy(Given.Account(limits, Given.Reserved(Given.Buy(1)))).Verdict);
        Refused(Buy(Given.Account(limits, Given.Reserved(Given.Buy(1)), Given.Reserved(Given.Buy(1), trade: 2))),
            RiskRule.OpenOrders, observed: 3, limit: 2);
    }

    [Fact]
    public void a_second_order_of_the_same_side_and_size_within_the_window_is_taken_for_the_first_one_twice()
    {
        var account = Given.Account(Given.Limits with { Pace = new(DuplicateWindowSeconds: 60) }, Given.Reserved(Given.Buy(10)));
        Refused(Buy(account, Given.Noon.AddSeconds(59)), RiskRule.DuplicateIntent, observed: 1, limit: 0);
        Assert.Equal(Verdict.Approved, Buy(account, Given.Noon.AddSeconds(60)).Verdict);
        Assert.Equal(Verdict.Approved, Buy(account, Given.Noon.AddSeconds(59), confidence: 0.9).Verdict);
    }
}
