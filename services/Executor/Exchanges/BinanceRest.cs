using System.Globalization;
using System.Text;

namespace Trading.Services.Exchanges;

/// <summary>Signs requests to Binance and sends them.</summary>
internal sealed class BinanceRest : IDisposable
{
    private const int TimestampOutsideWindow = -1021;
    private static readonly TimeSpan ClockKnownFor = TimeSpan.FromMinutes(30);

    private readonly Func<CancellationToken, Task<BinanceKey>> _key;
    private readonly TimeSpan _receiveWindow;
    private readonly TimeProvider _clock;

    public BinanceRest(Func<CancellationToken, Task<BinanceKey>> key, ExchangeOptions options, TimeProvider clock)
    {
        (_key, _receiveWindow, _clock) = (key, options.ReceiveWindow, clock);
        Http = new(options.Address!, options.Timeout, clock);
        Clock = new(clock, ClockKnownFor, ServerTimeAsync);
    }

    /// <summary>Sends, and keeps within the exchange's limits.</summary>
    public ExchangeHttp Http { get; }

    /// <summary>The exchange's clock.</summary>
    public ExchangeClock Clock { get; }

    /// <summary>The exchange's time.</summary>
    private async Task<ExchangeAnswer<DateTimeOffset>> ServerTimeAsync(CancellationToken cancellation) =>
        BinanceAnswers.Read(await SendAsync(HttpMethod.Get, "/api/v3/time", "", null, null, false, cancellation),
            body => body.Milliseconds("serverTime"));

    /// <summary>Queries something that needs no key.</summary>
    public Task<ExchangeReply> PublicAsync(string path, string query, CancellationToken cancellation) =>
        SendAsync(HttpMethod.Get, path, query, null, null, true, cancellation);

    /// <summary>
    /// Sends a signed request. After a refusal because of this machine's clock the clocks are compared; a query is then sent once more, an
    /// order is not.
    /// </summary>
    public async Task<ExchangeReply> SignedAsync(HttpMethod method, string path, BinanceParameters parameters, bool canWait,
        CancellationToken cancellation, DateTimeOffset? before = null)
    {
        await Clock.KnowAsync(cancellation);
        var reply = await SignedOnceAsync(method, path, parameters, canWait, cancellation, before);
        if (reply.Body.Code() != TimestampOutsideWindow)
            return reply;
        await Clock.CompareAsync(cancellation);
        return method == HttpMethod.Get ? await SignedOnceAsync(method, path, parameters, canWait, cancellation) : reply;
    }

    /// <inheritdoc/>
    public void Dispose() => Http.Dispose();

    private async Task<ExchangeReply> SignedOnceAsync(HttpMethod method, string path, BinanceParameters parameters, bool canWait,
        CancellationToken cancellation, DateTimeOffset? before = null)
    {
        var (key, missing) = await ExchangeKeys.TryAsync(_key, cancellation);
        // Nothing was sent.
        if (key is null)
            return new(401, default, null, missing);
        // Reading clock and key may have taken too long.
        if (_clock.GetUtcNow() >= before)
            return ExchangeReply.TooLate;
        var sent = $"recvWindow={_receiveWindow.TotalMilliseconds.ToString(CultureInfo.InvariantCulture)}&timestamp="
            + $"{Clock.Now.ToUnixTimeMilliseconds()}";
        sent = parameters.Text() is { Length: > 0 } given ? $"{given}&{sent}" : sent;
        sent = $"{sent}&signature={key.Sign(sent)}";
        return method == HttpMethod.Post
            ? await SendAsync(method, path, "", sent, key, canWait, cancellation)
            : await SendAsync(method, path, sent, null, key, canWait, cancellation);
    }

    private Task<ExchangeReply> SendAsync(HttpMethod method, string path, string query, string? body, BinanceKey? key,
        bool canWait, CancellationToken cancellation)
    {
        var request = new HttpRequestMessage(method, new Uri(Http.Address, query.Length == 0 ? path : $"{path}?{query}"));
        if (key is not null)
            request.Headers.Add("X-MBX-APIKEY", key.Id);
        if (body is not null)
            request.Content = new StringContent(body, Encoding.ASCII, "application/x-www-form-urlencoded");
        return Http.SendAsync(request, canWait, cancellation);
    }
}

/// <summary>Parameters in the order in which they are signed and sent; null values are left out.</summary>
internal sealed class BinanceParameters
{
    private readonly StringBuilder _text = new();

    /// <summary>Adds a parameter.</summary>
    public BinanceParameters Add(string name, string? value)
    {
        if (value is not null)
            _text.Append(_text.Length == 0 ? "" : "&").Append(name).Append('=').Append(Uri.EscapeDataString(value));
        return this;
    }

    /// <summary>The parameters as they are sent.</summary>
    public string Text() => _text.ToString();
}
