using System.Net;
using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;
using Polly.Timeout;
using Trading.Hosting.Stores;

namespace Trading.Services.Feeds;

/// <summary>
/// Queries one source over HTTP within a time limit. Failures that may pass are retried. A source that keeps failing, or asks for a pause,
/// is not queried for a while. Every failure becomes one line.
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

    /// <summary>The clock.</summary>
    public TimeProvider Time => _time;

    /// <summary>Sends a query and reads the answer.</summary>
    /// <param name="path">Path and query below the source's address.</param>
    /// <param name="read">
    /// Reads an answer, given the time of its arrival, or throws <see cref="PriceFeedException"/>.
    /// </param>
    /// <param name="heard">Gets every raw answer.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <param name="header">A header to send, such as a key.</param>
    public async Task<T> AskAsync<T>(
        string path, Func<ReadOnlyMemory<byte>, DateTimeOffset, T> read, Action<HttpAnswer>? heard, CancellationToken cancellation,
        (string Name, string Value)? header = null)
    {
        // By the monotonic clock: a jump of the other one must not keep a source away.
        if (_pause is { } asked && asked.Wait - _time.GetElapsedTime(asked.Since) is { Ticks: > 0 } left)
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
        string path, Func<ReadOnlyMemory<byte>, DateTimeOffset, T> read, Action<HttpAnswer>? heard, (string Name, string Value)? header,
        long started, CancellationToken cancellation)
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

    /// <summary>Reads to the end, or up to a limit.</summary>
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
        var name =
            $"HTTP {(int)status}{(string.IsNullOrWhiteSpace(response.ReasonPhrase) ? "" : $" {Answer.Printable(response.ReasonPhrase)}")}";
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

        _pause = new(_time.GetTimestamp(), wait, reason);
        return new(SourceFault.Lasting, reason);
    }

    private TimeSpan? RetryAfter(HttpResponseMessage response)
    {
        var header = response.Headers.RetryAfter;
        // A date is compared with the source's own clock, if it is in the answer: ours may differ.
        var wait = header?.Delta ?? header?.Date - (response.Headers.Date ?? _time.GetUtcNow());
        return wait > _rules.LongestRetryAfter ? _rules.LongestRetryAfter : wait > TimeSpan.Zero ? wait : null;
    }

    /// <summary>
    /// After 429 without a time to wait there is no retry before the next interval: an immediate retry makes a ban more likely.
    /// </summary>
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
        HttpRequestError.SecureConnectionError =>
            $"no secure connection to {_address.Authority}: its certificate or encryption was refused",
        HttpRequestError.ProxyTunnelError => "the proxy refused the connection",
        _ => $"no usable HTTP from {_address.Authority} ({error})",
    };

    private static string Reason(Exception error) =>
        error is TimeoutRejectedException timeout ? $"no answer within {Seconds(timeout.Timeout)}" : error.Message;

    private static string Seconds(TimeSpan span) => FormattableString.Invariant($"{Math.Ceiling(span.TotalSeconds * 10) / 10} s");

    private sealed record Pause(long Since, TimeSpan Wait, string Reason);
}
