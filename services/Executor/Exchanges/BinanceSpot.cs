using Trading.Contracts;
using Trading.Core;

namespace Trading.Services.Exchanges;

/// <summary>
/// Binance Spot over its REST API (binance-spot-api-docs: rest-api.md, errors.md, filters.md). A client order id is unique only among open
/// orders there. So an order is sent once, after its intent was recorded, and only queried from then on.
/// </summary>
public sealed class BinanceSpot : IExchange, IDisposable
{
    /// <summary>Name in settings and records.</summary>
    public const string ExchangeName = "binance";

    // Request weights of openOrders with and without a symbol (rest-api.md).
    private const int WeightOfOneSymbol = 6;
    private const int WeightOfAllSymbols = 80;

    private readonly BinanceRest _rest;
    private readonly BinanceExecutionRules _rules;
    private readonly BinanceFills _fills;
    private readonly Func<CancellationToken, Task<BinanceKey>> _key;
    private readonly ExchangeOptions _options;

    /// <param name="key">Returns the current key that signs the requests.</param>
    /// <param name="options">Address, time-outs and currency.</param>
    /// <param name="clock">This machine's clock.</param>
    public BinanceSpot(Func<CancellationToken, Task<BinanceKey>> key, ExchangeOptions options, TimeProvider clock)
    {
        (_key, _options, _rest) = (key, options, new(key, options, clock));
        (_rules, _fills) = (new(_rest, clock), new(_rest, SymbolOf));
    }

    /// <inheritdoc/>
    public string Name => ExchangeName;

    /// <inheritdoc/>
    public bool Simulated => _options.TestNetwork;

    /// <inheritdoc/>
    public PaperCosts? Costs => null;

    /// <inheritdoc/>
    public TimeSpan RequestLifetime => _options.ReceiveWindow + TimeSpan.FromSeconds(1);

    /// <summary>How far the exchange's clock is ahead of this machine's.</summary>
    public TimeSpan ClockOffset => _rest.Clock.Offset;

    /// <summary>Weight used in this minute, as the exchange counts it.</summary>
    public int UsedWeight => _rest.Http.UsedWeight;

    /// <inheritdoc/>
    public Task CheckKeyAsync(CancellationToken cancellation) => _key(cancellation);

    /// <inheritdoc/>
    /// <remarks>The test network serves no sapi (binance-spot-api-docs, testnet), so it is not asked.</remarks>
    public async Task<ExchangeAnswer<KeyRights>> KeyRightsAsync(CancellationToken cancellation) => _options.TestNetwork
        ? ExchangeAnswer.Refused<KeyRights>(ExchangeRefusal.NotSupported, "binance's test network does not tell what a key may do")
        : BinanceAnswers.Read(await _rest.SignedAsync(HttpMethod.Get, "/sapi/v1/account/apiRestrictions", new(), true, cancellation),
            BinanceAnswers.Rights);

    /// <inheritdoc/>
    public async Task PrepareAsync(CancellationToken cancellation)
    {
        await _rest.Clock.KnowAsync(cancellation);
        // Without a key the order will be refused.
        await ExchangeKeys.TryAsync(_key, cancellation);
    }

    /// <inheritdoc/>
    public async Task<ExchangeAnswer<OrderReport>> PlaceAsync(ExchangeOrder order, CancellationToken cancellation)
    {
        var parameters = new BinanceParameters()
            .Add("symbol", SymbolOf(order.Order.Symbol))
            .Add("side", order.Order.Side == TradeAction.Buy ? "BUY" : "SELL")
            .Add("type", order.Sent.Placement switch
            {
                OrderPlacement.Market => "MARKET",
                OrderPlacement.PostOnly => "LIMIT_MAKER",
                OrderPlacement.StopLoss => order.Sent.LimitPrice is null ? "STOP_LOSS" : "STOP_LOSS_LIMIT",
                _ => "LIMIT",
            })
            .Add("timeInForce", order.Sent switch
            {
                { Placement: OrderPlacement.LimitIoc } => "IOC",
                { Placement: OrderPlacement.LimitGtc } or { Placement: OrderPlacement.StopLoss, LimitPrice: not null } => "GTC",
                _ => null,
            })
            .Add("quantity", order.Sent.Quantity.Plain())
            .Add("price", order.Sent.Placement == OrderPlacement.Market ? null : order.Sent.LimitPrice?.Plain())
            .Add("stopPrice", order.Sent.StopPrice?.Plain())
            .Add("newClientOrderId", order.ClientOrderId)
            .Add("newOrderRespType", "FULL")
            .Add("selfTradePreventionMode", _rules.PreventionOf(SymbolOf(order.Order.Symbol), order.Order.Side));
        var reply = _rest.Http.Orders.Refusal(order.Order.Side == TradeAction.Sell)
            ?? await _rest.SignedAsync(HttpMethod.Post, "/api/v3/order", parameters, false, cancellation, order.SendBefore);
        return BinanceAnswers.Read(reply, body => BinanceAnswers.Report(body, order.Order.Symbol));
    }

