namespace JasperFx.Events;

/// <summary>What identifies a stream. This stand-in knows keys only.</summary>
public enum StreamIdentity
{
    AsString = 1
}

/// <summary>How events get their sequence numbers and timestamps.</summary>
public enum EventAppendMode
{
    /// <summary>Inline projections see sequence numbers and timestamps; costs a round trip to fetch the numbers.</summary>
    Rich,

    /// <summary>Appends to existing streams are stamped by the database server, whatever was set before.</summary>
    Quick,

    /// <summary>Stamped from <c>Events.TimeProvider</c>; a timestamp that was set before is kept. The default.</summary>
    QuickWithServerTimestamps
}

/// <summary>What the store knows about a stream as a whole.</summary>
public class StreamState
{
    public string? Key { get; set; }

    /// <summary>Number of events.</summary>
    public long Version { get; set; }

    /// <summary>The aggregate that the stream was started for; null when it was not said.</summary>
    public Type? AggregateType { get; set; }

    public DateTimeOffset LastTimestamp { get; set; }

    public DateTimeOffset Created { get; set; }

    public bool IsArchived { get; set; }
}

/// <summary>The stream is not at the version that the append expected.</summary>
public class EventStreamUnexpectedMaxEventIdException : ConcurrencyException
{
    public EventStreamUnexpectedMaxEventIdException(object id, Type? aggregateType, long expected, long actual)
        : base($"Stream '{id}' was expected at version {expected}, but is at {actual}.", aggregateType, id) =>
        AggregateType = aggregateType;

    public Type? AggregateType { get; }
}

/// <summary>A stream cannot be started without an event.</summary>
public class EmptyEventStreamException(string key) : Exception($"Stream '{key}' cannot be started without an event.");
