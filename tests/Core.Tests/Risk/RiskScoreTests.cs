using static Trading.Core.Tests.RiskBorders;

namespace Trading.Core.Tests;

/// <summary>The score of an account, and what a day has lost.</summary>
public class RiskScoreTests
{
    [Fact]
    public void the_score_is_the_larger_share_of_a_limit_in_use()
    {
        // 2000 of 10,000 in the position where half is allowed is 0.4; a loss of 1000 of 9000 where a quarter is allowed is 0.444.
        Assert.Equal(0.4, Score(Given.Account(Given.Limits with { MaxPositionShare = 0.5m }, Given.Bought(20))), 12);
        Assert.Equal(1000 / 2250.0, Score(Given.Account(Given.Limits, Given.Bought(10, 200), Given.Sold(10))), 12);
        Assert.Equal(0, Score(Given.Account()));
    }

    [Fact]
    public void the_score_is_one_when_trading_is_halted_or_nothing_is_left_or_a_limit_is_passed()
    {
        Assert.Equal(1, Score(Given.Account(new TradingHalted("operator", "test", Given.Noon))));
        Assert.Equal(1, Score(Given.Account(new CashAdjusted(-10_000, "operator", "withdrawn", Given.Noon))));
        Assert.Equal(1, Score(Given.Account(Given.Limits with { MaxPositionShare = 0.1m }, Given.Bought(20))));
    }

    [Fact]
    public void the_loss_of_an_earlier_day_is_not_in_the_score_of_today()
    {
        var account = Given.Account(Given.Bought(10, 200), Given.Sold(10));

        Assert.True(Score(account) > 0.4);
        Assert.Equal(0, Assess(account, Given.Prediction(0), Given.Noon.AddDays(1)).RiskScore);
    }

    [Fact]
    public void a_day_loses_what_its_sales_lost_after_fees_and_what_open_positions_are_worth_below_their_cost()
    {
        var account = Given.Account(Given.Bought(10, 200, fee: 2), Given.Sold(5, 150, fee: 1));
        var today = new DateOnly(2024, 3, 1);

        Assert.Equal(253 + 500, account.DailyLossUsd(Given.Symbol, 100, today));
        Assert.Equal(253, account.DailyLossUsd(Given.Symbol, 300, today));
        Assert.Equal(500, account.DailyLossUsd(Given.Symbol, 100, today.AddDays(1)));
        Assert.Equal(0, account.DailyLossUsd(Given.Symbol, 300, today.AddDays(1)));
    }

    private static double Score(Portfolio account) => Assess(account, Given.Prediction(0)).RiskScore;
}
