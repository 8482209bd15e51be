namespace JasperFx.Events;

/// <summary>A stream that was fetched to be appended to, with its aggregate as it was then.</summary>
public interface IEventStream<out T> where T : notnull
{
    /// <summary>The aggregate; null when there is none yet.</summary>
    T? Aggregate { get; }

    /// <summary>Version when it was fetched; 0 when the stream did not exist. The append is refused unless it is still the same.</summary>
    long? StartingVersion { get; }

    /// <summary><see cref="StartingVersion"/> plus the events added since.</summary>
    long? CurrentVersion { get; }

    string? Key { get; }

    /// <summary>The events added since.</summary>
    IReadOnlyList<IEvent> Events { get; }

    void AppendOne(object @event);

    void AppendMany(params object[] events);

    void AppendMany(IEnumerable<object> events);
}

internal sealed class EventStream<T>(StreamAction action, long startingVersion, T? aggregate, Func<object, IEvent> wrap)
    : IEventStream<T> where T : notnull
{
    public T? Aggregate => aggregate;

    public long? StartingVersion => startingVersion;

    public long? CurrentVersion => startingVersion + action.Events.Count;

    public string? Key => action.Key;

    public IReadOnlyList<IEvent> Events => action.Events;

    public void AppendOne(object @event) => action.Add(wrap(@event));

    public void AppendMany(params object[] events) => AppendMany((IEnumerable<object>)events);

    public void AppendMany(IEnumerable<object> events)
    {
        foreach (var @event in events)
            action.Add(wrap(@event));
    }
}
