using JasperFx.Events;

namespace Marten.Events;

/// <summary>Settings of the event store.</summary>
public interface IEventStoreOptions
{
    /// <summary>Must be set to <see cref="StreamIdentity.AsString"/>.</summary>
    StreamIdentity StreamIdentity { get; set; }

    EventAppendMode AppendMode { get; set; }

    /// <summary>The clock that stamps events.</summary>
    TimeProvider TimeProvider { get; set; }

    MetadataConfig MetadataConfig { get; }

    /// <summary>Makes the type known before an event of it is first appended.</summary>
    IEventStoreOptions AddEventType<TEvent>();

    /// <summary>Makes types known before an event of them is first appended.</summary>
    void AddEventTypes(IEnumerable<Type> types);

    /// <summary>Makes the type known under another name than that made of the type's name.</summary>
    void MapEventType<TEvent>(string eventTypeName) where TEvent : class;
}

/// <summary>Optional columns of events.</summary>
public class MetadataConfig
{
    internal bool Enabled { get; private set; }

    /// <summary>Records correlation id, causation id and headers.</summary>
    public void EnableAll() => Enabled = true;
}

internal sealed class EventStoreOptions : IEventStoreOptions
{
    public StreamIdentity StreamIdentity { get; set; }

    public EventAppendMode AppendMode { get; set; } = EventAppendMode.QuickWithServerTimestamps;

    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    public MetadataConfig MetadataConfig { get; } = new();

    public EventTypes Types { get; } = new();

    public IEventStoreOptions AddEventType<TEvent>()
    {
        Types.For(typeof(TEvent));
        return this;
    }

    public void AddEventTypes(IEnumerable<Type> types)
    {
        foreach (var type in types)
            Types.For(type);
    }

    public void MapEventType<TEvent>(string eventTypeName) where TEvent : class => Types.Map(typeof(TEvent), eventTypeName);
}
