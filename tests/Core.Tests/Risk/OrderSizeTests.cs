namespace Trading.Core.Tests;

/// <summary>How large an order becomes, and at which worst price.</summary>
public class OrderSizeTests
{
    [Fact]
    public void a_buy_is_worth_the_allowed_amount_times_the_confidence_at_its_worst_price_rounded_down_to_the_lot()
    {
        var limits = Given.Limits with { WorstPriceMarginPercent = 1, FeePercent = 0.1m, LotSize = 0.001m };

        var order = Risk.Size(Given.Account(limits), limits, TradeAction.Buy, Given.Prediction(5, 0.7));

        // 700 / 101 = 6.9306..., of which 6.930 are bought for 699.93 and a fee of 0.69993.
        Assert.Equal(new Order(Given.Symbol, TradeAction.Buy, 6.930m, 101, 700.62993m), order);
    }

    [Fact]
    public void the_cash_for_a_buy_suffices_when_value_and_fee_are_booked_one_by_one()
    {
        // Value 0.300000006 and fee 0.000000003 fit into 0.30000001 together; booked with eight decimals each they take 0.30000002.
        var limits = Given.Limits with { MaxTradeAmountUsd = 0.35m, FeePercent = 0.000001m, LotSize = 0.1m, LeastOrderValueUsd = 0.1m };
        var order = Risk.Size(Given.Account(limits), limits, TradeAction.Buy, Given.Prediction(5, price: 1.00000002m));

        var fill = PaperFill.Of(Given.TradeId(1), order, order.WorstPrice, new(limits.FeePercent, 0, 0, TickSize: 0.00000001m), Given.Noon);
        var after = Settle(Given.Account(limits, Given.Reserved(order)), fill);

        Assert.Equal((0.30000002m, 0.30000002m), (10_000 - after.CashUsd, order.ReservedUsd));
    }

    [Fact]
    public void a_sale_is_the_allowed_amount_or_all_that_is_free()
    {
        Assert.Equal(10, Sale(held: 50, Given.Limits).Quantity);
        Assert.Equal(7, Sale(held: 7, Given.Limits).Quantity);
        Assert.Equal(7, Sale(held: 7.9m, Given.Limits).Quantity);
        Assert.Equal((99m, 0m),
            (Sale(held: 7, Given.Limits with { WorstPriceMarginPercent = 1 }).WorstPrice, Sale(held: 7, Given.Limits).ReservedUsd));
    }

    [Fact]
    public void a_sale_leaves_nothing_behind_that_would_be_too_small_to_sell()
    {
        var limits = Given.Limits with { LeastOrderValueUsd = 300 };

        Assert.Equal(10, Sale(held: 13, limits).Quantity);
        Assert.Equal(9, Sale(held: 12, limits).Quantity);
        Assert.Equal(8, Sale(held: 11, limits).Quantity);
        Assert.Equal(10, Sale(held: 10, limits).Quantity);
        Assert.Equal(9, Sale(held: 12, Given.Limits with { LeastOrderValueUsd = 250 }).Quantity);
    }

    [Fact]
    public void a_sale_is_not_made_smaller_for_a_rest_below_the_lot_that_cannot_be_sold_anyway() =>
        Assert.Equal(0.18m, Sale(held: 0.2m, Given.Limits with { LotSize = 0.03m, LeastOrderValueUsd = 10 }).Quantity);

    [Fact]
    public void a_sale_is_not_made_so_small_that_it_could_not_be_sold_itself() =>
        Assert.Equal(3, Sale(held: 4, Given.Limits with { MaxTradeAmountUsd = 300, LeastOrderValueUsd = 250 }).Quantity);

    [Fact]
    public void a_margin_never_takes_the_worst_price_of_a_sale_to_nothing()
    {
        var limits = Given.Limits with { WorstPriceMarginPercent = 99.9m };
        var order = Risk.Size(Given.Account(limits, Given.Bought(1)), limits, TradeAction.Sell, Given.Prediction(-5, price: 0.00000002m));

        Assert.Equal(PriceWindow.SmallestPrice, order.WorstPrice);
    }

    private static Order Sale(decimal held, RiskLimits limits) =>
        Risk.Size(Given.Account(limits, Given.Bought(held)), limits, TradeAction.Sell, Given.Prediction(-5));

    private static Portfolio Settle(Portfolio account, Execution execution) =>
        Portfolio.Decide(new SettleTrade(Given.TradeId(1), execution), account).Aggregate(account, Portfolio.Evolve);
}
