using System.Globalization;
using System.Text;
using System.Text.Json;
using Trading.Contracts;
using Trading.Core;

namespace Trading.Services.Exchanges;

/// <summary>
/// Binance Spot over its REST API (binance-spot-api-docs: rest-api.md, errors.md, filters.md). A client order id is unique only among open orders there: an order is sent once,
/// after its intent was recorded, and asked for ever after.
/// </summary>
public sealed class BinanceSpot : IExchange, IDisposable
{
    /// <summary>Name in settings and records.</summary>
    public const string ExchangeName = "binance";

    private const int MostTrades = 1000;
    private const int MostPages = 50;

    private static readonly TimeSpan ClockKnownFor = TimeSpan.FromMinutes(30);

    private readonly ExchangeHttp _http;
    private readonly Func<CancellationToken, Task<BinanceKey>> _key;
    private readonly ExchangeOptions _options;
    private readonly TimeProvider _clock;
    private TimeSpan _offset;
    private DateTimeOffset _offsetKnownUntil;

    /// <param name="key">Gives the key that signs the requests, as it is now.</param>
    /// <param name="options">Where, and for how long.</param>
    /// <param name="clock">This machine's clock.</param>
    public BinanceSpot(Func<CancellationToken, Task<BinanceKey>> key, ExchangeOptions options, TimeProvider clock)
    {
        (_key, _options, _clock) = (key, options, clock);
        _http = new(options.Address ?? new(options.TestNetwork ? "https://testnet.binance.vision" : "https://api.binance.com"), options.Timeout, clock);
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
    public TimeSpan ClockOffset => _offset;

    /// <summary>Weight used in this minute, as the exchange counts it.</summary>
    public int UsedWeight => _http.UsedWeight;

    /// <inheritdoc/>
    public async Task PrepareAsync(CancellationToken cancellation)
    {
        await KnowClockAsync(cancellation);
        // The order will be refused where there is none.
        await ExchangeKeys.TryAsync(_key, cancellation);
    }

    /// <inheritdoc/>
    public async Task<ExchangeAnswer<OrderReport>> PlaceAsync(ExchangeOrder order, CancellationToken cancellation)
    {
        var parameters = new Parameters()
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
            .Add("newOrderRespType", "FULL");
        var reply = _http.CountOrder(order.Order.Side == TradeAction.Sell) ?? await SignedAsync(HttpMethod.Post, "/api/v3/order", parameters, false, cancellation, order.SendBefore);
        return Answer(reply, body => Report(body, order.Order.Symbol));
    }

    /// <inheritdoc/>
    public async Task<ExchangeAnswer<OrderReport>> CancelAsync(ExchangeOrder order, CancellationToken cancellation)
    {
        var reply = await SignedAsync(HttpMethod.Delete, "/api/v3/order", Identity(order), false, cancellation);
        var cancelled = Answer(reply, body => Report(body, order.Order.Symbol));
        // The reply to a cancellation tells no fills.
        return cancelled is { IsDone: true, Value.FilledQuantity: > 0 } ? await OrderAsync(order, cancellation) : cancelled;
    }

    /// <inheritdoc/>
    public async Task<ExchangeAnswer<OrderReport>> OrderAsync(ExchangeOrder order, CancellationToken cancellation)
    {
        var asked = Answer(await SignedAsync(HttpMethod.Get, "/api/v3/order", Identity(order), false, cancellation), body => Report(body, order.Order.Symbol));
        if (asked is not { IsDone: true, Value: { FilledQuantity: > 0 } report })
            return asked;
        var trades = await TradesAsync(order.Order.Symbol, ("orderId", report.ExchangeOrderId), false, cancellation);
        return trades.Select(fills => report with { Fills = fills });
    }

    /// <inheritdoc/>
    public async Task<ExchangeAnswer<IReadOnlyList<OrderReport>>> OpenOrdersAsync(string symbol, CancellationToken cancellation) => Answer(
        await SignedAsync(HttpMethod.Get, "/api/v3/openOrders", new Parameters().Add("symbol", SymbolOf(symbol)), true, cancellation),
        body => (IReadOnlyList<OrderReport>)[.. body.EnumerateArray().Select(order => Report(order, symbol))]);

    /// <inheritdoc/>
    public Task<ExchangeAnswer<IReadOnlyList<ExchangeFill>>> FillsAsync(string symbol, DateTimeOffset since, CancellationToken cancellation) =>
        TradesAsync(symbol, ("startTime", since.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture)), true, cancellation);

