namespace Trading.TestKit.Programs;

/// <summary>A clock that stands still until a test moves it, and that can be asked to tell when somebody waits for it.</summary>
internal sealed class ManualTime(DateTimeOffset start) : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly List<Timer> _timers = [];
    private readonly List<(Func<TimeSpan, bool> Wanted, TaskCompletionSource Seen)> _watchers = [];
    private DateTimeOffset _now = start;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate)
            return _now;
    }

    public override long GetTimestamp() => GetUtcNow().Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>
    /// Moves the clock and rings, in order, what somebody waited for before the call. What they begin to wait for when they hear it counts
    /// from the new time on: their next step may run on another thread, and must not depend on how fast it is.
    /// </summary>
    public void Advance(TimeSpan by)
    {
        List<Timer> due;
        lock (_gate)
        {
            _now += by;
            due = [.. _timers.Where(timer => timer.Due <= _now).OrderBy(timer => timer.Due)];
            due.ForEach(timer => timer.Take());
        }

        due.ForEach(timer => timer.Ring());
    }

    /// <summary>Completes as soon as somebody waits for a time of the wanted length.</summary>
    public Task WaitedFor(Func<TimeSpan, bool> wanted)
    {
        lock (_gate)
        {
            if (_timers.Any(timer => timer.Due is not null && wanted(timer.Length)))
                return Task.CompletedTask;
            var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _watchers.Add((wanted, seen));
            return seen.Task.WaitAsync(HangGuard.Limit);
        }
    }

    private sealed class Timer(ManualTime time, TimerCallback callback, object? state) : ITimer
    {
        private TimeSpan _period;

        public DateTimeOffset? Due { get; private set; }

        public TimeSpan Length { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan newPeriod)
        {
            lock (time._gate)
            {
                time._timers.Remove(this);
                if (dueTime == Timeout.InfiniteTimeSpan)
                {
                    Due = null;
                    return true;
                }

                (Length, Due, _period) = (dueTime, time._now + dueTime, newPeriod);
                time._timers.Add(this);
                foreach (var watcher in time._watchers.Where(watcher => watcher.Wanted(dueTime)).ToList())
                {
                    time._watchers.Remove(watcher);
                    watcher.Seen.SetResult();
                }

                return true;
            }
        }

        /// <summary>A period that passed several times rings once, as a timer does whose thread was busy.</summary>
        public void Take()
        {
            Due = _period > TimeSpan.Zero ? time._now + _period : null;
            if (Due is null)
                time._timers.Remove(this);
        }

        public void Ring() => callback(state);

        public void Dispose() => Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
