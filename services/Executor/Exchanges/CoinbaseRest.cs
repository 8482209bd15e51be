using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Trading.Services.Exchanges;

/// <summary>Signs requests to Coinbase Advanced Trade and sends them.</summary>
internal sealed class CoinbaseRest : IDisposable
{
    /// <summary>First part of each path.</summary>
    public const string Root = "/api/v3/brokerage";

    // A list longer than that cannot be read whole, and without it the account is not compared: far more than an account makes in a month.
    private const int MostPages = 1000;

    private static readonly TimeSpan ShortestToken = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestToken = TimeSpan.FromMinutes(2);

    // A token lives for seconds only, so a clock that is set while this runs must be noticed soon.
    private static readonly TimeSpan ClockKnownFor = TimeSpan.FromMinutes(5);

    private readonly ExchangeHttp _http;
    private readonly Func<CancellationToken, Task<CoinbaseKey>> _key;
    private readonly TimeProvider _clock;

    public CoinbaseRest(Func<CancellationToken, Task<CoinbaseKey>> key, ExchangeOptions options, TimeProvider clock)
    {
        (_key, _clock) = (key, clock);
        Lifetime = TimeSpan.FromTicks(Math.Clamp(2 * options.ReceiveWindow.Ticks, ShortestToken.Ticks, LongestToken.Ticks));
        _http = new(options.Address!, options.Timeout, clock);
        Clock = new(clock, ClockKnownFor, ServerTimeAsync);
    }

    /// <summary>The exchange's clock.</summary>
    public ExchangeClock Clock { get; }

    /// <summary>How long a token is good: twice the receive window, because it counts whole seconds.</summary>
    public TimeSpan Lifetime { get; }

    /// <summary>The exchange's time.</summary>
    private async Task<ExchangeAnswer<DateTimeOffset>> ServerTimeAsync(CancellationToken cancellation)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, new Uri(_http.Address, $"{Root}/time"));
        return CoinbaseAnswers.Read(await _http.SendAsync(request, false, cancellation), body => body.Milliseconds("epochMillis"));
    }

    /// <summary>All items of a list, page by page.</summary>
    public async Task<ExchangeAnswer<IReadOnlyList<T>>> PagesAsync<T>(
        string path, string query, string list, bool canWait, Func<JsonElement, T> read, CancellationToken cancellation)
    {
        var all = new List<T>();
        string? cursor = null;
        for (var page = 0; page < MostPages; page++)
        {
            var which = cursor is null ? query : $"{query}&cursor={Uri.EscapeDataString(cursor)}";
            var reply = await ExchangeReply.OfPageAsync(page,
                () => SendAsync(HttpMethod.Get, path, which, null, canWait, cancellation));
            var items = CoinbaseAnswers.Read(reply, body => (IReadOnlyList<T>)[.. body.NeededItems(list).Select(read)]);
            if (!items.IsDone)
                return items;
            all.AddRange(items.Value);
            var next = reply.Body.Text("cursor");
            if (next is null || next == cursor || items.Value.Count == 0
                || (reply.Body.TryGetProperty("has_next", out _) && !reply.Body.Flag("has_next")))
                return ExchangeAnswer.Done<IReadOnlyList<T>>(all);
            cursor = next;
        }
        return ExchangeAnswer.Unknown<IReadOnlyList<T>>($"more than {MostPages} pages of {list}");
    }

    /// <summary>Sends a signed request.</summary>
    public async Task<ExchangeReply> SendAsync(HttpMethod method, string path, string query, JsonObject? body, bool canWait,
        CancellationToken cancellation, DateTimeOffset? before = null)
    {
        await Clock.KnowAsync(cancellation);
        var (key, missing) = await ExchangeKeys.TryAsync(_key, cancellation);
        // Nothing was sent.
        if (key is null)
            return new(401, default, null, missing);
        // Reading clock and key may have taken too long.
        if (_clock.GetUtcNow() >= before)
            return ExchangeReply.TooLate;
        var request = new HttpRequestMessage(method, new Uri(_http.Address, query.Length == 0 ? path : $"{path}?{query}"));
        request.Headers.Authorization = new("Bearer", key.Token(method.Method, _http.Address.Authority, path, Clock.Now, Lifetime));
        if (body is not null)
            request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        var reply = await _http.SendAsync(request, canWait, cancellation);
        if (reply.Status == 401)
            Clock.Forget();
        return reply;
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();
}
