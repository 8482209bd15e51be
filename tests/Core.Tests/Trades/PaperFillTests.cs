namespace Trading.Core.Tests;

public class PaperFillTests
{
    private static readonly PaperCosts Costs = new(FeePercent: 0.1m, SpreadPercent: 0.02m, SlippagePercent: 0.05m, TickSize: 0.01m);

    [Fact]
    public void a_buy_pays_half_the_spread_the_slippage_and_the_fee_rounded_up()
    {
        var fill = Fill(Given.Buy(0.00012345m, worstPrice: 61_000), price: 60_000.01m);

        // 60,000.01 x 1.0006 = 60,036.010006; 0.00012345 x 60,036.02 x 0.1 % = 0.0074114...
        Assert.Equal((TradeOutcome.Filled, 0.00012345m, 60_036.02m, 0.00741145m),
            (fill.Outcome, fill.FilledQuantity, fill.AveragePrice, fill.FeeUsd));
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

        Assert.Equal((true, "paper", DerivedId.ClientOrderId(Given.TradeId(1)), Given.Noon),
            (fill.Simulated, fill.Exchange, fill.ClientOrderId, fill.ExecutedAt));
        Assert.Equal(fill, Fill(Given.Buy(1, worstPrice: 200), 100));
        Assert.NotEqual(
            fill.ExchangeOrderId,
            PaperFill.Of(Given.TradeId(2), Given.Buy(1, worstPrice: 200), 100, Costs, Given.Noon).ExchangeOrderId);
    }

    // A bar that opens at 100 and goes from 98 to 103. Spread and slippage together are 0.06 %.
    [Theory]
    [InlineData(TradeAction.Buy, OrderType.Market, null, TradeOutcome.Filled, 100.06)]
    [InlineData(TradeAction.Sell, OrderType.Market, null, TradeOutcome.Filled, 99.94)]
    [InlineData(TradeAction.Buy, OrderType.Limit, 99.0, TradeOutcome.Filled, 99)] // it waited, and the market came through it
    [InlineData(TradeAction.Buy, OrderType.Limit, 98.0, TradeOutcome.Cancelled, 0)] // the low itself: others were served first
    [InlineData(TradeAction.Buy, OrderType.Limit, 100.5, TradeOutcome.Filled, 100.06)] // the market is better already
    [InlineData(TradeAction.Buy, OrderType.Limit, 100.02, TradeOutcome.Filled, 100.02)] // never beyond the limit
    [InlineData(TradeAction.Sell, OrderType.Limit, 102.0, TradeOutcome.Filled, 102)]
    [InlineData(TradeAction.Sell, OrderType.Limit, 103.0, TradeOutcome.Cancelled, 0)]
    [InlineData(TradeAction.Sell, OrderType.Limit, 99.0, TradeOutcome.Filled, 99.94)]
    [InlineData(TradeAction.Buy, OrderType.Stop, 102.0, TradeOutcome.Filled, 102.07)] // 102.0612 rounded up
    [InlineData(TradeAction.Buy, OrderType.Stop, 103.0, TradeOutcome.Filled, 103.07)]
    [InlineData(TradeAction.Buy, OrderType.Stop, 103.01, TradeOutcome.Cancelled, 0)]
    [InlineData(TradeAction.Buy, OrderType.Stop, 99.0, TradeOutcome.Filled, 100.06)] // the bar opened beyond the stop
    [InlineData(TradeAction.Sell, OrderType.Stop, 98.5, TradeOutcome.Filled, 98.44)] // 98.4409 rounded down
    [InlineData(TradeAction.Sell, OrderType.Stop, 97.99, TradeOutcome.Cancelled, 0)]
    [InlineData(TradeAction.Sell, OrderType.Stop, 101.0, TradeOutcome.Filled, 99.94)]
    public void each_kind_of_order_meets_a_bar_at_its_own_price(
        TradeAction side, OrderType type, double? price, TradeOutcome outcome, double at)
    {
        var worst = side == TradeAction.Buy ? 1000m : 1m;
        var fill = PaperFill.Of(Guid.Empty, new(side, 1, worst, type, (decimal)(price ?? 0)), 100,
            new PaperBar(High: 103, Low: 98, Volume: 50), Costs);

        Assert.Equal((outcome, (decimal)at), (fill.Outcome, fill.Outcome == TradeOutcome.Filled ? fill.Price : 0));
    }

