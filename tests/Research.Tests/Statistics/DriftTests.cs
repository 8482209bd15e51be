using Trading.Research.Statistics;

namespace Trading.Research.Tests.Statistics;

public class DriftTests
{
    private static readonly DriftTrade Bought = new(60, TradeAction.Buy, 0.1m, 100m, 0.01m);
    private static readonly Dictionary<long, decimal> Prices = new() { [60] = 100m, [120] = 101m };

    [Fact]
    public void the_same_trade_does_not_drift() => Assert.Equal(DriftReason.None, Only([Bought], [Bought]).Reason);

    [Fact]
    public void another_fill_of_the_same_order_is_reported_with_its_cost()
    {
        var line = Only([Bought with { Price = 101m }], [Bought]);
        Assert.Equal((DriftReason.Fill, -0.1m), (line.Reason, line.CashUsd));
    }

    [Fact]
    public void another_amount_is_a_difference_of_size() =>
        Assert.Equal(DriftReason.Size, Only([Bought with { Quantity = 0.2m }], [Bought]).Reason);

    [Fact]
    public void a_trade_of_one_record_alone_is_a_difference_of_decision()
    {
        Assert.Equal(DriftReason.Decision, Only([Bought], []).Reason);
        Assert.Equal(DriftReason.Decision, Only([], [Bought]).Reason);
    }

    [Fact]
    public void another_price_explains_whatever_follows_from_it() =>
        Assert.Equal(DriftReason.Price, Only([Bought], [], observed: new() { [60] = 99m }).Reason);

    [Fact]
    public void a_price_that_one_record_lacks_is_missing_data()
    {
        Assert.Equal(DriftReason.MissingData, Only([], [Bought], observed: []).Reason);
        Assert.Equal(DriftReason.MissingData, Only([Bought], [], data: []).Reason);
    }

    [Fact]
    public void trades_come_in_the_order_of_time()
    {
        var lines = Drift.Compare([Bought with { At = 120, Side = TradeAction.Sell }], [Bought], Prices, Prices);
        Assert.Equal([60L, 120L], lines.Select(line => line.At));
    }

    [Fact]
    public void two_sales_at_one_price_are_compared_in_their_order()
    {
        var exit = Bought with { Side = TradeAction.Sell };
        var lines = Drift.Compare([exit, exit with { Quantity = 0.2m }], [exit, exit with { Quantity = 0.3m }], Prices, Prices);
        Assert.Equal([DriftReason.None, DriftReason.Size], lines.Select(line => line.Reason));
    }

    private static DriftLine Only(
        DriftTrade[] traded, DriftTrade[] tested, Dictionary<long, decimal>? observed = null, Dictionary<long, decimal>? data = null) =>
        Assert.Single(Drift.Compare(traded, tested, observed ?? Prices, data ?? Prices));
}
