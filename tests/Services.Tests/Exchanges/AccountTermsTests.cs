using System.Security.Cryptography;
using Microsoft.Extensions.Logging.Abstractions;
using Trading.Contracts;
using Trading.Core;
using Trading.Services.Exchanges;
using Trading.TestKit.Exchanges;
using Trading.TestKit.Programs;
using Xunit;

namespace Trading.Services.Tests.Exchanges;

/// <summary>
/// What an account pays and may do on its exchange, and the rules of 2026: fees, bounds of the account, price ranges, reference prices,
/// states of products, portfolios and rights of keys.
/// </summary>
public sealed class AccountTermsTests : IAsyncLifetime
{
    private const string KeyId = "organizations/1/apiKeys/2";

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private SimulatedExchange _simulator = null!;
    private IExchange _exchange = null!;

    private BinanceSimulator Binance => (BinanceSimulator)_simulator;

    private CoinbaseSimulator Coinbase => (CoinbaseSimulator)_simulator;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        (_exchange as IDisposable)?.Dispose();
        _key.Dispose();
        await _simulator.DisposeAsync();
    }

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

    [Theory]
    [InlineData(TradeAction.Buy, "EXPIRE_TAKER", true)]
    [InlineData(TradeAction.Sell, "EXPIRE_MAKER", true)]
    [InlineData(TradeAction.Sell, null, false)]
    public async Task an_own_sale_is_never_what_self_trade_prevention_takes_away(TradeAction side, string? mode, bool allowed)
    {
        await StartAsync("binance");
        if (!allowed)
            Binance.Preventions = ["EXPIRE_BOTH"];
        _simulator.Venue.Deposit("BTC", 1);
        await _exchange.ProductAsync("BTC-USD", default);
        Assert.True((await _exchange.PlaceAsync(Orders.Of("a", OrderPlacement.Market, side, 0.001m, null), default)).IsDone);
        var sent = _simulator.Requests.Single(request => request.Method == "POST").Body;
        Assert.Equal(mode is not null, sent.Contains($"&selfTradePreventionMode={mode}&", StringComparison.Ordinal));
        Assert.Equal(mode is not null, sent.Contains("selfTradePreventionMode", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("CANCEL_ONLY")]
    [InlineData("HALT")]
    [InlineData("BREAK")]
    public async Task a_symbol_of_binance_in_any_other_state_than_trading_takes_no_orders(string status)
    {
        await StartAsync("binance");
        Binance.SymbolStatus = status;
        Assert.False((await _exchange.ProductAsync("BTC-USD", default)).Value!.Trading);
    }

    [Theory]
    [InlineData("cancel_only", false, "")]
    [InlineData("trading_disabled", false, "")]
    [InlineData("view_only", false, "")]
    [InlineData("limit_only", true, "LimitIoc LimitGtc PostOnly StopLoss")]
    [InlineData("post_only", true, "PostOnly")]
    public async Task a_product_of_coinbase_takes_what_its_flags_say(string flag, bool trading, string kinds)
    {
        await StartAsync("coinbase");
        Coinbase.ProductFlag = flag;
        var product = (await _exchange.ProductAsync("BTC-USD", default)).Value!;
        Assert.Equal(trading, product.Trading);
        if (trading)
            Assert.Equal(kinds.Split(' ').Order(), product.Kinds.Select(kind => $"{kind}").Order());
    }

    [Fact]
    public async Task a_delisted_product_of_coinbase_is_not_traded()
    {
        await StartAsync("coinbase");
        Coinbase.ProductStatus = "delisted";
        Assert.False((await _exchange.ProductAsync("BTC-USD", default)).Value!.Trading);
    }

    [Theory]
    [InlineData("PREVIEW_INSUFFICIENT_FUND", ExchangeRefusal.Funds)]
    [InlineData("PREVIEW_STOP_PRICE_ABOVE_LAST_TRADE_PRICE", ExchangeRefusal.WouldTrigger)]
    [InlineData("PREVIEW_INVALID_BASE_SIZE_TOO_SMALL", ExchangeRefusal.Filter)]
    [InlineData("PREVIEW_INVALID_PRICE_PRECISION", ExchangeRefusal.Filter)]
    [InlineData("PREVIEW_MISSING_PRODUCT_PRICE_BOOK", ExchangeRefusal.NotTraded)]
    [InlineData("PREVIEW_INVALID_REQUEST", ExchangeRefusal.Malformed)]
    [InlineData("PREVIEW_TOO_MANY_ORDERS_TOMORROW", ExchangeRefusal.Other)]
    public async Task a_failure_of_the_preview_has_the_meaning_of_its_name(string failure, ExchangeRefusal refusal)
    {
        await StartAsync("coinbase");
        var body = $$$"""{"success":false,"error_response":{"error":"UNKNOWN_FAILURE_REASON","preview_failure_reason":"{{{failure}}}"}}""";
        _simulator.Instead = (method, _, _) => method == "POST" ? (200, body) : null;
        Assert.Equal(refusal,
            (await _exchange.PlaceAsync(Orders.Of("a", OrderPlacement.Market, TradeAction.Buy, 0.001m, null), default)).Refusal);
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

    private async Task StartAsync(string name)
    {
        var venue = new Venue(new("BTC", name == "binance" ? "USDT" : "USD"), TimeProvider.System);
        venue.Deposit(venue.Rules.Quote, 10_000);
        _simulator = name == "binance"
            ? new BinanceSimulator(venue, Faults.None, TimeProvider.System, "key", "secret"u8.ToArray())
            : new CoinbaseSimulator(venue, Faults.None, TimeProvider.System, KeyId, _key.ExportSubjectPublicKeyInfoPem());
        await _simulator.StartAsync();
        var coinbase = new CoinbaseKey(KeyId, _key.ExportECPrivateKeyPem());
        var options = PatientOptions.At(_simulator.Address, venue.Rules.Quote);
        _exchange = name == "binance"
            ? new BinanceSpot(_ => Task.FromResult(new BinanceKey("key", "secret")), options, TimeProvider.System)
            : new CoinbaseAdvanced(_ => Task.FromResult(coinbase), options, TimeProvider.System);
    }
}