    /// <inheritdoc/>
    public async Task<ExchangeAnswer<OrderReport>> CancelAsync(ExchangeOrder order, CancellationToken cancellation)
    {
        var reply = await _rest.SignedAsync(HttpMethod.Delete, "/api/v3/order", Identity(order), false, cancellation);
        var cancelled = BinanceAnswers.Read(reply, body => BinanceAnswers.Report(body, order.Order.Symbol));
        // The reply to a cancellation has no fills.
        return cancelled is { IsDone: true, Value.FilledQuantity: > 0 } ? await OrderAsync(order, cancellation) : cancelled;
    }

    /// <inheritdoc/>
    public async Task<ExchangeAnswer<OrderReport>> OrderAsync(ExchangeOrder order, CancellationToken cancellation)
    {
        var asked = BinanceAnswers.Read(await _rest.SignedAsync(HttpMethod.Get, "/api/v3/order", Identity(order), false, cancellation),
            body => BinanceAnswers.Report(body, order.Order.Symbol));
        if (asked is not { IsDone: true, Value: { FilledQuantity: > 0 } report })
            return asked;
        var trades = await _fills.OfOrderAsync(order.Order.Symbol, report.ExchangeOrderId, cancellation);
        return trades.Select(fills => report with { Fills = fills });
    }

    /// <inheritdoc/>
    public async Task<ExchangeAnswer<OrderReport>> OrderByIdAsync(
        string symbol, string exchangeOrderId, CancellationToken cancellation) => BinanceAnswers.Read(
        await _rest.SignedAsync(HttpMethod.Get, "/api/v3/order",
            new BinanceParameters().Add("symbol", SymbolOf(symbol)).Add("orderId", exchangeOrderId), true, cancellation),
        body => BinanceAnswers.Report(body, symbol));

    /// <inheritdoc/>
    public async Task<ExchangeAnswer<IReadOnlyList<OrderReport>>> OpenOrdersAsync(
        IReadOnlyCollection<string> symbols, CancellationToken cancellation)
    {
        var named = symbols.ToDictionary(SymbolOf);
        if (symbols.Count * WeightOfOneSymbol > WeightOfAllSymbols)
            return await OpenOrdersAsync(null, named, cancellation);
        var all = new List<OrderReport>();
        foreach (var symbol in named.Keys)
        {
            var open = await OpenOrdersAsync(symbol, named, cancellation);
            // A market that is gone has no orders.
            if (open is { Kind: AnswerKind.Refused, Refusal: ExchangeRefusal.NotTraded })
                continue;
            if (!open.IsDone)
                return open;
            all.AddRange(open.Value);
        }
        return ExchangeAnswer.Done<IReadOnlyList<OrderReport>>(all);
    }

    /// <inheritdoc/>
    public Task<ExchangeAnswer<IReadOnlyList<ExchangeFill>>> FillsAsync(
        string symbol, DateTimeOffset since, CancellationToken cancellation) => _fills.SinceAsync(symbol, since, cancellation);

    /// <inheritdoc/>
    public async Task<ExchangeAnswer<IReadOnlyList<ExchangeBalance>>> BalancesAsync(CancellationToken cancellation) => BinanceAnswers.Read(
        await _rest.SignedAsync(
            HttpMethod.Get, "/api/v3/account", new BinanceParameters().Add("omitZeroBalances", "true"), true, cancellation),
        body => (IReadOnlyList<ExchangeBalance>)[.. body.NeededItems("balances")
            .Select(balance => new ExchangeBalance(balance.Needed("asset"), balance.Number("free"), balance.Number("locked")))]);

    /// <inheritdoc/>
    public async Task<ExchangeAnswer<ProductFilters>> ProductAsync(string symbol, CancellationToken cancellation)
    {
        var products = await ProductsAsync($"symbol={SymbolOf(symbol)}", new() { [SymbolOf(symbol)] = symbol }, cancellation);
        return products.Select(all => all[0]);
    }

