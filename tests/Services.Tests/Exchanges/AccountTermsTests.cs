using Microsoft.Extensions.Logging.Abstractions;
using Trading.Contracts;
using Trading.Core;
using Trading.Services.Exchanges;
using Trading.TestKit.Programs;
using Xunit;

namespace Trading.Services.Tests.Exchanges;

/// <summary>What an account pays and may do on its exchange: fees, bounds, price ranges, reference prices, portfolios and keys.</summary>
public sealed class AccountTermsTests : SimulatorTest
{
    [Fact]
    public async Task the_fee_on_binance_is_the_sum_of_all_rates_and_the_largest_order_of_an_asset_is_reported_for_base_and_quote()
    {
        await StartAsync("binance");
        Binance.SpecialFeePercent = 0.05m;
        Assert.Equal(new AccountTerms(0.15m, 0, 0), (await _exchange.TermsAsync("BTC-USD", default)).Value);
        Binance.MaxAsset = ("USDT", 500);
        Assert.Equal(new AccountTerms(0.15m, 0, 500), (await _exchange.TermsAsync("BTC-USD", default)).Value);
        Binance.MaxAsset = ("BTC", 2);
        Assert.Equal(new AccountTerms(0.15m, 2, 0), (await _exchange.TermsAsync("BTC-USD", default)).Value);
    }

    [Fact]
    public async Task the_fee_on_coinbase_is_that_of_the_tier_for_orders_that_take()
    {
        await StartAsync("coinbase");
        Coinbase.TakerFeePercent = 0.25m;
        Assert.Equal(new AccountTerms(0.25m, 0, 0), (await _exchange.TermsAsync("BTC-USD", default)).Value);
    }

    [Theory]
    [InlineData("binance")]
    [InlineData("coinbase")]
    public async Task a_fee_that_is_not_reported_is_unknown_and_never_0(string name)
    {
        await StartAsync(name);
        _simulator.Instead = (_, path, _) =>
            path.Split('/')[^1] is "commission" or "transaction_summary" ? (200, "{}") : null;
        Assert.Equal(AnswerKind.Unknown, (await _exchange.TermsAsync("BTC-USD", default)).Kind);
    }

    [Fact]
    public async Task the_price_range_of_executions_narrows_the_band_of_worst_prices()
    {
        await StartAsync("binance");
        Binance.PriceRange = (0.9m, 1.02m);
        var product = (await _exchange.ProductAsync("BTC-USD", default)).Value!;
        // PERCENT_PRICE_BY_SIDE of the simulated exchange is 0.2 to 5.
        Assert.Equal((1.02m, 0.2m, 5m, 0.9m), (product.BuyMultiplierUp, product.BuyMultiplierDown, product.SellMultiplierUp,
            product.SellMultiplierDown));
        Assert.Equal(ProductRule.PercentPrice, product.Broken(OrderPlacement.LimitIoc, TradeAction.Sell, 0.001m, 53_000, 60_000));
        // Where they are not told later, the last known ones hold.
        _simulator.Instead = (_, path, _) => path.EndsWith("executionRules", StringComparison.Ordinal) ? (503, "{}") : null;
        Assert.True(product.IsSame((await _exchange.ProductAsync("BTC-USD", default)).Value!));
    }

    [Fact]
    public async Task a_reference_price_is_asked_for_only_where_there_is_one()
    {
        await StartAsync("binance");
        Binance.ReferencePrice = 59_000.5m;
        Assert.Equal(59_000.5m, await _exchange.ReferencePriceAsync("BTC-USD", default));
        Binance.ReferencePrice = null;
        Assert.Null(await _exchange.ReferencePriceAsync("BTC-USD", default));
        var asked = _simulator.Count;
        Assert.Null(await _exchange.ReferencePriceAsync("BTC-USD", default));
        Assert.Equal(asked, _simulator.Count);
    }

    [Fact]
    public async Task a_clock_that_is_set_back_keeps_no_question_away()
    {
        await StartAsync("binance");
        var clock = new JumpingClock();
        var cache = new AccountTermsCache(_exchange, clock, NullLogger.Instance);
        var values = new FeeValues(_exchange, clock, NullLogger<FeeValues>.Instance);
        Binance.SpecialFeePercent = 0.05m;
        Assert.Equal(0.15m, (await TermsAsync()).FeePercent);
        Assert.NotNull(await values.OfAsync("BTC", 1, default));
        Binance.SpecialFeePercent = 0.15m;
        var before = _simulator.Requests.Count;

        // Twenty years back; a day and an hour later all is asked again.
        clock.Jump(TimeSpan.FromDays(-7300));
        Assert.Equal(0.15m, (await TermsAsync()).FeePercent);
        clock.Pass(TimeSpan.FromHours(25));

        Assert.Equal(0.25m, (await TermsAsync()).FeePercent);
        Assert.NotNull(await values.OfAsync("BTC", 1, default));
        Assert.True(_simulator.Requests.Count >= before + 2);

        async Task<ProductFilters> TermsAsync()
        {
            cache.Begin(1);
            return await cache.AddAsync((await _exchange.ProductAsync("BTC-USD", default)).Value!, null, default);
        }
    }

    [Fact]
    public async Task money_of_another_portfolio_is_not_the_accounts()
    {
        await StartAsync("coinbase");
        Coinbase.InOtherPortfolio = 500;
        var balances = (await _exchange.BalancesAsync(default)).Value!;
        Assert.Equal(10_000, balances.Where(balance => balance.Asset == "USD").Sum(balance => balance.Total));
    }

    [Fact]
    public async Task a_key_without_the_right_to_trade_says_what_it_needs()
    {
        await StartAsync("coinbase");
        Assert.Null((await _exchange.KeyRightsAsync(default)).Value!.Lacks);
        Coinbase.CanTrade = false;
        Assert.Equal("it needs the rights view and trade of one portfolio", (await _exchange.KeyRightsAsync(default)).Value!.Lacks);
    }
}
