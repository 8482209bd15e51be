using JasperFx.Events;
using Marten.Linq;

namespace Marten.Events;

/// <summary>Reads streams of events.</summary>
public interface IQueryEventStore
{
    /// <summary>The events of a stream in order; none when it does not exist.</summary>
    /// <param name="streamKey">Key of the stream.</param>
    /// <param name="version">Last version to read; 0 for all.</param>
    /// <param name="timestamp">Latest timestamp to read.</param>
    /// <param name="fromVersion">First version to read; 0 for all.</param>
    /// <param name="token">Cancels.</param>
    /// <exception cref="Exceptions.UnknownEventTypeException">An event's type cannot be found.</exception>
    Task<IReadOnlyList<IEvent>> FetchStreamAsync(
        string streamKey, long version = 0, DateTimeOffset? timestamp = null, long fromVersion = 0, CancellationToken token = default);

    /// <summary>
    /// The aggregate of a stream, folded from its events up to a version or a time. <paramref name="state"/> when there are no
    /// such events; null when the stream has not reached <paramref name="version"/>.
    /// </summary>
    Task<T?> AggregateStreamAsync<T>(
        string streamKey, long version = 0, DateTimeOffset? timestamp = null, T? state = null, long fromVersion = 0, CancellationToken token = default)
        where T : class;

    /// <summary>What is known about a stream as a whole; null when it does not exist.</summary>
    Task<StreamState?> FetchStreamStateAsync(string streamKey, CancellationToken token = default);

    /// <summary>
    /// All events that are not archived. Understood are Where (comparisons of Sequence, Version, Timestamp, StreamKey, EventTypeName,
    /// joined by and), OrderBy Sequence, Take and ToListAsync; anything else throws.
    /// </summary>
    IMartenQueryable<IEvent> QueryAllRawEvents();
}

/// <summary>Reads streams and collects what is to be appended.</summary>
public interface IEventStoreOperations : IQueryEventStore
{
    /// <summary>Starts a stream.</summary>
    StreamAction StartStream<TAggregate>(string streamKey, params object[] events) where TAggregate : class;

    /// <summary>Starts a stream.</summary>
    StreamAction StartStream<TAggregate>(string streamKey, IEnumerable<object> events) where TAggregate : class;

    /// <summary>
    /// Appends to a stream, whatever its version, and starts it when there is none. The version is read when it is saved (one more
    /// round trip); an append of someone else between the two is a conflict.
    /// </summary>
    StreamAction Append(string stream, params object[] events);

    /// <inheritdoc cref="Append(string,object[])"/>
    StreamAction Append(string stream, IEnumerable<object> events);

    /// <summary>Appends to a stream that has to be at <paramref name="expectedVersion"/> AFTER the append.</summary>
    StreamAction Append(string stream, long expectedVersion, params object[] events);

    /// <inheritdoc cref="Append(string,long,object[])"/>
    StreamAction Append(string stream, long expectedVersion, IEnumerable<object> events);

    /// <summary>The aggregate of a stream, to be appended to: refused when the stream has grown by then.</summary>
    Task<IEventStream<T>> FetchForWriting<T>(string key, CancellationToken cancellation = default) where T : class;

    /// <summary>The same, of a stream that has to be at a version now.</summary>
    /// <exception cref="JasperFx.ConcurrencyException">It is not.</exception>
    Task<IEventStream<T>> FetchForWriting<T>(string key, long expectedVersion, CancellationToken cancellation = default) where T : class;

    /// <summary>Puts an event into its envelope, to set headers or a timestamp before it is appended.</summary>
    IEvent BuildEvent(object data);
}
