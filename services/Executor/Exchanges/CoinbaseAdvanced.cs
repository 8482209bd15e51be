using System.Globalization;
using System.Text.Json.Nodes;
using Trading.Contracts;
using Trading.Core;

namespace Trading.Services.Exchanges;

/// <summary>
/// Coinbase Advanced Trade over its REST API. It has no query by client order id, so the orders since shortly before the intent was
/// recorded are searched for it. Coinbase also places no second order with a used client order id; nothing here relies on that.
/// </summary>
public sealed class CoinbaseAdvanced : IExchange, IDisposable
{
    /// <summary>Name in settings and records.</summary>
    public const string ExchangeName = "coinbase";

    private const string Root = CoinbaseRest.Root;

    // Clocks differ: an order is searched for from a little before its intent on.
    private static readonly TimeSpan ClockMargin = TimeSpan.FromMinutes(1);

    private readonly CoinbaseRest _rest;
    private readonly CoinbasePortfolio _portfolio;
    private readonly Func<CancellationToken, Task<CoinbaseKey>> _key;
    private readonly ExchangeOptions _options;

    /// <param name="key">Returns the current key that signs the requests.</param>
    /// <param name="options">Address, time-outs and currency.</param>
    /// <param name="clock">This machine's clock.</param>
    public CoinbaseAdvanced(Func<CancellationToken, Task<CoinbaseKey>> key, ExchangeOptions options, TimeProvider clock)
    {
        (_key, _options, _rest) = (key, options, new(key, options, clock));
        _portfolio = new(_rest);
    }

    /// <inheritdoc/>
    public string Name => ExchangeName;

    /// <inheritdoc/>
    public bool Simulated => _options.TestNetwork;

    /// <inheritdoc/>
    public PaperCosts? Costs => null;

    /// <inheritdoc/>
    public TimeSpan RequestLifetime => _rest.Lifetime + TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public Task CheckKeyAsync(CancellationToken cancellation) => _key(cancellation);