    [Fact]
    public void without_a_bar_a_limit_and_a_stop_meet_one_price_only()
    {
        var limit = Given.Buy(1, worstPrice: 200) with { Type = OrderType.Limit, LimitPrice = 99 };
        var stop = Given.Buy(1, worstPrice: 200) with { Type = OrderType.Stop, StopPrice = 99 };

        Assert.Equal("the market did not go beyond the limit 99", Fill(limit, 100).Reason);
        Assert.Equal(TradeOutcome.Filled, Fill(limit, 98).Outcome);
        Assert.Equal("the market did not reach the stop 99", Fill(stop, 98).Reason);
        Assert.Equal(TradeOutcome.Filled, Fill(stop, 99).Outcome);
    }

    [Fact]
    public void who_waited_in_the_book_pays_the_makers_fee()
    {
        var costs = Costs with { MakerFeePercent = 0.05m };
        var bar = new PaperBar(High: 103, Low: 98, Volume: 50);

        Assert.Equal(0.0495m, PaperFill.Of(Guid.Empty, new(TradeAction.Buy, 1, 200, OrderType.Limit, 99), 100, bar, costs).FeeUsd);
        Assert.Equal(0.10006m, PaperFill.Of(Guid.Empty, new(TradeAction.Buy, 1, 200, OrderType.Limit, 101), 100, bar, costs).FeeUsd);
    }

    [Fact]
    public void a_large_order_moves_the_price_in_proportion_to_the_bars_volume_and_takes_no_more_than_its_part_of_it()
    {
        var bar = new PaperBar(High: 103, Low: 98, Volume: 8);
        var order = new PaperOrder(TradeAction.Buy, 2, 200);

        // 0.06 % and a quarter of 1 %.
        Assert.Equal(100.31m, PaperFill.Of(Guid.Empty, order, 100, bar, Costs with { SizeSlippagePercent = 1 }).Price);
        var part = PaperFill.Of(Guid.Empty, order, 100, bar, Costs with { MaxVolumePercent = 10, LotSize = 0.3m });
        Assert.Equal((TradeOutcome.PartiallyFilled, 0.6m, PaperReason.Volume), (part.Outcome, part.Quantity, part.Reason));
        Assert.Equal(TradeOutcome.Cancelled,
            PaperFill.Of(Guid.Empty, order, 100, bar with { Volume = 0 }, Costs with { MaxVolumePercent = 10 }).Outcome);
    }

    [Fact]
    public void chance_derives_from_the_trade_and_keeps_to_its_rates()
    {
        var costs = Costs with { RejectionRate = 0.1, PartialFillRate = 0.2, TimeoutRate = 0.3, LotSize = 0.001m };
        var fills = Enumerable.Range(0, 5000)
            .Select(trade => PaperFill.Of(Given.TradeId(trade), Given.Buy(1, worstPrice: 200), 100, costs, Given.Noon)).ToList();

        Assert.Equal(fills[..100], Enumerable.Range(0, 100)
            .Select(trade => PaperFill.Of(Given.TradeId(trade), Given.Buy(1, worstPrice: 200), 100, costs, Given.Noon)));
        Assert.InRange(fills.Count(fill => fill.Outcome == TradeOutcome.Rejected), 440, 560);
        Assert.InRange(fills.Count(fill => fill.Outcome == TradeOutcome.PartiallyFilled), 820, 980);
        Assert.All(fills.Where(fill => fill.Outcome == TradeOutcome.PartiallyFilled),
            fill => Assert.True(fill.FilledQuantity is > 0 and < 1 && fill.FilledQuantity % 0.001m == 0));
        Assert.InRange(Enumerable.Range(0, 5000).Count(trade => PaperFill.TimesOut(Given.TradeId(trade), costs)), 1400, 1600);
    }

    private static Execution Fill(Order order, decimal price) => PaperFill.Of(Given.TradeId(1), order, price, Costs, Given.Noon);
}
