namespace Trading.Core.Tests;

public class PaperFillTests
{
    private static readonly PaperCosts Costs = new(FeePercent: 0.1m, SpreadPercent: 0.02m, SlippagePercent: 0.05m, TickSize: 0.01m);

    [Fact]
    public void a_buy_pays_half_the_spread_the_slippage_and_the_fee_rounded_up()
    {
        var fill = Fill(Given.Buy(0.00012345m, worstPrice: 61_000), price: 60_000.01m);

        // 60,000.01 x 1.0006 = 60,036.010006; 0.00012345 x 60,036.02 x 0.1 % = 0.0074114...
        Assert.Equal((TradeOutcome.Filled, 0.00012345m, 60_036.02m, 0.00741145m), (fill.Outcome, fill.FilledQuantity, fill.AveragePrice, fill.FeeUsd));
    }

    [Fact]
    public void a_sale_gets_less_by_the_same_costs()
    {
        var fill = Fill(Given.Sell(2, worstPrice: 50_000), price: 60_000.01m);

        // 60,000.01 x 0.9994 = 59,964.009994
        Assert.Equal((TradeOutcome.Filled, 2m, 59_964m, 119.928m), (fill.Outcome, fill.FilledQuantity, fill.AveragePrice, fill.FeeUsd));
    }

    [Fact]
    public void a_fill_at_the_worst_price_is_one_and_beyond_it_the_order_is_cancelled()
    {
        Assert.Equal(TradeOutcome.Filled, Fill(Given.Buy(1, worstPrice: 100.06m), 100).Outcome);
        Assert.Equal(TradeOutcome.Filled, Fill(Given.Sell(1, worstPrice: 99.94m), 100).Outcome);

        var bought = Fill(Given.Buy(1, worstPrice: 100.05m), 100);
        Assert.Equal(
            (TradeOutcome.Cancelled, 0m, 0m, 0m, "the price 100.06 lies beyond the worst price 100.05"),
            (bought.Outcome, bought.FilledQuantity, bought.AveragePrice, bought.FeeUsd, bought.Reason));
        Assert.Equal("the price 99.94 lies beyond the worst price 99.95", Fill(Given.Sell(1, worstPrice: 99.95m), 100).Reason);
    }

    [Fact]
    public void a_paper_fill_is_simulated_and_its_ids_derive_from_the_trade()
    {
        var fill = Fill(Given.Buy(1, worstPrice: 200), 100);

        Assert.Equal((true, "paper", DerivedId.ClientOrderId(Given.TradeId(1)), Given.Noon), (fill.Simulated, fill.Exchange, fill.ClientOrderId, fill.ExecutedAt));
        Assert.Equal(fill, Fill(Given.Buy(1, worstPrice: 200), 100));
        Assert.NotEqual(
            fill.ExchangeOrderId,
            PaperFill.Of(Given.TradeId(2), Given.Buy(1, worstPrice: 200), 100, Costs, Given.Noon).ExchangeOrderId);
    }

    private static Execution Fill(Order order, decimal price) => PaperFill.Of(Given.TradeId(1), order, price, Costs, Given.Noon);
}
