using System.Globalization;
using System.Text.Json;

namespace Trading.Services.Exchanges;

/// <summary>
/// Sends the requests of one exchange, each once, within its limits: counts the weight that the replies report, refuses requests that can
/// wait before the budget is used up, and sends nothing while the exchange wants no requests (429, 418).
/// </summary>
internal sealed class ExchangeHttp : IDisposable
{
    private const int MostBytes = 4 * 1024 * 1024;

    /// <summary>
    /// Share of a budget that all requests may use. The rest of the weight is for orders and their queries, the rest of the orders for
    /// sales.
    /// </summary>
    public const double BudgetForAll = 0.8;

    private static readonly TimeSpan LongestRetryAfter = TimeSpan.FromDays(3);

    private readonly HttpClient _http;
    private readonly TimeProvider _clock;
    private readonly WeightBudget _weight;

    /// <param name="address">Address of the exchange.</param>
    /// <param name="timeout">How long a reply may take.</param>
    /// <param name="clock">This machine's clock.</param>
    public ExchangeHttp(Uri address, TimeSpan timeout, TimeProvider clock)
    {
        _clock = clock;
        Address = address;
        Orders = new(clock);
        _weight = new(clock);
        _http = new(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            ConnectTimeout = timeout,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5)
        })
        {
            Timeout = timeout,
            MaxResponseContentBufferSize = MostBytes,
        };
    }

    /// <summary>Address of the exchange.</summary>
    public Uri Address { get; }

    /// <summary>Weight used in this minute, as the exchange counts it.</summary>
    public int UsedWeight => _weight.Used;

    /// <summary>Weight that a minute has.</summary>
    public int WeightPerMinute
    {
        get => _weight.PerMinute;
        set => _weight.PerMinute = value;
    }

    /// <summary>How many orders may be placed.</summary>
    public OrderBudgets Orders { get; }

    /// <summary>Sends a request and reads the reply.</summary>
    /// <param name="request">The request; a new one for each call.</param>
    /// <param name="canWait">Whether the request is refused when the budget runs low.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<ExchangeReply> SendAsync(HttpRequestMessage request, bool canWait, CancellationToken cancellation)
    {
        using (request)
        {
            if (_weight.Refuses(canWait) is { } paused)
                return paused;
            try
            {
                using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseContentRead, cancellation);
                Count(response);
                var retryAfter = RetryAfter(response);
                if ((int)response.StatusCode is 429 or 418)
                    _weight.Pause((int)response.StatusCode, retryAfter);
                return await ReadAsync(response, retryAfter, cancellation);
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                return new(0, default, null, FormattableString.Invariant($"no answer within {_http.Timeout.TotalSeconds} s"));
            }
            catch (HttpRequestException broken)
            {
                return new(0, default, null, $"the connection to {Address.Authority} failed ({broken.HttpRequestError})");
            }
            catch (IOException)
            {
                return new(0, default, null, $"the connection to {Address.Authority} broke before the answer was complete");
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private static async Task<ExchangeReply> ReadAsync(HttpResponseMessage response, TimeSpan? retryAfter, CancellationToken cancellation)
    {
        var status = (int)response.StatusCode;
        try
        {
            await using var stream = await response.Content.ReadAsStreamAsync(cancellation);
            using var document = await JsonDocument.ParseAsync(stream, cancellationToken: cancellation);
            return new(status, document.RootElement.Clone(), retryAfter, null);
        }
        catch (JsonException)
        {
            return new(status, default, retryAfter, $"HTTP {status} with a body that is no JSON");
        }
    }

    private void Count(HttpResponseMessage response)
    {
        if (Header(response, "X-MBX-USED-WEIGHT-1M") is { } weight)
            _weight.Count(weight);
        Orders.Count(name => Header(response, name));
    }

    private static int? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values)
        && int.TryParse(values.First(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private TimeSpan? RetryAfter(HttpResponseMessage response)
    {
        var header = response.Headers.RetryAfter;
        var wait = header?.Delta ?? header?.Date - (response.Headers.Date ?? _clock.GetUtcNow());
        return wait > LongestRetryAfter ? LongestRetryAfter : wait > TimeSpan.Zero ? wait : null;
    }
}
