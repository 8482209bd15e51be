namespace Trading.Services.Exchanges;

/// <summary>The weight that requests may have in a minute, as the exchange counts it, and the pauses that it asks for.</summary>
/// <param name="clock">This machine's clock.</param>
internal sealed class WeightBudget(TimeProvider clock)
{
    private readonly Lock _gate = new();
    private Deadline _pause, _minute;
    private int _pausedBy;

    /// <summary>Weight used in this minute.</summary>
    public int Used { get; private set; }

    /// <summary>Weight that a minute has.</summary>
    public int PerMinute { get; set; } = 6000;

    /// <summary>The reply to a request that is not sent now; null for one that is.</summary>
    /// <param name="canWait">Whether it is refused when the budget runs low.</param>
    public ExchangeReply? Refuses(bool canWait)
    {
        lock (_gate)
        {
            if (_pause is { IsAhead: true, Left: var left })
                return new(_pausedBy, default, left, FormattableString.Invariant(
                    $"HTTP {_pausedBy} before: nothing is sent for {Math.Ceiling(left.TotalSeconds)} s"));
            // The count starts again with each minute; the next reply reports it.
            if (!_minute.IsAhead)
                (Used, _minute) = (0, new(clock, TimeSpan.FromMinutes(1)));
            return canWait && Used > PerMinute * ExchangeHttp.BudgetForAll
                ? new(429, default, _minute.Left,
                    $"{Used} of {PerMinute} weight used in this minute: left for orders")
                : null;
        }
    }

    /// <summary>The exchange wants no requests for a while.</summary>
    /// <param name="status">The status that said so.</param>
    /// <param name="retryAfter">For how long; null where it did not say.</param>
    public void Pause(int status, TimeSpan? retryAfter)
    {
        lock (_gate)
        {
            // Without a time in the reply: a ban lasts at least two minutes, and 429 passes within a minute.
            var wait = retryAfter ?? TimeSpan.FromSeconds(status == 418 ? 120 : 10);
            if (wait > _pause.Left)
                (_pause, _pausedBy) = (new(clock, wait), status);
        }
    }

    /// <summary>Takes what a reply says of the weight that was used.</summary>
    public void Count(int weight)
    {
        lock (_gate)
            (Used, _minute) = (weight, _minute == default ? new(clock, TimeSpan.FromMinutes(1)) : _minute);
    }
}
