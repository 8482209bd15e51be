using System.Collections.Concurrent;
using Trading.Hosting.Telemetry;

namespace Trading.Hosting.Messaging;

/// <summary>
/// How far the clocks of the services that send messages are ahead of this one, by the times at which they say they sent. The time on the
/// way counts as being behind. A clock that is steadily ahead is known after a few messages: its prices are still believed for exits, and
/// the watch of clocks stops purchases.
/// </summary>
/// <param name="metrics">Shows the differences.</param>
/// <param name="remembers">How long a message tells of its sender's clock; longer than several messages are apart.</param>
/// <param name="real">Real time.</param>
public sealed class SenderClocks(TradingMetrics metrics, TimeSpan remembers, TimeProvider real)
{
    /// <summary>How far ahead of this clock a message may be dated; what a sender's clock is steadily ahead comes on top.</summary>
    public static readonly TimeSpan MostAhead = TimeSpan.FromSeconds(10);

    private const int Kept = 9;
    private readonly ConcurrentDictionary<string, Queue<(TimeSpan Offset, long At)>> _offsets = new();

    /// <summary>
    /// How far the sender of each kind of message is ahead; below zero for behind, or for messages that had to wait. A sender of which
    /// nothing was heard for long has no clock to go by.
    /// </summary>
    public IReadOnlyDictionary<string, TimeSpan> Ahead => _offsets.ToDictionary(kind => kind.Key, kind => Told(kind.Key, kind.Value));

    /// <summary>Notes when a message says that it was sent; returns how far its sender's clock is known to be ahead, at least 0.</summary>
    public TimeSpan Note(string kind, DateTime? sentAt)
    {
        if (sentAt is not { } sent)
            return TimeSpan.Zero;
        var offsets = _offsets.GetOrAdd(kind, _ => new());
        lock (offsets)
        {
            offsets.Enqueue((sent.ToUniversalTime() - real.GetUtcNow().UtcDateTime, real.GetTimestamp()));
            if (offsets.Count > Kept)
                offsets.Dequeue();
        }
        var ahead = Told(kind, offsets);
        return ahead > TimeSpan.Zero ? ahead : TimeSpan.Zero;
    }

    private TimeSpan Told(string kind, Queue<(TimeSpan Offset, long At)> offsets)
    {
        var ahead = Median(offsets);
        metrics.ClockAhead(kind, ahead);
        return ahead;
    }

    // One message with a false date does not move it; too few messages say nothing.
    private TimeSpan Median(Queue<(TimeSpan Offset, long At)> offsets)
    {
        lock (offsets)
        {
            while (offsets.TryPeek(out var oldest) && real.GetElapsedTime(oldest.At) > remembers)
                offsets.Dequeue();
            return offsets.Count < 3 ? TimeSpan.Zero : offsets.Select(one => one.Offset).Order().ElementAt(offsets.Count / 2);
        }
    }
}
