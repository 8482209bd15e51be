namespace Trading.Services.Exchanges;

/// <summary>
/// The exchange's clock as seen from this machine. It is asked for and then goes on by the monotonic clock for a while, so that a jump of
/// this machine's clock dates no request.
/// </summary>
/// <param name="clock">This machine's clock.</param>
/// <param name="knownFor">How long an answer is used.</param>
/// <param name="serverTime">Queries the exchange's time.</param>
internal sealed class ExchangeClock(
    TimeProvider clock, TimeSpan knownFor, Func<CancellationToken, Task<ExchangeAnswer<DateTimeOffset>>> serverTime)
{
    // What is further away is no time, and could not be reckoned with.
    private static readonly TimeSpan MostApart = TimeSpan.FromDays(36_500);

    private readonly Lock _gate = new();
    private (DateTimeOffset Time, long At)? _told;
    private Deadline _known;

    /// <summary>How far the exchange's clock is ahead of this machine's.</summary>
    public TimeSpan Offset => Now - clock.GetUtcNow();

    /// <summary>The time by the exchange's clock; this machine's until it was told.</summary>
    public DateTimeOffset Now
    {
        get
        {
            lock (_gate)
                return _told is { } told ? told.Time + clock.GetElapsedTime(told.At) : clock.GetUtcNow();
        }
    }

    /// <summary>Asks for the time unless it is known. Without an answer the last one is kept.</summary>
    public Task KnowAsync(CancellationToken cancellation)
    {
        lock (_gate)
        {
            if (_known.IsAhead)
                return Task.CompletedTask;
        }
        return CompareAsync(cancellation);
    }

    /// <summary>Asks for the time now; returns the exchange's answer.</summary>
    public async Task<ExchangeAnswer<DateTimeOffset>> CompareAsync(CancellationToken cancellation)
    {
        var sent = clock.GetTimestamp();
        var time = await serverTime(cancellation);
        var now = clock.GetTimestamp();
        if (!time.IsDone)
            return time;
        if ((time.Value - clock.GetUtcNow()).Duration() > MostApart)
            return ExchangeAnswer.Unknown<DateTimeOffset>(
                $"its time {time.Value:u} is no time, by this machine's {clock.GetUtcNow():u}");
        // The answer was on its way for about half of the time.
        lock (_gate)
            (_told, _known) = ((time.Value + clock.GetElapsedTime(sent, now) / 2, now), new(clock, knownFor));
        return time;
    }

    /// <summary>The time is asked for again before the next request.</summary>
    public void Forget()
    {
        lock (_gate)
            _known = default;
    }
}
