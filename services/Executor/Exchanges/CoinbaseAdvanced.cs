using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Trading.Contracts;
using Trading.Core;

namespace Trading.Services.Exchanges;

/// <summary>
/// Coinbase Advanced Trade over its REST API. It has no question by client order id: the orders since shortly before the intent was recorded are looked through for it. An order whose
/// client order id was used before is not placed there again; nothing here relies on it.
/// </summary>
public sealed class CoinbaseAdvanced : IExchange, IDisposable
{
    /// <summary>Name in settings and records.</summary>
    public const string ExchangeName = "coinbase";

    private const string Root = "/api/v3/brokerage";
    private const int MostPages = 50;

    // Clocks differ: an order is looked for from a little before its intent on.
    private static readonly TimeSpan ClockMargin = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan ClockKnownFor = TimeSpan.FromMinutes(5);

    private readonly ExchangeHttp _http;
    private readonly Func<CancellationToken, Task<CoinbaseKey>> _key;
    private readonly ExchangeOptions _options;
    private readonly TimeProvider _clock;
    private TimeSpan _offset;
    private DateTimeOffset _offsetKnownUntil;

    /// <param name="key">Gives the key that signs the requests, as it is now.</param>
    /// <param name="options">Where, and for how long.</param>
    /// <param name="clock">This machine's clock.</param>
    public CoinbaseAdvanced(Func<CancellationToken, Task<CoinbaseKey>> key, ExchangeOptions options, TimeProvider clock)
    {
        (_key, _options, _clock) = (key, options, clock);
        _http = new(options.Address ?? new(options.TestNetwork ? "https://api-sandbox.coinbase.com" : "https://api.coinbase.com"), options.Timeout, clock);
    }

    /// <inheritdoc/>
    public string Name => ExchangeName;

    /// <inheritdoc/>
    public bool Simulated => _options.TestNetwork;

    /// <inheritdoc/>
    public PaperCosts? Costs => null;

    /// <inheritdoc/>
    public TimeSpan RequestLifetime => CoinbaseKey.Lifetime + TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public async Task PrepareAsync(CancellationToken cancellation)
    {
        await CompareClocksAsync(cancellation);
        // The order will be refused where there is none.
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
        var reply = await SendAsync(HttpMethod.Post, $"{Root}/orders", "", body, false, cancellation, order.SendBefore);
        if (!reply.IsGood)
            return Error<OrderReport>(reply);
        // Only the exchange's own word says that it was not taken: what stands between may answer with some JSON too.
        if (!reply.Body.TryGetProperty("success", out _))
            return ExchangeAnswer.Unknown<OrderReport>("an answer that does not tell whether the order was taken");
        if (!reply.Body.Flag("success"))
            return NotPlaced(reply.Body);
        var id = reply.Body.Inner("success_response").Text("order_id") ?? reply.Body.Text("order_id");
        if (id is null)
            return ExchangeAnswer.Unknown<OrderReport>("an answer that tells no order id");
        var asked = await OrderAsync(order with { ExchangeOrderId = id }, cancellation);
        // It is placed, that much is certain; what became of it is asked for later.
        return asked.IsDone ? asked : ExchangeAnswer.Done(new OrderReport(
            id, order.ClientOrderId, order.Order.Symbol, order.Order.Side, OrderStatus.Open, order.Sent.Quantity, 0, order.Sent.LimitPrice ?? 0, [], null, _clock.GetUtcNow()));
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
        var reply = await SendAsync(HttpMethod.Post, $"{Root}/orders/batch_cancel", "", new JsonObject { ["order_ids"] = new JsonArray(order.ExchangeOrderId) }, false, cancellation);
        if (!reply.IsGood)
            return Error<OrderReport>(reply);
        var result = reply.Body.Items("results").FirstOrDefault();
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
            ? Answer(await SendAsync(HttpMethod.Get, $"{Root}/orders/historical/{known}", "", null, false, cancellation), body => Report(body.Inner("order"), order.Order.Symbol))
            : await FindAsync(order, cancellation);
        if (asked is not { IsDone: true, Value: { FilledQuantity: > 0 } report })
            return asked;
        var fills = await FillsAsync(order.Order.Symbol, $"order_ids={report.ExchangeOrderId}", false, cancellation);
        return fills.Select(all => report with { Fills = all });
    }

    /// <inheritdoc/>
    public Task<ExchangeAnswer<IReadOnlyList<OrderReport>>> OpenOrdersAsync(string symbol, CancellationToken cancellation) =>
        OrdersAsync(symbol, $"product_ids={ProductOf(symbol)}&order_status=OPEN", true, cancellation);

