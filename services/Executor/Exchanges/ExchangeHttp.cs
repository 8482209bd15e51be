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
    private readonly Lock _gate = new();
    private Deadline _pause, _minute;
    private int _pausedBy;

    /// <param name="address">Address of the exchange.</param>
    /// <param name="timeout">How long a reply may take.</param>
    /// <param name="clock">This machine's clock.</param>
    public ExchangeHttp(Uri address, TimeSpan timeout, TimeProvider clock)
    {
        _clock = clock;
        Address = address;
        Orders = new(clock);
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
    public int UsedWeight { get; private set; }

    /// <summary>Weight that a minute has.</summary>
    public int WeightPerMinute { get; set; } = 6000;

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
            if (Paused(canWait) is { } paused)
                return paused;
            try
            {
                using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseContentRead, cancellation);
                Count(response);
                var retryAfter = RetryAfter(response);
                if ((int)response.StatusCode is 429 or 418)
                    Pause((int)response.StatusCode, retryAfter);
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

    private ExchangeReply? Paused(bool canWait)
    {
        lock (_gate)
        {
            if (_pause is { IsAhead: true, Left: var left })
                return new(_pausedBy, default, left, FormattableString.Invariant(
                    $"HTTP {_pausedBy} before: nothing is sent for {Math.Ceiling(left.TotalSeconds)} s"));
            // The count starts again with each minute; the next reply reports it.
            if (!_minute.IsAhead)
                (UsedWeight, _minute) = (0, new(_clock, TimeSpan.FromMinutes(1)));
            return canWait && UsedWeight > WeightPerMinute * BudgetForAll
                ? new(429, default, _minute.Left,
                    $"{UsedWeight} of {WeightPerMinute} weight used in this minute: left for orders")
                : null;
        }
    }

    private void Pause(int status, TimeSpan? retryAfter)
    {
        lock (_gate)
        {
            // Without a time in the reply: a ban lasts at least two minutes, and 429 passes within a minute.
            var wait = retryAfter ?? TimeSpan.FromSeconds(status == 418 ? 120 : 10);
            if (wait > _pause.Left)
                (_pause, _pausedBy) = (new(_clock, wait), status);
        }
    }

    private void Count(HttpResponseMessage response)
    {
        lock (_gate)
        {
            if (Header(response, "X-MBX-USED-WEIGHT-1M") is { } weight)
                (UsedWeight, _minute) = (weight, _minute == default ? new(_clock, TimeSpan.FromMinutes(1)) : _minute);
        }
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