    /// <inheritdoc/>
    public Task<ExchangeAnswer<KeyRights>> KeyRightsAsync(CancellationToken cancellation) => _portfolio.RightsAsync(cancellation);

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
        var body = new JsonObject
        {
            ["client_order_id"] = order.ClientOrderId,
            ["product_id"] = ProductOf(order.Order.Symbol),
            ["side"] = order.Order.Side == TradeAction.Buy ? "BUY" : "SELL",
            ["order_configuration"] = Configuration(order.Sent),
        };
        var reply = await _rest.SendAsync(HttpMethod.Post, $"{Root}/orders", "", body, false, cancellation, order.SendBefore);
        if (!reply.IsGood)
            return CoinbaseAnswers.Error<OrderReport>(reply);
        // Only a reply of the exchange itself says that it was not taken: a proxy may answer with some JSON too.
        if (!reply.Body.HasFlag("success"))
            return ExchangeAnswer.Unknown<OrderReport>("an answer that does not say whether the order was taken");
        if (!reply.Body.Flag("success"))
            return CoinbaseAnswers.NotPlaced(reply.Body);
        var id = reply.Body.Inner("success_response").Text("order_id") ?? reply.Body.Text("order_id");
        if (id is null)
            return ExchangeAnswer.Unknown<OrderReport>("an answer without an order id");
        var asked = await OrderAsync(order with { ExchangeOrderId = id }, cancellation);
        // It is placed, that is certain; its state is queried later.
        return asked.IsDone ? asked : ExchangeAnswer.Done(new OrderReport(
            id, order.ClientOrderId, order.Order.Symbol, order.Order.Side, OrderStatus.Open, order.Sent.Quantity, 0,
            order.Sent.LimitPrice ?? 0, [], null, _rest.Clock.Now));
    }

    /// <inheritdoc/>
    public async Task<ExchangeAnswer<OrderReport>> CancelAsync(ExchangeOrder order, CancellationToken cancellation)
    {
        if (order.ExchangeOrderId is null)
        {
            var asked = await OrderAsync(order, cancellation);
            if (!asked.IsDone)
                return asked;
            order = order with { ExchangeOrderId = asked.Value.ExchangeOrderId };
        }
        var reply = await _rest.SendAsync(HttpMethod.Post, $"{Root}/orders/batch_cancel", "",
            new JsonObject { ["order_ids"] = new JsonArray(order.ExchangeOrderId) }, false, cancellation);
        if (!reply.IsGood)
            return CoinbaseAnswers.Error<OrderReport>(reply);
        var result = reply.Body.Items("results").FirstOrDefault();
        if (!result.HasFlag("success"))
            return ExchangeAnswer.Unknown<OrderReport>("an answer that does not say whether the order was cancelled");
        if (result.Flag("success"))
            return await OrderAsync(order, cancellation);
        var reason = result.Text("failure_reason") ?? "no reason given";
        return reason is "UNKNOWN_CANCEL_ORDER" or "INVALID_CANCEL_REQUEST" or "DUPLICATE_CANCEL_REQUEST"
            ? ExchangeAnswer.Refused<OrderReport>(ExchangeRefusal.NotFound, reason)
            : ExchangeAnswer.Unknown<OrderReport>(reason);
    }

    /// <inheritdoc/>
    public async Task<ExchangeAnswer<OrderReport>> OrderAsync(ExchangeOrder order, CancellationToken cancellation)
    {
        var asked = order.ExchangeOrderId is { } known
            ? CoinbaseAnswers.Read(
                await _rest.SendAsync(HttpMethod.Get, $"{Root}/orders/historical/{known}", "", null, false, cancellation),
                body => CoinbaseAnswers.Report(body.Inner("order"), order.Order.Symbol))
            : await FindAsync(order, cancellation);
        if (asked is not { IsDone: true, Value: { FilledQuantity: > 0 } report })
            return asked;
        var fills = await FillsAsync(order.Order.Symbol, $"order_ids={report.ExchangeOrderId}", false, cancellation);
        return fills.Select(all => report with { Fills = all });
    }

    /// <inheritdoc/>
    public async Task<ExchangeAnswer<OrderReport>> OrderByIdAsync(
        string symbol, string exchangeOrderId, CancellationToken cancellation) => CoinbaseAnswers.Read(
        await _rest.SendAsync(HttpMethod.Get, $"{Root}/orders/historical/{exchangeOrderId}", "", null, true, cancellation),
        body => CoinbaseAnswers.Report(body.Inner("order"), symbol));

    /// <inheritdoc/>
    public Task<ExchangeAnswer<IReadOnlyList<OrderReport>>> OpenOrdersAsync(
        IReadOnlyCollection<string> symbols, CancellationToken cancellation)
    {
        var named = symbols.ToDictionary(ProductOf);
        var which = named.Count == 1 ? $"product_ids={named.Keys.Single()}&" : "";
        return OrdersAsync($"{which}order_status=OPEN", true, named.GetValueOrDefault, cancellation);
    }

    /// <inheritdoc/>
    public Task<ExchangeAnswer<IReadOnlyList<ExchangeFill>>> FillsAsync(
        string symbol, DateTimeOffset since, CancellationToken cancellation) =>
        FillsAsync(symbol, $"product_ids={ProductOf(symbol)}&start_sequence_timestamp={Iso(since)}", true, cancellation);

    /// <inheritdoc/>
    public async Task<ExchangeAnswer<IReadOnlyList<ExchangeBalance>>> BalancesAsync(CancellationToken cancellation)
    {
        var portfolio = await _portfolio.KnowAsync(cancellation);
        if (!portfolio.IsDone)
            return portfolio.As<IReadOnlyList<ExchangeBalance>>();
        var balances = await _rest.PagesAsync($"{Root}/accounts", "limit=250", "accounts", true,
            account => CoinbasePortfolio.Has(account, portfolio.Value)
                ? new ExchangeBalance(account.Needed("currency"), account.Inner("available_balance").NeededNumber("value"),
                    account.Inner("hold").Number("value")) : null, cancellation);
        return balances.Select(all => (IReadOnlyList<ExchangeBalance>)[.. all.OfType<ExchangeBalance>()]);
    }

    /// <inheritdoc/>
    public async Task<ExchangeAnswer<ProductFilters>> ProductAsync(string symbol, CancellationToken cancellation) =>
        CoinbaseAnswers.Read(
            await _rest.SendAsync(HttpMethod.Get, $"{Root}/products/{ProductOf(symbol)}", "", null, true, cancellation),
            body => CoinbaseAnswers.Product(body, symbol));

    /// <inheritdoc/>
    public async Task<ExchangeAnswer<AccountTerms>> TermsAsync(string symbol, CancellationToken cancellation) => CoinbaseAnswers.Read(
        await _rest.SendAsync(HttpMethod.Get, $"{Root}/transaction_summary", "product_type=SPOT", null, true, cancellation),
        body => body.Inner("fee_tier") is var tier
            ? new AccountTerms(100 * Math.Max(tier.NeededNumber("taker_fee_rate"), tier.NeededNumber("maker_fee_rate")), 0, 0) : null!);

    /// <inheritdoc/>
    public async Task<ExchangeAnswer<decimal>> PriceAsync(string asset, CancellationToken cancellation) =>
        CoinbaseAnswers.Read(
            await _rest.SendAsync(
                HttpMethod.Get, $"{Root}/products/{Uri.EscapeDataString($"{asset}-{_options.Usd}")}", "", null, true, cancellation),
            body => body.Price());

    /// <inheritdoc/>
    public Task<ExchangeAnswer<DateTimeOffset>> ServerTimeAsync(CancellationToken cancellation) => _rest.Clock.CompareAsync(cancellation);

    /// <inheritdoc/>
    public void Dispose() => _rest.Dispose();

    private static JsonObject Configuration(SentOrder sent)
    {
        var size = sent.Quantity.Plain();
        var limit = sent.LimitPrice?.Plain();
        return sent.Placement switch
        {
            OrderPlacement.Market => new() { ["market_market_ioc"] = new JsonObject { ["base_size"] = size } },
            OrderPlacement.LimitIoc => new() { ["sor_limit_ioc"] = new JsonObject { ["base_size"] = size, ["limit_price"] = limit } },
            OrderPlacement.StopLoss => new()
            {
                ["stop_limit_stop_limit_gtc"] = new JsonObject
                {
                    ["base_size"] = size, ["limit_price"] = limit, ["stop_price"] = sent.StopPrice?.Plain(),
                    ["stop_direction"] = "STOP_DIRECTION_STOP_DOWN",
                },
            },
            _ => new()
            {
                ["limit_limit_gtc"] = new JsonObject
                {
                    ["base_size"] = size,
                    ["limit_price"] = limit,
                    ["post_only"] = sent.Placement == OrderPlacement.PostOnly
                }
            },
        };
    }

    private async Task<ExchangeAnswer<OrderReport>> FindAsync(ExchangeOrder order, CancellationToken cancellation)
    {
        await _rest.Clock.KnowAsync(cancellation);
        var start = (order.OutForAtMost is { } outFor ? _rest.Clock.Now - outFor : order.PlacedAt + _rest.Clock.Offset) - ClockMargin;
        var since = await OrdersAsync($"product_ids={ProductOf(order.Order.Symbol)}&start_date={Iso(start)}", false,
            _ => order.Order.Symbol, cancellation);
        if (!since.IsDone)
            return since.As<OrderReport>();
        return since.Value.FirstOrDefault(report => report.ClientOrderId == order.ClientOrderId) is { } found
            ? ExchangeAnswer.Done(found)
            : ExchangeAnswer.Refused<OrderReport>(ExchangeRefusal.NotFound,
                $"no order {order.ClientOrderId} since {start:u}");
    }

    // The orders of the products that a symbol is found for.
    private async Task<ExchangeAnswer<IReadOnlyList<OrderReport>>> OrdersAsync(
        string query, bool canWait, Func<string, string?> symbol, CancellationToken cancellation)
    {
        var orders = await _rest.PagesAsync($"{Root}/orders/historical/batch", $"{query}&limit=250", "orders", canWait,
            order => symbol(order.Text("product_id") ?? "") is { } known ? CoinbaseAnswers.Report(order, known) : null, cancellation);
        return orders.Select(all => (IReadOnlyList<OrderReport>)[.. all.OfType<OrderReport>()]);
    }

    private async Task<ExchangeAnswer<IReadOnlyList<ExchangeFill>>> FillsAsync(
        string symbol, string query, bool canWait, CancellationToken cancellation)
    {
        var quote = ExchangeSymbol.Of(symbol, _options.Usd).Quote;
        var fills = await _rest.PagesAsync($"{Root}/orders/historical/fills", $"{query}&limit=250", "fills", canWait,
            fill => CoinbaseAnswers.Fill(fill, symbol, quote), cancellation);
        return fills.Select(all =>
            (IReadOnlyList<ExchangeFill>)[.. all.DistinctBy(fill => fill.ExchangeTradeId)
                .OrderBy(fill => fill.At).ThenBy(fill => fill.ExchangeTradeId, StringComparer.Ordinal)]);
    }

    private string ProductOf(string symbol) => ExchangeSymbol.Of(symbol, _options.Usd) is var parts ? $"{parts.Base}-{parts.Quote}" : "";

    private static string Iso(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}

/// <summary>Makes Coinbase Advanced.</summary>
internal sealed class CoinbaseAdvancedMaker : IExchangeMaker
{
    /// <inheritdoc/>
    public string Name => CoinbaseAdvanced.ExchangeName;

    /// <inheritdoc/>
    public IExchange Create(IServiceProvider services, ExchangeOptions options)
    {
        var keys = services.GetRequiredService<ExchangeKeys>();
        return new CoinbaseAdvanced(
            cancellation => keys.KeyAsync((id, secret) => new CoinbaseKey(id, secret), cancellation), options,
            services.GetRequiredService<TimeProvider>());
    }
}