    /// <inheritdoc/>
    public Task<ExchangeAnswer<IReadOnlyList<ExchangeFill>>> FillsAsync(string symbol, DateTimeOffset since, CancellationToken cancellation) =>
        FillsAsync(symbol, $"product_ids={ProductOf(symbol)}&start_sequence_timestamp={Iso(since)}", true, cancellation);

    /// <inheritdoc/>
    public Task<ExchangeAnswer<IReadOnlyList<ExchangeBalance>>> BalancesAsync(CancellationToken cancellation) => PagesAsync(
        $"{Root}/accounts", "limit=250", "accounts", true,
        account => new ExchangeBalance(account.Needed("currency"), account.Inner("available_balance").Number("value"), account.Inner("hold").Number("value")), cancellation);

    /// <inheritdoc/>
    public async Task<ExchangeAnswer<ProductFilters>> ProductAsync(string symbol, CancellationToken cancellation) =>
        Answer(await SendAsync(HttpMethod.Get, $"{Root}/products/{ProductOf(symbol)}", "", null, true, cancellation), body => Product(body, symbol));

    /// <inheritdoc/>
    public async Task<ExchangeAnswer<decimal>> PriceAsync(string asset, CancellationToken cancellation) =>
        Answer(await SendAsync(HttpMethod.Get, $"{Root}/products/{Uri.EscapeDataString($"{asset}-{_options.Usd}")}", "", null, true, cancellation), body => body.Price());

