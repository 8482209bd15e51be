using Trading.Contracts;
using Trading.Core;
using Trading.Services.Exchanges;
using Xunit;

namespace Trading.Services.Tests.Exchanges;

/// <summary>Which orders a product takes in which state, and what its refusals mean.</summary>
public sealed class ProductStateTests : SimulatorTest
{
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
}
