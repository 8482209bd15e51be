using static Trading.Core.Tests.LimitBorders;

namespace Trading.Core.Tests;

/// <summary>Limits of exposure, price, quantity, symbol and real money: each at its border.</summary>
public class FurtherLimitsTests
{
    [Theory]
    [InlineData("MaxTradeAmountUsd must be at least LeastOrderValueUsd (1), was 0.5")]
    [InlineData("MaxTradeAmountUsd must be above 0 and at most 1000000000, was 10000000000000000000000000000")]
    [InlineData("Orders.PriceCollarPercent must be above 0, at least WorstPriceMarginPercent (2) and below 100, was 1")]
    public void limits_under_which_nothing_could_be_traded_or_sold_are_not_put_in_force(string said)
    {
        var limits = said[^1] switch
        {
            '5' => Given.Limits with { MaxTradeAmountUsd = 0.5m },
            '0' => Given.Limits with { MaxTradeAmountUsd = 1e28m },
            _ => Given.Limits with { WorstPriceMarginPercent = 2, Orders = new(PriceCollarPercent: 1) },
        };
        Assert.Contains(said, Assert.Throws<InvalidOperationException>(
            () => Portfolio.Decide(new SetLimits(limits, "kim", "test", Given.Noon), Given.Account())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void all_positions_together_are_bounded_open_buys_included()
    {
        var limits = Given.Limits with { Orders = new(MaxExposureShare: 0.3m) };
        var other = Given.Bought(10) with { Symbol = "ETH-USD" };
        var open = new FundsReserved(Given.TradeId(2), Given.Buy(10) with { Symbol = "SOL-USD" }, Given.Noon);
        Assert.Equal(new(RiskRule.Exposure, 0.3m, 0.3m, true), Check(Buy(Given.Account(limits, other, open)), RiskRule.Exposure));
        Refused(Buy(Given.Account(limits, other with { Quantity = 11 }, open)), RiskRule.Exposure, observed: 0.31m, limit: 0.3m);
    }

    [Fact]
    public void the_worst_price_keeps_within_the_collar_and_on_the_tick()
    {
        var limits = Given.Limits with { WorstPriceMarginPercent = 1.005m, Orders = new(PriceCollarPercent: 1, TickSize: 0.1m) };
        var buy = Buy(Given.Account(limits));
        Assert.Equal((101.0m, Verdict.Approved), (buy.Order?.WorstPrice, buy.Verdict));
        Assert.Equal(new(RiskRule.PriceCollar, 1, 1, true), Check(buy, RiskRule.PriceCollar));
        Refused(Buy(Given.Account(limits with { WorstPriceMarginPercent = 1.1m })), RiskRule.PriceCollar, observed: 1.1m, limit: 1);
    }

    [Fact]
    public void an_order_is_bounded_by_the_largest_quantity()
    {
        var limits = Given.Limits with { Orders = new(MaxQuantity: 4) };
        Assert.Equal(4, Buy(Given.Account(limits)).Order?.Quantity);
        Assert.Equal(4, Risk.Size(Given.Account(limits, Given.Bought(10)), limits, TradeAction.Sell, Given.Prediction(-5)).Quantity);
    }

    [Fact]
    public void real_orders_rest_on_live_prices_and_on_allowed_symbols()
    {
        var real = Given.Limits with { Orders = new(RealTrading: true) };
        Refused(Buy(Given.Account(real)), RiskRule.RealTrading, observed: 1, limit: 0);
        var live = Portfolio.Evolve(Portfolio.Evolve(null, Given.Opened with { MarketData = "live" }),
            new LimitsSet(1, real, "kim", "", Given.Noon));
        Assert.Equal(Verdict.Approved, Buy(live).Verdict);
        var simulated = Given.Prediction(5);
        Assert.Equal(RiskRule.RealTrading,
            Risk.Assess(live, 2, simulated with { Price = simulated.Price with { Simulated = true } }, Given.Noon).Refusal);

        Assert.Equal(Verdict.Approved, Buy(Given.Account(Given.Limits with { Orders = new(AllowedSymbols: "ETH-USD,BTC-USD") })).Verdict);
        Refused(Buy(Given.Account(Given.Limits with { Orders = new(AllowedSymbols: "ETH-USD,BTC-USDT") })),
            RiskRule.AllowedSymbol, observed: 1, limit: 0);
    }

    [Fact]
    public void a_symbol_may_be_traded_less_than_its_account_and_never_more()
    {
        var reduced = Given.Account(Given.Bought(10), new SymbolStateSet(Given.Symbol, TradingState.Reducing, "kim", "test", Given.Noon));
        Refused(Buy(reduced), RiskRule.TradingState, observed: 1, limit: 0);
        Assert.Equal(TradingState.Active, reduced.StateOf("ETH-USD"));
        Assert.Null(
            Portfolio.Evolve(reduced, new SymbolStateSet(Given.Symbol, TradingState.Active, "kim", "test", Given.Noon)).SymbolStates);
        Assert.Equal(TradingState.Halted, Portfolio.Evolve(reduced, new TradingHalted("kim", "test", Given.Noon)).StateOf(Given.Symbol));
    }

    [Fact]
    public void further_limits_tell_every_value_that_is_out_of_its_range()
    {
        var limits = Given.Limits with
        {
            Orders = new(false, null, 0, 0, 0, 2),
            Evidence = new(0, 0, 0, 2),
            Losses = new(0, 0, 0),
            Pace = new(0, 0, 0, 0, 0),
            Exits = new(0, 0, -1, 0, 0, false, false, 0.5m),
            Sizing = new(SizingMethod.Kelly, 0, 0),
        };
        Assert.Equal(24, limits.Violations().Count);
    }

    [Fact]
    public void limits_of_old_are_read_as_they_were_without_the_further_ones()
    {
        var read = (LimitsSet)Json.Read(
            File.ReadAllText(Path.Combine(Repository.Root, "tests", "Core.Tests", "golden", "limits_set.v1.json")), typeof(LimitsSet));
        Assert.Equal((null, null, null, null, null, null),
            (read.Limits.Orders, read.Limits.Evidence, read.Limits.Losses, read.Limits.Pace, read.Limits.Exits, read.Limits.Sizing));
        var whole = new LimitsSet(2,
            Given.Limits with
            {
                Orders = new(true, "BTC-USD", 1, 1, 0.01m, 0.5m),
                Evidence = new(2, 1, 2, 0.5),
                Losses = new(0.1m, 4, 20),
                Pace = new(5, 10, 50, 60, 600),
                Exits = new(5, 5, 1, 5, 86_400, true, true, 100),
                Sizing = new(SizingMethod.Kelly)
            }, "kim", "all", Given.Noon);
        Assert.Equal(whole, Json.Read(Json.Text(whole), typeof(LimitsSet)));
    }
}
