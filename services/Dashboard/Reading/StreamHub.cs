using System.Text;
using System.Threading.Channels;

namespace Trading.Dashboard.Reading;

/// <summary>One message of the stream, written once for all viewers.</summary>
/// <param name="Sequence">Its place in the journal; null for one that is not resumed from.</param>
/// <param name="Text">The message as a server-sent event.</param>
public readonly record struct StreamMessage(long? Sequence, byte[] Text)
{
    /// <summary>Writes a message; the data is one line of JSON.</summary>
    public static StreamMessage Of(string kind, long? sequence, ReadOnlySpan<byte> json) =>
        new(sequence, [.. Encoding.UTF8.GetBytes(sequence is { } id ? $"id: {id}\nevent: {kind}\ndata: " : $"event: {kind}\ndata: "),
            .. json, .. "\n\n"u8]);
}

/// <summary>
/// Hands each message to every viewer. The newest that have a place in the journal are kept, so that a viewer goes on where its connection
/// broke. A viewer that does not keep up is disconnected, and comes again.
/// </summary>
public sealed class StreamHub
{
    /// <summary>Most viewers at a time.</summary>
    public const int MostViewers = 200;

    private const int Kept = 5000, Ahead = 1024;
    private readonly Lock _lock = new();
    private readonly Queue<StreamMessage> _newest = new();
    private readonly HashSet<Channel<StreamMessage>> _viewers = [];
    private StreamMessage? _now;
    private long _forgotten, _last;

    /// <summary>Viewers now.</summary>
    public int Viewers
    {
        get
        {
            lock (_lock)
                return _viewers.Count;
        }
    }

    /// <summary>Hands a message on.</summary>
    /// <param name="message">The message.</param>
    /// <param name="isState">Whether it says how everything stands, which a new viewer gets at once.</param>
    public void Send(StreamMessage message, bool isState = false)
    {
        lock (_lock)
        {
            if (isState)
                _now = message;
            Add(message);
            foreach (var viewer in _viewers)
            {
                if (!viewer.Writer.TryWrite(message))
                    viewer.Writer.TryComplete();
            }
        }
    }

    /// <summary>
    /// Keeps a message of what happened before the first reading for viewers that come again. Those that are there already read it with
    /// everything else: to them it would be old news.
    /// </summary>
    public void Keep(StreamMessage message)
    {
        lock (_lock)
            Add(message);
    }

    /// <summary>What was sent before is not kept: a viewer that asks for it starts again.</summary>
    public void ForgetUpTo(long sequence)
    {
        lock (_lock)
            (_forgotten, _last) = (Math.Max(_forgotten, sequence), Math.Max(_last, sequence));
    }

    /// <summary>A new viewer; null when there are too many.</summary>
    /// <param name="after">The last message that it has seen; null for one that comes for the first time.</param>
    /// <param name="isRead">Whether the journal has been read: before, nobody knows what a viewer missed.</param>
    /// <param name="missed">
    /// What it missed; null when that is not known or not kept any more, or it saw another journal, and it starts again.
    /// </param>
    /// <param name="state">How everything stood last; null before that was sent.</param>
    public Channel<StreamMessage>? Join(
        long? after, bool isRead, out IReadOnlyList<StreamMessage>? missed, out StreamMessage? state)
    {
        lock (_lock)
        {
            missed = after is not { } seen ? [] : !isRead || seen < _forgotten || seen > _last ? null
                : [.. _newest.Where(message => message.Sequence > seen)];
            state = _now;
            if (_viewers.Count >= MostViewers)
                return null;
            var viewer = Channel.CreateBounded<StreamMessage>(new BoundedChannelOptions(Ahead)
            { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });
            _viewers.Add(viewer);
            return viewer;
        }
    }

    /// <summary>A viewer has gone.</summary>
    public void Leave(Channel<StreamMessage> viewer)
    {
        lock (_lock)
            _viewers.Remove(viewer);
    }

    private void Add(StreamMessage message)
    {
        if (message.Sequence is not { } place)
            return;
        _last = Math.Max(_last, place);
        _newest.Enqueue(message);
        if (_newest.Count > Kept)
            _forgotten = _newest.Dequeue().Sequence!.Value;
    }
}