    /// <inheritdoc/>
    public async Task<ExchangeAnswer<IReadOnlyList<ExchangeBalance>>> BalancesAsync(CancellationToken cancellation) => Answer(
        await SignedAsync(HttpMethod.Get, "/api/v3/account", new Parameters().Add("omitZeroBalances", "true"), true, cancellation),
        body => (IReadOnlyList<ExchangeBalance>)[.. body.Items("balances").Select(balance => new ExchangeBalance(balance.Needed("asset"), balance.Number("free"), balance.Number("locked")))]);

    /// <inheritdoc/>
    public async Task<ExchangeAnswer<ProductFilters>> ProductAsync(string symbol, CancellationToken cancellation)
    {
        var reply = await SendAsync(HttpMethod.Get, "/api/v3/exchangeInfo", $"symbol={SymbolOf(symbol)}", null, null, true, cancellation);
        return Answer(reply, body =>
        {
            foreach (var limit in body.Items("rateLimits"))
            {
                if (limit.Text("rateLimitType") == "REQUEST_WEIGHT" && limit.Text("interval") == "MINUTE" && limit.Number("intervalNum") == 1)
                    _http.WeightPerMinute = (int)limit.Number("limit");
                else if (limit.Text("rateLimitType") == "ORDERS" && Interval(limit.Text("interval")) is var (letter, interval) && limit.Number("limit") > 0)
                    _http.LimitOrders($"X-MBX-ORDER-COUNT-{limit.Needed("intervalNum")}{letter}", interval * (double)limit.Number("intervalNum"), (int)limit.Number("limit"));
            }
            return BinanceProduct.Read(body.Items("symbols").First(), symbol);
        });
    }

    /// <inheritdoc/>
    public async Task<ExchangeAnswer<decimal>> PriceAsync(string asset, CancellationToken cancellation) =>
        Answer(await SendAsync(HttpMethod.Get, "/api/v3/ticker/price", $"symbol={Uri.EscapeDataString(asset + _options.Usd)}", null, null, true, cancellation), body => body.Price());