    /// <inheritdoc/>
    public async Task<ExchangeAnswer<IReadOnlyList<ProductFilters>>> ProductsAsync(
        IReadOnlyCollection<string> symbols, CancellationToken cancellation)
    {
        var named = symbols.ToDictionary(SymbolOf);
        var list = $"[{string.Join(',', named.Keys.Select(symbol => $"\"{symbol}\""))}]";
        return await ProductsAsync($"symbols={Uri.EscapeDataString(list)}", named, cancellation);
    }

    /// <inheritdoc/>
    public async Task<decimal?> ReferencePriceAsync(string symbol, CancellationToken cancellation) =>
        await _rules.ReferencePriceAsync(SymbolOf(symbol), cancellation);

    /// <inheritdoc/>
    public async Task<ExchangeAnswer<AccountTerms>> TermsAsync(string symbol, CancellationToken cancellation)
    {
        var named = new BinanceParameters().Add("symbol", SymbolOf(symbol));
        var fees = BinanceAnswers.Read(
            await _rest.SignedAsync(HttpMethod.Get, "/api/v3/account/commission", named, true, cancellation), BinanceProduct.FeePercent);
        if (!fees.IsDone)
            return fees.As<AccountTerms>();
        // MAX_ASSET is told nowhere else.
        var parts = ExchangeSymbol.Of(symbol, _options.Usd);
        return BinanceAnswers.Read(await _rest.SignedAsync(HttpMethod.Get, "/api/v3/myFilters", named, true, cancellation),
            body => new AccountTerms(fees.Value, BinanceProduct.MostOf(body, parts.Base), BinanceProduct.MostOf(body, parts.Quote)));
    }

    /// <inheritdoc/>
    public async Task<ExchangeAnswer<decimal>> PriceAsync(string asset, CancellationToken cancellation) =>
        BinanceAnswers.Read(
            await _rest.PublicAsync("/api/v3/ticker/price", $"symbol={Uri.EscapeDataString(asset + _options.Usd)}", cancellation),
            body => body.Price());

    /// <inheritdoc/>
    public Task<ExchangeAnswer<DateTimeOffset>> ServerTimeAsync(CancellationToken cancellation) => _rest.Clock.CompareAsync(cancellation);

    /// <inheritdoc/>
    public void Dispose() => _rest.Dispose();

    private async Task<ExchangeAnswer<IReadOnlyList<ProductFilters>>> ProductsAsync(
        string query, Dictionary<string, string> named, CancellationToken cancellation)
    {
        var reply = await _rest.PublicAsync("/api/v3/exchangeInfo", query, cancellation);
        if (reply.IsGood)
            await _rules.AskAsync(query, cancellation);
        return BinanceAnswers.Read(reply, body =>
        {
            _rest.Http.Limit(body);
            var products = body.NeededItems("symbols").Where(product => named.ContainsKey(product.Needed("symbol"))).ToList();
            products.ForEach(_rules.Note);
            return products.Count == named.Count
                ? (IReadOnlyList<ProductFilters>)[.. products.Select(product =>
                    BinanceProduct.Read(product, named[product.Needed("symbol")], _rules.Of(product.Needed("symbol"))))]
                : throw new FormatException("a symbol that was asked for is missing");
        });
    }

    private string SymbolOf(string symbol) => ExchangeSymbol.Of(symbol, _options.Usd) is var parts ? parts.Base + parts.Quote : "";

    private BinanceParameters Identity(ExchangeOrder order) =>
        new BinanceParameters().Add("symbol", SymbolOf(order.Order.Symbol)).Add("origClientOrderId", order.ClientOrderId);

    private async Task<ExchangeAnswer<IReadOnlyList<OrderReport>>> OpenOrdersAsync(
        string? one, Dictionary<string, string> named, CancellationToken cancellation) =>
        BinanceAnswers.Read(await _rest.SignedAsync(
            HttpMethod.Get, "/api/v3/openOrders", new BinanceParameters().Add("symbol", one), true, cancellation),
        body => (IReadOnlyList<OrderReport>)[.. body.EnumerateArray().Where(order => named.ContainsKey(order.Needed("symbol")))
            .Select(order => BinanceAnswers.Report(order, named[order.Needed("symbol")]))]);

}

/// <summary>Makes Binance Spot.</summary>
internal sealed class BinanceSpotMaker : IExchangeMaker
{
    /// <inheritdoc/>
    public string Name => BinanceSpot.ExchangeName;

    /// <inheritdoc/>
    public IExchange Create(IServiceProvider services, ExchangeOptions options)
    {
        var keys = services.GetRequiredService<ExchangeKeys>();
        return new BinanceSpot(
            cancellation => keys.KeyAsync((id, secret) => new BinanceKey(id, secret), cancellation), options,
            services.GetRequiredService<TimeProvider>());
    }
}
