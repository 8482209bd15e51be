using System.Globalization;
using System.Text.Json;

namespace Trading.Services.Exchanges;

/// <summary>A reply of an exchange as it came over the wire; <paramref name="Status"/> is 0 when none came, and <paramref name="Failure"/> says why.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Body">The JSON; undefined when there was none.</param>
/// <param name="RetryAfter">How long the exchange wants to be left alone.</param>
/// <param name="Failure">Why there is no reply, or none that can be read; null when there is one.</param>
internal sealed record ExchangeReply(int Status, JsonElement Body, TimeSpan? RetryAfter, string? Failure)
{
    /// <summary>The status in place of a reply when the request was not sent.</summary>
    public const int NotSent = -1;

    /// <summary>The time in which an order may be sent was over before it could be.</summary>
    public static readonly ExchangeReply TooLate = new(NotSent, default, null, ExchangeOrder.TooLate);

    /// <summary>Whether the reply says that all is well and can be read.</summary>
    public bool IsGood => Failure is null && Status is >= 200 and < 300;
}

/// <summary>
/// Sends the requests of one exchange and nothing twice. It keeps the exchange's budget: it counts the weight that the replies tell, lets questions that can wait do so before the
/// budget is gone, and sends nothing while the exchange wants to be left alone.
/// </summary>
internal sealed class ExchangeHttp : IDisposable
{
    private const int MostBytes = 4 * 1024 * 1024;

    // From this part of a minute's budget on only orders and their questions go out, and of the orders only sales.
    private const double BudgetForAll = 0.8;

    private static readonly TimeSpan LongestRetryAfter = TimeSpan.FromDays(3);

    private readonly HttpClient _http;
    private readonly TimeProvider _clock;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, OrderBudget> _orders = [];
    private DateTimeOffset _pausedUntil;
    private int _pausedBy;
    private DateTimeOffset _minute;

    /// <param name="address">Where the exchange is.</param>
    /// <param name="timeout">How long a reply may take.</param>
    /// <param name="clock">Tells when a pause is over.</param>
    public ExchangeHttp(Uri address, TimeSpan timeout, TimeProvider clock)
    {
        _clock = clock;
        Address = address;
        _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, ConnectTimeout = timeout, PooledConnectionLifetime = TimeSpan.FromMinutes(5) })
        {
            Timeout = timeout,
            MaxResponseContentBufferSize = MostBytes,
        };
    }

    /// <summary>Where the exchange is.</summary>
    public Uri Address { get; }

    /// <summary>Weight used in this minute, as the exchange counts it.</summary>
    public int UsedWeight { get; private set; }

    /// <summary>Weight that a minute has.</summary>
    public int WeightPerMinute { get; set; } = 6000;

    /// <summary>Takes a limit on how many orders may be placed in an interval.</summary>
    /// <param name="header">The header by which replies tell how many there were.</param>
    /// <param name="interval">The interval.</param>
    /// <param name="most">Most orders in it; above 0.</param>
    public void LimitOrders(string header, TimeSpan interval, int most)
    {
        lock (_gate)
        {
            if (!_orders.TryGetValue(header, out var budget))
                _orders.Add(header, budget = new(interval));
            budget.Most = most;
        }
    }

    /// <summary>Counts an order that is about to be sent; gives a refusal in place of the exchange's where it has counted so many that it would refuse this one, or ban for it.</summary>
    /// <param name="sale">Whether it sells: the last part of each budget is left to sales, which make positions smaller.</param>
    public ExchangeReply? CountOrder(bool sale)
    {
        lock (_gate)
        {
            var now = _clock.GetUtcNow();
            foreach (var budget in _orders.Values.Where(budget => now < budget.Until))
            {
                if (budget.Count >= (sale ? budget.Most : Math.Max(1, (int)(budget.Most * BudgetForAll))))
                    return new(429, default, budget.Until - now, $"{budget.Count} of {budget.Most} orders in {Words(budget.Interval)}{(budget.Count < budget.Most ? ": the rest is left for sales" : "")}");
            }
            foreach (var budget in _orders.Values)
                budget.Counted(now < budget.Until ? budget.Count + 1 : 1, now);
            return null;
        }
    }

    /// <summary>Sends a request and reads the reply.</summary>
    /// <param name="request">The request; made anew for each call.</param>
    /// <param name="canWait">Whether the question may be left for later when the budget runs low.</param>
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
            var now = _clock.GetUtcNow();
            if (now < _pausedUntil)
                return new(_pausedBy, default, _pausedUntil - now, FormattableString.Invariant($"HTTP {_pausedBy} before: nothing is sent for {Math.Ceiling((_pausedUntil - now).TotalSeconds)} s"));
            // The count begins anew with each minute; the next reply tells it.
            if (now - _minute >= TimeSpan.FromMinutes(1))
                (UsedWeight, _minute) = (0, now);
            return canWait && UsedWeight > WeightPerMinute * BudgetForAll
                ? new(429, default, _minute + TimeSpan.FromMinutes(1) - now, $"{UsedWeight} of {WeightPerMinute} weight used in this minute: left for orders")
                : null;
        }
    }

    private void Pause(int status, TimeSpan? retryAfter)
    {
        lock (_gate)
        {
            // Without a time a ban lasts two minutes at least; after 429 the rest of a minute is waited for.
            var until = _clock.GetUtcNow() + (retryAfter ?? TimeSpan.FromSeconds(status == 418 ? 120 : 10));
            if (until > _pausedUntil)
                (_pausedUntil, _pausedBy) = (until, status);
        }
    }

    private void Count(HttpResponseMessage response)
    {
        lock (_gate)
        {
            if (Header(response, "X-MBX-USED-WEIGHT-1M") is { } weight)
                (UsedWeight, _minute) = (weight, _minute == default ? _clock.GetUtcNow() : _minute);
            foreach (var (header, budget) in _orders)
            {
                if (Header(response, header) is { } count)
                    budget.Counted(count, _clock.GetUtcNow());
            }
        }
    }

    private static int? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) && int.TryParse(values.First(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static string Words(TimeSpan interval) => interval >= TimeSpan.FromDays(1) ? "a day" : FormattableString.Invariant($"{interval.TotalSeconds} s");

    // Where its interval begins the exchange does not tell: a count holds as long as it may; a day ends at midnight UTC.
    private sealed class OrderBudget(TimeSpan interval)
    {
        public TimeSpan Interval => interval;

        public int Most { get; set; }

        public int Count { get; private set; }

        public DateTimeOffset Until { get; private set; }

        public void Counted(int count, DateTimeOffset now) =>
            (Count, Until) = (count, interval == TimeSpan.FromDays(1) ? new DateTimeOffset(now.UtcDateTime.Date.AddDays(1), TimeSpan.Zero) : now + interval);
    }

    private TimeSpan? RetryAfter(HttpResponseMessage response)
    {
        var header = response.Headers.RetryAfter;
        var wait = header?.Delta ?? header?.Date - (response.Headers.Date ?? _clock.GetUtcNow());
        return wait > LongestRetryAfter ? LongestRetryAfter : wait > TimeSpan.Zero ? wait : null;
    }
}