    /// <inheritdoc/>
    public async Task<ExchangeAnswer<DateTimeOffset>> ServerTimeAsync(CancellationToken cancellation) =>
        Answer(await SendAsync(HttpMethod.Get, "/api/v3/time", "", null, null, false, cancellation), body => body.Milliseconds("serverTime"));

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    /// <summary>An order as Binance reports it, in the reply to a new order with its fills.</summary>
    internal static OrderReport Report(JsonElement order, string symbol)
    {
        var id = order.Needed("orderId");
        var side = order.Needed("side") == "BUY" ? TradeAction.Buy : TradeAction.Sell;
        var at = (order.Text("transactTime") ?? order.Text("updateTime") ?? order.Text("time")) is { } time
            ? DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(time, CultureInfo.InvariantCulture))
            : throw new FormatException("transactTime is missing");
        return new(
            id, order.Text("origClientOrderId") ?? order.Text("clientOrderId"), symbol, side,
            order.Needed("status") switch
            {
                "FILLED" => OrderStatus.Filled,
                "CANCELED" or "EXPIRED" or "EXPIRED_IN_MATCH" => OrderStatus.Cancelled,
                "REJECTED" => OrderStatus.Rejected,
                "NEW" or "PARTIALLY_FILLED" or "PENDING_NEW" or "PENDING_CANCEL" => OrderStatus.Open,
                var other => throw new FormatException($"status {other} is not known"),
            },
            order.Number("origQty"), order.Number("executedQty"), order.Number("price"),
            [.. order.Items("fills").Select(fill => Fill(fill, id, fill.Needed("tradeId"), symbol, side, at))],
            order.Needed("status") is "NEW" or "FILLED" or "PARTIALLY_FILLED" ? null : $"{order.Needed("status")} on {ExchangeName}", at);
    }

    /// <summary>What an error of Binance says, by its name.</summary>
    internal static ExchangeAnswer<T> Error<T>(ExchangeReply reply)
    {
        var code = (int)reply.Body.Number("code");
        var text = reply.Body.Text("msg") ?? reply.Failure ?? "";
        var reason = reply.Status == 0 ? text : $"HTTP {reply.Status}{(code == 0 ? "" : FormattableString.Invariant($" {code}"))}: {text}";
        if (reply.Status == ExchangeReply.NotSent)
            return ExchangeAnswer.Refused<T>(ExchangeRefusal.Other, text);
        // What was on its way when this was answered may have happened, whatever the status is.
        if (reply.Status is 0 or 408 or >= 500 || code is -1000 or -1001 or -1006 or -1007 or -1008 || (reply.Failure is not null && reply.Status is >= 200 and < 300))
            return ExchangeAnswer.Unknown<T>(reason);
        var refusal = (reply.Status, code) switch
        {
            (451, _) => ExchangeRefusal.Region,
            (418, _) => ExchangeRefusal.Banned,
            (429, _) or (_, -1003 or -1015) => ExchangeRefusal.RateLimited,
            (_, -1021) => ExchangeRefusal.ClockSkew,
            (_, -1022) => ExchangeRefusal.Signature,
            (401, _) or (_, -1002 or -2014 or -2015) => ExchangeRefusal.Key,
            (_, -1013) => ExchangeRefusal.Filter,
            (_, -1111) => ExchangeRefusal.Filter,
            (_, -1121 or -1122) => ExchangeRefusal.NotTraded,
            (_, -1014 or -1016 or -1020 or -1116) => ExchangeRefusal.NotSupported,
            (_, <= -1100 and >= -1199) => ExchangeRefusal.Malformed,
            (_, -2013) => ExchangeRefusal.NotFound,
            (_, -2010 or -2011 or -1010) => Matching(text),
            (403, _) => ExchangeRefusal.Firewall,
            _ => ExchangeRefusal.Other,
        };
        return ExchangeAnswer.Refused<T>(refusal, refusal == ExchangeRefusal.Region ? $"{reason}: {ExchangeName} does not serve this country or region" : reason, reply.RetryAfter);
    }

    // What the matching engine refuses has one code and many messages (errors.md).
    private static ExchangeRefusal Matching(string text) => text switch
    {
        "Duplicate order sent." => ExchangeRefusal.DuplicateId,
        "Unknown order sent." => ExchangeRefusal.NotFound,
        "Order would immediately match and take." => ExchangeRefusal.WouldTake,
        "Order would trigger immediately." or "Stop price would trigger immediately." => ExchangeRefusal.WouldTrigger,
        "Market is closed." => ExchangeRefusal.NotTraded,
        _ when text.Contains("insufficient balance", StringComparison.Ordinal) => ExchangeRefusal.Funds,
        _ when text.Contains("not supported for this symbol", StringComparison.Ordinal) => ExchangeRefusal.NotSupported,
        _ => ExchangeRefusal.Other,
    };

    private static ExchangeFill Fill(JsonElement fill, string orderId, string tradeId, string symbol, TradeAction side, DateTimeOffset at) => new(
        orderId, tradeId, symbol, side, fill.Number("qty"), fill.Number("price"), fill.Number("commission"), fill.Text("commissionAsset") ?? "", at);

    private static ExchangeAnswer<T> Answer<T>(ExchangeReply reply, Func<JsonElement, T> read)
    {
        if (!reply.IsGood)
            return Error<T>(reply);
        try
        {
            return ExchangeAnswer.Done(read(reply.Body));
        }
        catch (Exception unreadable) when (unreadable is FormatException or InvalidOperationException or OverflowException or ArgumentException)
        {
            return ExchangeAnswer.Unknown<T>($"an answer that cannot be read: {unreadable.Message}");
        }
    }

    private static (char Letter, TimeSpan Interval)? Interval(string? name) => name switch
    {
        "SECOND" => ('S', TimeSpan.FromSeconds(1)),
        "MINUTE" => ('M', TimeSpan.FromMinutes(1)),
        "HOUR" => ('H', TimeSpan.FromHours(1)),
        "DAY" => ('D', TimeSpan.FromDays(1)),
        _ => null,
    };

    private string SymbolOf(string symbol) => ExchangeSymbol.Of(symbol, _options.Usd) is var parts ? parts.Base + parts.Quote : "";

    private Parameters Identity(ExchangeOrder order) => new Parameters().Add("symbol", SymbolOf(order.Order.Symbol)).Add("origClientOrderId", order.ClientOrderId);

    // All of an order, or from a time on, page by page: a page takes the place of the time, and goes along with the order.
    private async Task<ExchangeAnswer<IReadOnlyList<ExchangeFill>>> TradesAsync(string symbol, (string Name, string Value) which, bool canWait, CancellationToken cancellation)
    {
        var all = new List<ExchangeFill>();
        var from = new Parameters().Add(which.Name, which.Value);
        for (var page = 0; page < MostPages; page++)
        {
            var answer = await PageAsync(symbol, from, canWait, cancellation);
            if (!answer.IsDone)
                return answer;
            all.AddRange(answer.Value);
            if (answer.Value.Count < MostTrades)
                return ExchangeAnswer.Done<IReadOnlyList<ExchangeFill>>(all);
            from = new Parameters().Add("orderId", which.Name == "orderId" ? which.Value : null)
                .Add("fromId", (long.Parse(answer.Value[^1].ExchangeTradeId, CultureInfo.InvariantCulture) + 1).ToString(CultureInfo.InvariantCulture));
        }
        return ExchangeAnswer.Unknown<IReadOnlyList<ExchangeFill>>($"more than {MostPages * MostTrades} fills of {which.Name} {which.Value}");
    }

    private async Task<ExchangeAnswer<IReadOnlyList<ExchangeFill>>> PageAsync(string symbol, Parameters which, bool canWait, CancellationToken cancellation) => Answer(
        await SignedAsync(HttpMethod.Get, "/api/v3/myTrades", which.Add("symbol", SymbolOf(symbol)).Add("limit", MostTrades.ToString(CultureInfo.InvariantCulture)), canWait, cancellation),
        body => (IReadOnlyList<ExchangeFill>)[.. body.EnumerateArray().Select(trade => Fill(
            trade, trade.Needed("orderId"), trade.Needed("id"), symbol, trade.Flag("isBuyer") ? TradeAction.Buy : TradeAction.Sell, trade.Milliseconds("time")))]);

    // A question that came too late or too early by this machine's clock is asked once more after the clocks were compared; an order is not.
    private async Task<ExchangeReply> SignedAsync(HttpMethod method, string path, Parameters parameters, bool canWait, CancellationToken cancellation, DateTimeOffset? before = null)
    {
        await KnowClockAsync(cancellation);
        var reply = await SignedOnceAsync(method, path, parameters, canWait, cancellation, before);
        if (reply.Body.Number("code") != -1021)
            return reply;
        await CompareClocksAsync(cancellation);
        return method == HttpMethod.Get ? await SignedOnceAsync(method, path, parameters, canWait, cancellation) : reply;
    }

    private async Task<ExchangeReply> SignedOnceAsync(HttpMethod method, string path, Parameters parameters, bool canWait, CancellationToken cancellation, DateTimeOffset? before = null)
    {
        var (key, missing) = await ExchangeKeys.TryAsync(_key, cancellation);
        // Nothing was sent.
        if (key is null)
            return new(401, default, null, missing);
        // Clock and key may have been waited for.
        if (_clock.GetUtcNow() >= before)
            return ExchangeReply.TooLate;
        var sent = parameters.Text()
            + $"&recvWindow={_options.ReceiveWindow.TotalMilliseconds.ToString(CultureInfo.InvariantCulture)}&timestamp={(_clock.GetUtcNow() + _offset).ToUnixTimeMilliseconds()}";
        sent = $"{sent}&signature={key.Sign(sent)}";
        return method == HttpMethod.Post
            ? await SendAsync(method, path, "", sent, key, canWait, cancellation)
            : await SendAsync(method, path, sent, null, key, canWait, cancellation);
    }

    private Task KnowClockAsync(CancellationToken cancellation) => _clock.GetUtcNow() < _offsetKnownUntil ? Task.CompletedTask : CompareClocksAsync(cancellation);

    private async Task CompareClocksAsync(CancellationToken cancellation)
    {
        var sent = _clock.GetUtcNow();
        var time = await ServerTimeAsync(cancellation);
        var now = _clock.GetUtcNow();
        if (!time.IsDone)
            return;
        // The answer was on its way for about half of the time.
        _offset = time.Value - (sent + (now - sent) / 2);
        _offsetKnownUntil = now + ClockKnownFor;
    }

    private Task<ExchangeReply> SendAsync(HttpMethod method, string path, string query, string? body, BinanceKey? key, bool canWait, CancellationToken cancellation)
    {
        var request = new HttpRequestMessage(method, new Uri(_http.Address, query.Length == 0 ? path : $"{path}?{query}"));
        if (key is not null)
            request.Headers.Add("X-MBX-APIKEY", key.Id);
        if (body is not null)
            request.Content = new StringContent(body, Encoding.ASCII, "application/x-www-form-urlencoded");
        return _http.SendAsync(request, canWait, cancellation);
    }

    // Parameters in the order in which they are signed and sent.
    private sealed class Parameters
    {
        private readonly StringBuilder _text = new();

        public Parameters Add(string name, string? value)
        {
            if (value is not null)
                _text.Append(_text.Length == 0 ? "" : "&").Append(name).Append('=').Append(Uri.EscapeDataString(value));
            return this;
        }

        public string Text() => _text.ToString();
    }
}
