namespace Trading.TestKit.Programs;

/// <summary>Real time, from another day on: a test lets hours pass at once.</summary>
internal sealed class ShiftedTime : TimeProvider
{
    private long _ticks;

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow().AddTicks(Volatile.Read(ref _ticks));

    public override long GetTimestamp() =>
        System.GetTimestamp() + Volatile.Read(ref _ticks) * (TimestampFrequency / TimeSpan.TicksPerSecond);

    /// <summary>Lets time pass.</summary>
    public void Advance(TimeSpan by) => Interlocked.Add(ref _ticks, by.Ticks);
}
