namespace Trading.Services.Feeds;

/// <summary>Time-outs, retries and limits of live sources.</summary>
public sealed record LiveFeedRules
{
    /// <summary>Most time for one query, retries included.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Most time for one try.</summary>
    public TimeSpan TryTimeout { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>How often a query is retried after a failure that may pass.</summary>
    public int Retries { get; init; } = 2;

    /// <summary>Mean wait before the first retry; it doubles with each retry and varies at random.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// A source is not queried for a while when at least half of its tries within <see cref="BreakerWindow"/> failed, and there were at
    /// least this many tries.
    /// </summary>
    public int BreakerTries { get; init; } = 6;

    /// <summary>The period in which tries are counted.</summary>
    public TimeSpan BreakerWindow { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long a failing source is not queried.</summary>
    public TimeSpan BreakDuration { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Longest Retry-After of a source that is obeyed.</summary>
    public TimeSpan LongestRetryAfter { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Longest answer that is read.</summary>
    public int MaxAnswerBytes { get; init; } = 256 * 1024;
}
