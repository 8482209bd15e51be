namespace Trading.Core.Tests;

/// <summary>An exchange's rules for one product, checked before anything is sent.</summary>
public class ProductFiltersTests
{
    private static readonly ProductFilters Filters = new(
        "BTC-USD", "BTCUSDT", "BTC", "USDT", true, [OrderPlacement.LimitIoc, OrderPlacement.Market], 0.01m, 0.01m, 1_000_000, 0.00001m,
        0.00001m, 9_000, 50, 5, 9_000_000,
        5, 0.2m, 5, 0.2m, 200);

    [Theory]
    [InlineData(TradeAction.Buy, 61_540.737825, 61_540.73)]
    [InlineData(TradeAction.Sell, 61_540.731, 61_540.74)]
    [InlineData(TradeAction.Sell, 61_540.73, 61_540.73)]
    public void a_price_is_put_on_the_tick_and_never_becomes_worse(TradeAction side, decimal worst, decimal sent) =>
        Assert.Equal(sent, Filters.PriceWithin(side, worst));

    [Fact]
    public void a_quantity_is_put_on_the_lot_and_never_becomes_larger() => Assert.Equal(0.12345m, Filters.QuantityWithin(0.123459m));

    [Theory]
    [InlineData(OrderPlacement.LimitIoc, 0.001, 61_540.73, null)]
    [InlineData(OrderPlacement.Market, 0.001, 0, null)]
    [InlineData(OrderPlacement.StopLoss, 0.001, 61_540.73, ProductRule.Kind)]
    [InlineData(OrderPlacement.LimitIoc, 0.001, 61_540.735, ProductRule.Price)]
    [InlineData(OrderPlacement.LimitIoc, 0.000015, 61_540.73, ProductRule.Quantity)]
    [InlineData(OrderPlacement.LimitIoc, 9_001, 61_540.73, ProductRule.Quantity)]
    [InlineData(OrderPlacement.Market, 51, 0, ProductRule.Quantity)]
    [InlineData(OrderPlacement.LimitIoc, 0.00008, 61_540.73, ProductRule.Notional)]
    [InlineData(OrderPlacement.LimitIoc, 0.001, 310_000, ProductRule.PercentPrice)]
    [InlineData(OrderPlacement.LimitIoc, 0.001, 12_000, ProductRule.PercentPrice)]
    public void the_first_broken_rule_is_named(OrderPlacement kind, decimal quantity, decimal price, ProductRule? broken) =>
        Assert.Equal(broken, Filters.Broken(kind, TradeAction.Buy, quantity, price == 0 ? null : price, 61_500));

    [Fact]
    public void a_product_that_is_not_traded_takes_nothing() =>
        Assert.Equal(ProductRule.NotTrading,
            (Filters with { Trading = false }).Broken(OrderPlacement.Market, TradeAction.Buy, 1, null, 61_500));
}
