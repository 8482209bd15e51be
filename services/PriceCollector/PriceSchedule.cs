namespace Trading.Services;

/// <summary>
/// When prices are collected: at the beginning of each interval of the clock, and never later than one interval after the last time,
/// whatever the clock does meanwhile.
/// </summary>
public static class PriceSchedule
{
    /// <summary>The begin of the interval that an instant lies in.</summary>
    public static DateTimeOffset At(DateTimeOffset now, TimeSpan interval) =>
        new(now.UtcTicks - now.UtcTicks % interval.Ticks, TimeSpan.Zero);

    /// <summary>The next interval, and how long to wait for it: 0 to one interval.</summary>
    /// <param name="last">The interval that was collected last.</param>
    /// <param name="now">The clock.</param>
    /// <param name="interval">Length of an interval.</param>
    public static (DateTimeOffset Next, TimeSpan Wait) After(DateTimeOffset last, DateTimeOffset now, TimeSpan interval)
    {
        var due = last + interval;
        // The clock was set back: its own next interval, though it may have been collected before.
        if (due - now > interval)
            due = At(now, interval) + interval;
        // A timer may fire a fraction of a millisecond early: the same interval is not collected twice.
        else if (due <= now)
            due = At(now, interval);
        return (due, due > now ? due - now : TimeSpan.Zero);
    }
}