    /// <inheritdoc/>
    public async Task<ExchangeAnswer<DateTimeOffset>> ServerTimeAsync(CancellationToken cancellation)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, new Uri(_http.Address, $"{Root}/time"));
        return Answer(await _http.SendAsync(request, false, cancellation), body => body.Milliseconds("epochMillis"));
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    /// <summary>An order as Coinbase reports it; its fills are asked for by themselves.</summary>
    internal static OrderReport Report(JsonElement order, string symbol)
    {
        var status = order.Needed("status");
        var configuration = order.Inner("order_configuration");
        var terms = configuration.ValueKind == JsonValueKind.Object ? configuration.EnumerateObject().FirstOrDefault().Value : default;
        return new(
            order.Needed("order_id"), order.Text("client_order_id"), symbol, order.Text("side") == "SELL" ? TradeAction.Sell : TradeAction.Buy,
            status switch
            {
                "FILLED" => OrderStatus.Filled,
                "CANCELLED" or "EXPIRED" => OrderStatus.Cancelled,
                "FAILED" => OrderStatus.Rejected,
                "OPEN" or "PENDING" or "QUEUED" or "CANCEL_QUEUED" or "EDIT_QUEUED" => OrderStatus.Open,
                _ => throw new FormatException($"status {status} is not known"),
            },
            terms.Number("base_size"), order.Number("filled_size"), terms.Number("limit_price"), [],
            order.Text("reject_message") ?? order.Text("cancel_message") ?? (status is "FILLED" or "OPEN" or "PENDING" or "QUEUED" ? null : $"{status} on {ExchangeName}"),
            order.Time("last_fill_time") ?? order.Time("created_time") ?? throw new FormatException("created_time is missing"));
    }

    /// <summary>A product as Coinbase reports it.</summary>
    internal static ProductFilters Product(JsonElement product, string symbol)
    {
        var postOnly = product.Flag("post_only");
        var kinds = new List<OrderPlacement> { OrderPlacement.PostOnly };
        if (!postOnly)
            kinds.AddRange([OrderPlacement.LimitIoc, OrderPlacement.LimitGtc, OrderPlacement.StopLoss]);
        if (!postOnly && !product.Flag("limit_only"))
            kinds.Add(OrderPlacement.Market);
        var trading = !product.Flag("trading_disabled") && !product.Flag("is_disabled") && !product.Flag("view_only") && !product.Flag("cancel_only") && !product.Flag("auction_mode");
        return new(
            symbol, product.Needed("product_id"), product.Needed("base_currency_id"), product.Needed("quote_currency_id"), trading, kinds,
            product.Number("price_increment") is > 0 and var tick ? tick : product.Number("quote_increment"), 0, 0,
            product.Number("base_increment"), product.Number("base_min_size"), product.Number("base_max_size"), 0,
            product.Number("quote_min_size"), product.Number("quote_max_size"), 0, 0, 0, 0, 0);
    }

    /// <summary>A fill as Coinbase reports it; the commission is in the product's quote currency.</summary>
    internal static ExchangeFill Fill(JsonElement fill, string symbol, string quote)
    {
        var price = fill.Number("price");
        var size = fill.Number("size");
        return new(
            fill.Needed("order_id"), fill.Needed("trade_id"), symbol, fill.Text("side") == "SELL" ? TradeAction.Sell : TradeAction.Buy,
            fill.Flag("size_in_quote") ? size / price : size, price, fill.Number("commission"), quote, fill.Time("trade_time") ?? throw new FormatException("trade_time is missing"));
    }

    /// <summary>Why an order was not placed, by its name.</summary>
    internal static ExchangeAnswer<OrderReport> NotPlaced(JsonElement body)
    {
        var error = body.Inner("error_response");
        var name = error.Text("error") ?? body.Text("failure_reason") ?? "";
        var refusal = name switch
        {
            "INSUFFICIENT_FUND" or "INVALID_LEDGER_BALANCE" => ExchangeRefusal.Funds,
            "INVALID_LIMIT_PRICE_POST_ONLY" => ExchangeRefusal.WouldTake,
            "INVALID_PRICE_PRECISION" or "INVALID_SIZE_PRECISION" or "INVALID_LIMIT_PRICE" => ExchangeRefusal.Filter,
            "INVALID_PRODUCT_ID" or "ORDER_ENTRY_DISABLED" or "INELIGIBLE_PAIR" => ExchangeRefusal.NotTraded,
            "UNSUPPORTED_ORDER_CONFIGURATION" => ExchangeRefusal.NotSupported,
            "INVALID_REQUEST" or "INVALID_SIDE" => ExchangeRefusal.Malformed,
            _ => ExchangeRefusal.Other,
        };
        return ExchangeAnswer.Refused<OrderReport>(refusal, string.Join(": ", new[] { name, error.Text("message"), error.Text("error_details") }.Where(part => !string.IsNullOrEmpty(part))));
    }

    /// <summary>What an error of Coinbase says, by its status.</summary>
    internal static ExchangeAnswer<T> Error<T>(ExchangeReply reply)
    {
        var text = reply.Body.Text("message") ?? reply.Body.Text("error") ?? reply.Failure ?? "";
        var reason = reply.Status == 0 ? text : $"HTTP {reply.Status}: {text}";
        return reply.Status switch
        {
            ExchangeReply.NotSent => ExchangeAnswer.Refused<T>(ExchangeRefusal.Other, text),
            // What was on its way when the time was up may have been taken.
            408 => ExchangeAnswer.Unknown<T>(reason),
            451 => ExchangeAnswer.Refused<T>(ExchangeRefusal.Region, $"{reason}: {ExchangeName} does not serve this country or region"),
            429 => ExchangeAnswer.Refused<T>(ExchangeRefusal.RateLimited, reason, reply.RetryAfter),
            418 => ExchangeAnswer.Refused<T>(ExchangeRefusal.Banned, reason, reply.RetryAfter),
            401 or 403 => ExchangeAnswer.Refused<T>(ExchangeRefusal.Key, reason),
            404 => ExchangeAnswer.Refused<T>(ExchangeRefusal.NotFound, reason),
            >= 400 and < 500 => ExchangeAnswer.Refused<T>(ExchangeRefusal.Malformed, reason),
            _ => ExchangeAnswer.Unknown<T>(reason),
        };
    }

    private static ExchangeAnswer<T> Answer<T>(ExchangeReply reply, Func<JsonElement, T> read)
    {
        if (!reply.IsGood)
            return Error<T>(reply);
        try
        {
            return ExchangeAnswer.Done(read(reply.Body));
        }
        catch (Exception unreadable) when (unreadable is FormatException or InvalidOperationException or OverflowException or DivideByZeroException or ArgumentException)
        {
            return ExchangeAnswer.Unknown<T>($"an answer that cannot be read: {unreadable.Message}");
        }
    }

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
                    ["base_size"] = size, ["limit_price"] = limit, ["stop_price"] = sent.StopPrice?.Plain(), ["stop_direction"] = "STOP_DIRECTION_STOP_DOWN",
                },
            },
            _ => new() { ["limit_limit_gtc"] = new JsonObject { ["base_size"] = size, ["limit_price"] = limit, ["post_only"] = sent.Placement == OrderPlacement.PostOnly } },
        };
    }

    private async Task<ExchangeAnswer<OrderReport>> FindAsync(ExchangeOrder order, CancellationToken cancellation)
    {
        await CompareClocksAsync(cancellation);
        var since = await OrdersAsync(order.Order.Symbol, $"product_ids={ProductOf(order.Order.Symbol)}&start_date={Iso(order.PlacedAt + _offset - ClockMargin)}", false, cancellation);
        if (!since.IsDone)
            return since.As<OrderReport>();
        return since.Value.FirstOrDefault(report => report.ClientOrderId == order.ClientOrderId) is { } found
            ? ExchangeAnswer.Done(found)
            : ExchangeAnswer.Refused<OrderReport>(ExchangeRefusal.NotFound, $"no order {order.ClientOrderId} since {order.PlacedAt - ClockMargin:u}");
    }

    private Task<ExchangeAnswer<IReadOnlyList<OrderReport>>> OrdersAsync(string symbol, string query, bool canWait, CancellationToken cancellation) =>
        PagesAsync($"{Root}/orders/historical/batch", $"{query}&limit=250", "orders", canWait, order => Report(order, symbol), cancellation);

    private async Task<ExchangeAnswer<IReadOnlyList<ExchangeFill>>> FillsAsync(string symbol, string query, bool canWait, CancellationToken cancellation)
    {
        var quote = ExchangeSymbol.Of(symbol, _options.Usd).Quote;
        var fills = await PagesAsync($"{Root}/orders/historical/fills", $"{query}&limit=250", "fills", canWait, fill => Fill(fill, symbol, quote), cancellation);
        return fills.Select(all => (IReadOnlyList<ExchangeFill>)[.. all.OrderBy(fill => fill.At).ThenBy(fill => fill.ExchangeTradeId, StringComparer.Ordinal)]);
    }

    private async Task<ExchangeAnswer<IReadOnlyList<T>>> PagesAsync<T>(
        string path, string query, string list, bool canWait, Func<JsonElement, T> read, CancellationToken cancellation)
    {
        var all = new List<T>();
        string? cursor = null;
        for (var page = 0; page < MostPages; page++)
        {
            var reply = await SendAsync(HttpMethod.Get, path, cursor is null ? query : $"{query}&cursor={Uri.EscapeDataString(cursor)}", null, canWait, cancellation);
            var items = Answer(reply, body => (IReadOnlyList<T>)[.. body.Items(list).Select(read)]);
            if (!items.IsDone)
                return items;
            all.AddRange(items.Value);
            var next = reply.Body.Text("cursor");
            if (next is null || next == cursor || items.Value.Count == 0 || (reply.Body.TryGetProperty("has_next", out _) && !reply.Body.Flag("has_next")))
                return ExchangeAnswer.Done<IReadOnlyList<T>>(all);
            cursor = next;
        }
        return ExchangeAnswer.Unknown<IReadOnlyList<T>>($"more than {MostPages} pages of {list}");
    }

    private string ProductOf(string symbol) => ExchangeSymbol.Of(symbol, _options.Usd) is var parts ? $"{parts.Base}-{parts.Quote}" : "";

    private static string Iso(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    // A token lives ten seconds: a clock that is set right while this runs must not outdate all of them.
    private async Task CompareClocksAsync(CancellationToken cancellation)
    {
        if (_clock.GetUtcNow() < _offsetKnownUntil || await ServerTimeAsync(cancellation) is not { IsDone: true, Value: var time })
            return;
        _offset = time - _clock.GetUtcNow();
        _offsetKnownUntil = _clock.GetUtcNow() + ClockKnownFor;
    }

    private async Task<ExchangeReply> SendAsync(HttpMethod method, string path, string query, JsonObject? body, bool canWait, CancellationToken cancellation, DateTimeOffset? before = null)
    {
        await CompareClocksAsync(cancellation);
        var (key, missing) = await ExchangeKeys.TryAsync(_key, cancellation);
        // Nothing was sent.
        if (key is null)
            return new(401, default, null, missing);
        // Clock and key may have been waited for.
        if (_clock.GetUtcNow() >= before)
            return ExchangeReply.TooLate;
        var request = new HttpRequestMessage(method, new Uri(_http.Address, query.Length == 0 ? path : $"{path}?{query}"));
        request.Headers.Authorization = new("Bearer", key.Token(method.Method, _http.Address.Authority, path, _clock.GetUtcNow() + _offset));
        if (body is not null)
            request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        var reply = await _http.SendAsync(request, canWait, cancellation);
        if (reply.Status == 401)
            _offsetKnownUntil = default;
        return reply;
    }
}
