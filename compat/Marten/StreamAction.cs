namespace JasperFx.Events;

public enum StreamActionType
{
    /// <summary>A new stream; refused when it exists.</summary>
    Start,

    /// <summary>A stream that may exist.</summary>
    Append
}

/// <summary>The events that a session is about to append to one stream.</summary>
public class StreamAction
{
    private readonly List<IEvent> _events = [];

    internal StreamAction(string key, StreamActionType actionType)
    {
        Key = key;
        ActionType = actionType;
    }

    /// <summary>Key of the stream.</summary>
    public string Key { get; }

    public StreamActionType ActionType { get; }

    /// <summary>The aggregate that the stream belongs to; null when it was not said.</summary>
    public Type? AggregateType { get; set; }

    public IReadOnlyList<IEvent> Events => _events;

    /// <summary>Version that the stream must have in the database before the append; null when it does not matter.</summary>
    public long? ExpectedVersionOnServer { get; set; }

    /// <summary>Version of the stream after the append; known once it was saved.</summary>
    public long Version { get; set; }

    /// <summary>True once the events are saved: nothing more can be added.</summary>
    internal bool Saved { get; set; }

    internal void Add(IEvent e)
    {
        if (Saved)
            throw new InvalidOperationException($"The events of stream '{Key}' were saved already; fetch the stream again to append to it.");
        e.StreamKey = Key;
        _events.Add(e);
    }
}
