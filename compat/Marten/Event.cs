namespace JasperFx.Events;

/// <summary>One event with what the store knows about it.</summary>
public interface IEvent
{
    /// <summary>Identity of the event across databases.</summary>
    Guid Id { get; set; }

    /// <summary>Place in its stream, from 1.</summary>
    long Version { get; set; }

    /// <summary>Place in the whole store. Has gaps, and does not become visible in order.</summary>
    long Sequence { get; set; }

    /// <summary>The event itself.</summary>
    object Data { get; }

    /// <summary>Key of the stream.</summary>
    string? StreamKey { get; set; }

    /// <summary>When it was recorded, in UTC. A value that is set before the append is kept.</summary>
    DateTimeOffset Timestamp { get; set; }

    string TenantId { get; set; }

    /// <summary>.NET type of <see cref="Data"/>.</summary>
    Type EventType { get; }

    /// <summary>Name of the type in the database, for example trade_opened.</summary>
    string EventTypeName { get; set; }

    /// <summary>"Namespace.Type, Assembly".</summary>
    string DotNetTypeName { get; set; }

    /// <summary>What made this event happen; null takes the session's.</summary>
    string? CausationId { get; set; }

    /// <summary>What this event belongs to; null takes the session's.</summary>
    string? CorrelationId { get; set; }

    /// <summary>Further metadata; the session's headers are added to it when it is saved. May be null.</summary>
    Dictionary<string, object>? Headers { get; set; }

    bool IsArchived { get; set; }

    void SetHeader(string key, object value);

    /// <summary>The header's value, or null when there is none.</summary>
    object? GetHeader(string key);
}

/// <summary>An event whose type is known.</summary>
public interface IEvent<out T> : IEvent where T : notnull
{
    new T Data { get; }
}

/// <summary>The envelope of an event.</summary>
public class Event<T>(T data) : IEvent<T> where T : notnull
{
    public T Data { get; set; } = data;

    object IEvent.Data => Data;

    public Type EventType => typeof(T);

    public Guid Id { get; set; } = Guid.NewGuid();

    public long Version { get; set; }

    public long Sequence { get; set; }

    public string? StreamKey { get; set; }

    public DateTimeOffset Timestamp { get; set; }

    public string TenantId { get; set; } = "*DEFAULT*";

    public string EventTypeName { get; set; } = null!;

    public string DotNetTypeName { get; set; } = null!;

    public string? CausationId { get; set; }

    public string? CorrelationId { get; set; }

    public Dictionary<string, object>? Headers { get; set; }

    public bool IsArchived { get; set; }

    public void SetHeader(string key, object value) => (Headers ??= [])[key] = value;

    public object? GetHeader(string key) => Headers is not null && Headers.TryGetValue(key, out var value) ? value : null;
}

/// <summary>
/// What the package writes, in the stream mt_tombstone, in place of an event whose append failed after its sequence number was
/// taken (append mode Rich). This stand-in reads such rows and never writes them.
/// </summary>
public class Tombstone;
