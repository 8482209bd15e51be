namespace Trading.Services.Exchanges;

/// <summary>
/// A time to come by the monotonic clock: a jump of the other one moves it neither nearer nor further. The default has passed.
/// </summary>
internal readonly record struct Deadline
{
    private readonly TimeProvider? _clock;
    private readonly long _since;
    private readonly TimeSpan _wait;

    /// <summary>A time from now on.</summary>
    public Deadline(TimeProvider clock, TimeSpan wait) => (_clock, _since, _wait) = (clock, clock.GetTimestamp(), wait);

    /// <summary>How long it is until then; zero or less when it has passed.</summary>
    public TimeSpan Left => _clock is null ? TimeSpan.Zero : _wait - _clock.GetElapsedTime(_since);

    /// <summary>Whether it is still to come.</summary>
    public bool IsAhead => Left > TimeSpan.Zero;
}
