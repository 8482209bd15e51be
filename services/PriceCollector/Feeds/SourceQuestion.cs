using System.Net;
using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;
using Polly.Timeout;
using Trading.Hosting;

namespace Trading.Services.Feeds;

/// <summary>
/// Asks one source over HTTP, within the time that is allowed: failures that may pass are tried again, a source that keeps failing or asks to be left
/// alone is left alone for a while, and whatever goes wrong becomes one line that says so.
/// </summary>
internal sealed class SourceQuestion
{
    private readonly HttpClient _http;
    private readonly Uri _address;
    private readonly LiveFeedRules _rules;
    private readonly TimeProvider _time;
    private readonly ResiliencePipeline _pipeline;
    private volatile Pause? _pause;

    public SourceQuestion(HttpClient http, Uri address, LiveFeedRules rules, TimeProvider time)
    {
        _http = http;
        _address = address;
        _rules = rules;
        _time = time;
        _pipeline = new ResiliencePipelineBuilder { TimeProvider = time }
            .AddTimeout(rules.Timeout)
            .AddRetry(new RetryStrategyOptions
            {
                MaxRetryAttempts = rules.Retries,
                Delay = rules.RetryDelay,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                ShouldHandle = new PredicateBuilder()
                    .Handle<PriceFeedException>(error => error.Fault == SourceFault.Passing)
                    .Handle<TimeoutRejectedException>(),
                DelayGenerator = args => new((args.Outcome.Exception as PriceFeedException)?.RetryAfter),
            })
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions
            {
                FailureRatio = 0.5,
                MinimumThroughput = rules.BreakerTries,
                SamplingDuration = rules.BreakerWindow,
                BreakDuration = rules.BreakDuration,
                ShouldHandle = new PredicateBuilder()
                    .Handle<PriceFeedException>(error => error.Fault != SourceFault.Symbol)
                    .Handle<TimeoutRejectedException>(),
            })
            .AddTimeout(rules.TryTimeout)
            .Build();
    }

    /// <summary>Asks, and reads the answer.</summary>
    /// <param name="path">Path and query below the source's address.</param>
    /// <param name="read">Makes something of an answer and of the time at which it came, or throws <see cref="PriceFeedException"/>.</param>
    /// <param name="heard">Told of every answer as it came.</param>
    /// <param name="cancellation">Ends the question early.</param>
    /// <param name="header">A header to send along, such as a key.</param>
    public async Task<T> AskAsync<T>(
        string path, Func<ReadOnlyMemory<byte>, DateTimeOffset, T> read, Action<HttpAnswer>? heard, CancellationToken cancellation, (string Name, string Value)? header = null)
    {
        if (_pause is { } asked && asked.Until - _time.GetUtcNow() is { Ticks: > 0 } left)
            throw new PriceFeedException(SourceFault.Lasting, $"{asked.Reason}, {Seconds(left)} left");

        var started = _time.GetTimestamp();
        try
        {
            return await _pipeline.ExecuteAsync(token => TryOnceAsync(path, read, heard, header, started, token), cancellation);
        }
        catch (TimeoutRejectedException error)
        {
            throw new PriceFeedException(SourceFault.Passing, Reason(error), error);
        }
        catch (BrokenCircuitException error)
        {
            var next = error.RetryAfter is { } wait ? $", next try in {Seconds(wait)}" : "";
            var last = error.InnerException is { } cause ? $"; the last was: {Reason(cause)}" : "";
            throw new PriceFeedException(SourceFault.Lasting, $"circuit open after repeated failures{next}{last}", error);
        }
    }

    private async ValueTask<T> TryOnceAsync<T>(
        string path, Func<ReadOnlyMemory<byte>, DateTimeOffset, T> read, Action<HttpAnswer>? heard, (string Name, string Value)? header, long started, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, _address.AbsoluteUri.TrimEnd('/') + path);
        if (header is { } sent)
            request.Headers.Add(sent.Name, sent.Value);
        try
        {
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
            await using var stream = await response.Content.ReadAsStreamAsync(cancellation);
            var body = await ReadAsync(stream, _rules.MaxAnswerBytes + 1, cancellation);
            heard?.Invoke(new(request.RequestUri!.ToString(), (int)response.StatusCode, _time.GetUtcNow(), body));
            if (!response.IsSuccessStatusCode)
                throw Refusal(response, body, _rules.Timeout - _time.GetElapsedTime(started));
            return body.Length <= _rules.MaxAnswerBytes
                ? read(body, _time.GetUtcNow())
                : throw Answer.Unreadable($"longer than {_rules.MaxAnswerBytes / 1024} KB");
        }
        catch (Exception error) when (error is IOException or HttpRequestException { InnerException: IOException })
        {
            throw new PriceFeedException(SourceFault.Passing, "the connection broke before the answer was complete", error);
        }
        catch (HttpRequestException error)
        {
            throw new PriceFeedException(SourceFault.Passing, NoAnswer(error.HttpRequestError), error);
        }
        catch (InvalidDataException error)
        {
            throw new PriceFeedException(SourceFault.Passing, "unreadable answer: its compression is damaged", error);
        }
    }

    /// <summary>Reads to the end, or as much as is wanted at most.</summary>
    private static async Task<ReadOnlyMemory<byte>> ReadAsync(Stream stream, int most, CancellationToken cancellation)
    {
        var body = new byte[Math.Min(most, 4096)];
        var length = 0;
        while (await stream.ReadAsync(body.AsMemory(length), cancellation) is > 0 and var count)
        {
            length += count;
            if (length == most)
                break;
            if (length == body.Length)
                Array.Resize(ref body, Math.Min(2 * length, most));
        }

        return body.AsMemory(0, length);
    }

    private PriceFeedException Refusal(HttpResponseMessage response, ReadOnlyMemory<byte> body, TimeSpan timeLeft)
    {
        var status = response.StatusCode;
        var name = $"HTTP {(int)status}{(string.IsNullOrWhiteSpace(response.ReasonPhrase) ? "" : $" {Answer.Printable(response.ReasonPhrase)}")}";
        var meaning = (int)status switch
        {
            451 => "the source refuses this country or region",
            403 => "the source refuses this address or key",
            418 => "banned for asking too often",
            429 => "asked too often",
            >= 300 and < 400 => "redirects are not followed",
            _ => Answer.Glimpse(body.Span),
        };
        var reason = $"{name}: {meaning}";
        var fault = FaultOf(status);
        if (fault == SourceFault.Symbol || RetryAfter(response) is not { } wait)
            return new(fault, reason);

        reason += $", wait {Seconds(wait)}";
        if (wait < timeLeft)
            return new(SourceFault.Passing, reason) { RetryAfter = wait };

        _pause = new(_time.GetUtcNow() + wait, reason);
        return new(SourceFault.Lasting, reason);
    }

    private TimeSpan? RetryAfter(HttpResponseMessage response)
    {
        var header = response.Headers.RetryAfter;
        // A date is compared with the source's own clock where it tells it: ours may differ.
        var wait = header?.Delta ?? header?.Date - (response.Headers.Date ?? _time.GetUtcNow());
        return wait > _rules.LongestRetryAfter ? _rules.LongestRetryAfter : wait > TimeSpan.Zero ? wait : null;
    }

    /// <summary>Asking again at once after 429 without a time to wait only makes a ban more likely, so it waits for the next interval.</summary>
    private static SourceFault FaultOf(HttpStatusCode status) => status switch
    {
        HttpStatusCode.BadRequest or HttpStatusCode.NotFound => SourceFault.Symbol,
        HttpStatusCode.RequestTimeout or >= HttpStatusCode.InternalServerError => SourceFault.Passing,
        _ => SourceFault.Lasting,
    };

    private string NoAnswer(HttpRequestError error) => error switch
    {
        HttpRequestError.NameResolutionError => $"the name {_address.Host} was not found",
        HttpRequestError.ConnectionError => $"no connection to {_address.Authority}",
        HttpRequestError.SecureConnectionError => $"no secure connection to {_address.Authority}: its certificate or encryption was refused",
        HttpRequestError.ProxyTunnelError => "the proxy refused the connection",
        _ => $"no usable HTTP from {_address.Authority} ({error})",
    };

    private static string Reason(Exception error) =>
        error is TimeoutRejectedException timeout ? $"no answer within {Seconds(timeout.Timeout)}" : error.Message;

    private static string Seconds(TimeSpan span) => FormattableString.Invariant($"{Math.Ceiling(span.TotalSeconds * 10) / 10} s");

    private sealed record Pause(DateTimeOffset Until, string Reason);
}
