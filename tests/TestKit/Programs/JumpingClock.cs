namespace Trading.TestKit.Programs;

/// <summary>A clock whose hands a test turns; what passes is another matter, and goes on as on the clock beneath.</summary>
/// <param name="beneath">That clock; real time when null.</param>
/// <param name="waits">Changes how long somebody waits; nothing when null.</param>
internal sealed class JumpingClock(TimeProvider? beneath = null, Func<TimeSpan, TimeSpan>? waits = null) : TimeProvider
{
    private readonly TimeProvider _beneath = beneath ?? System;
    private long _jumped, _passed;

    public override long TimestampFrequency => _beneath.TimestampFrequency;

    public override DateTimeOffset GetUtcNow() =>
        _beneath.GetUtcNow().AddTicks(Volatile.Read(ref _jumped) + Volatile.Read(ref _passed));

    public override long GetTimestamp() =>
        _beneath.GetTimestamp() + (long)(Volatile.Read(ref _passed) * ((double)TimestampFrequency / TimeSpan.TicksPerSecond));

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        _beneath.CreateTimer(callback, state, waits?.Invoke(dueTime) ?? dueTime, period);

    /// <summary>Somebody sets the clock.</summary>
    public void Jump(TimeSpan by) => Interlocked.Add(ref _jumped, by.Ticks);

    /// <summary>Time passes, for real.</summary>
    public void Pass(TimeSpan by) => Interlocked.Add(ref _passed, by.Ticks);
}
