using Trading.Hosting.Background;

namespace Trading.Dashboard.Reading;

/// <summary>
/// Reads the program's own journal on: often while somebody looks, seldom when nobody has for a while, not at all before anybody has, at
/// this start or an earlier one.
/// </summary>
public sealed class JournalFollower : BackgroundWork
{
    /// <summary>How long after the last request it goes on looking often.</summary>
    private static readonly TimeSpan Awake = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan Often = TimeSpan.FromMilliseconds(100), Seldom = TimeSpan.FromSeconds(2);
    private readonly TaskCompletionSource _wanted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly JournalReading _reading;
    private readonly StreamHub _hub;
    private long _asked = long.MinValue;

    /// <summary>Follows a journal.</summary>
    public JournalFollower(JournalReading reading, StreamHub hub, Supervision supervision, ILogger<JournalFollower> log)
        : base("dashboard-journal", supervision, log)
    {
        (_reading, _hub) = (reading, hub);
        reading.Asked += () =>
        {
            Volatile.Write(ref _asked, TimeProvider.System.GetTimestamp());
            _wanted.TrySetResult();
        };
        if (reading.WasKept)
            _wanted.TrySetResult();
    }

    /// <inheritdoc/>
    protected override TimeSpan? Interval => TimeSpan.Zero;

    /// <inheritdoc/>
    protected override async Task StepAsync(CancellationToken stopping)
    {
        await _wanted.Task.WaitAsync(stopping);
        await _reading.ReadAsync(stopping);
        var awake = _hub.Viewers > 0 || TimeProvider.System.GetElapsedTime(Volatile.Read(ref _asked)) < Awake;
        await Task.Delay(awake ? Often : Seldom, TimeProvider.System, stopping);
    }
}
