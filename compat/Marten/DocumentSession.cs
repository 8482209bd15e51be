using JasperFx;
using JasperFx.Events;
using JasperFx.Events.Projections;
using Marten.Events;

namespace Marten;

/// <summary>Reads, and collects what is to be appended until it is saved.</summary>
internal sealed class DocumentSession(DocumentStore store) : QuerySession(store), IDocumentSession, IEventStoreOperations
{
    private readonly Dictionary<(SnapshotTable Table, string Key), Snapshot> _snapshots = [];
    private List<StreamAction> _pending = [];
    private Dictionary<string, object>? _headers;

    IEventStoreOperations IDocumentSession.Events => this;

    public void SetHeader(string key, object value) => (_headers ??= [])[key] = value;

    public object? GetHeader(string key) => _headers is not null && _headers.TryGetValue(key, out var value) ? value : null;

    public StreamAction StartStream<TAggregate>(string streamKey, params object[] events) where TAggregate : class =>
        StartStream<TAggregate>(streamKey, (IEnumerable<object>)events);

    public StreamAction StartStream<TAggregate>(string streamKey, IEnumerable<object> events) where TAggregate : class
    {
        ThrowIfEmpty(streamKey);
        var action = Fill(new StreamAction(streamKey, StreamActionType.Start) { AggregateType = typeof(TAggregate) }, events);
        if (action.Events.Count == 0)
            throw new EmptyEventStreamException(streamKey);
        _pending.Add(action);
        return action;
    }

    public StreamAction Append(string stream, params object[] events) => Append(stream, (IEnumerable<object>)events);

    public StreamAction Append(string stream, IEnumerable<object> events)
    {
        ThrowIfEmpty(stream);
        var known = _pending.Find(x => x.Key == stream);
        var action = Fill(known ?? new StreamAction(stream, StreamActionType.Append), events);
        if (known is null)
            _pending.Add(action);
        return action;
    }

    public StreamAction Append(string stream, long expectedVersion, params object[] events) =>
        Append(stream, expectedVersion, (IEnumerable<object>)events);

    public StreamAction Append(string stream, long expectedVersion, IEnumerable<object> events)
    {
        var action = Append(stream, events);
        action.ExpectedVersionOnServer = expectedVersion - action.Events.Count;
        return action;
    }

    public Task<IEventStream<T>> FetchForWriting<T>(string key, CancellationToken cancellation = default) where T : class =>
        FetchAsync<T>(key, null, cancellation);

    public Task<IEventStream<T>> FetchForWriting<T>(string key, long expectedVersion, CancellationToken cancellation = default) where T : class =>
        FetchAsync<T>(key, expectedVersion, cancellation);

    public IEvent BuildEvent(object data)
    {
        ArgumentNullException.ThrowIfNull(data);
        if (data is not IEvent built)
            return Store.Events.Types.For(data.GetType()).Wrap(data);
        var mapping = Store.Events.Types.For(built.EventType);
        (built.EventTypeName, built.DotNetTypeName) = (mapping.Name, mapping.DotNetName);
        return built;
    }

    public async Task SaveChangesAsync(CancellationToken token = default)
    {
        var streams = _pending.FindAll(x => x.Events.Count > 0);
        if (streams.Count == 0)
            return;
        await Store.EnsureTablesAsync(token);
        await new UnitOfWork(Store, streams, _snapshots, new(CorrelationId, CausationId, _headers)).CommitAsync(token);
        foreach (var stream in _pending)
            stream.Saved = true;
        _pending = [];
    }

    private async Task<IEventStream<T>> FetchAsync<T>(string key, long? expectedVersion, CancellationToken token) where T : class
    {
        ThrowIfEmpty(key);
        var aggregate = Store.Aggregate(typeof(T));
        var (version, document) = aggregate.Lifecycle == ProjectionLifecycle.Inline
            ? await FetchSnapshotAsync<T>(key, token)
            : await FetchLiveAsync<T>(aggregate, key, token);
        if (expectedVersion is { } expected && expected != version)
            throw new ConcurrencyException($"Stream '{key}' was expected at version {expected}, but is at {version}.", typeof(T), key);

        var action = _pending.Find(x => x.Key == key);
        if (action is null)
            _pending.Add(action = new(key, version == 0 ? StreamActionType.Start : StreamActionType.Append));
        action.AggregateType = typeof(T);
        action.ExpectedVersionOnServer = version;
        return new EventStream<T>(action, version, document, BuildEvent);
    }

    private async Task<(long Version, T? Document)> FetchSnapshotAsync<T>(string key, CancellationToken token) where T : class
    {
        var table = Array.Find(Store.Snapshots, x => x.Aggregate.DocumentType == typeof(T))!;
        return await QueryAsync(table.LoadWithVersion, [EventSql.Text(key)], async reader =>
        {
            await reader.ReadAsync(token);
            var version = reader.IsDBNull(0) ? 0 : reader.GetInt64(0);
            var document = reader.IsDBNull(1) ? null : Store.Json.Read<T>(reader.GetFieldValue<byte[]>(1));
            _snapshots[(table, key)] = new(version, document);
            return (version, document);
        }, token);
    }

    private async Task<(long Version, T? Document)> FetchLiveAsync<T>(AggregateMapping aggregate, string key, CancellationToken token) where T : class
    {
        var events = await FetchStreamAsync(key, token: token);
        return events.Count == 0 ? (0, null) : (events[^1].Version, (T?)aggregate.Fold(null, key, events));
    }

    private static void ThrowIfEmpty(string key)
    {
        if (string.IsNullOrEmpty(key))
            throw new ArgumentOutOfRangeException(nameof(key), "The key of a stream cannot be null or empty.");
    }

    private StreamAction Fill(StreamAction action, IEnumerable<object> events)
    {
        foreach (var e in events)
            action.Add(BuildEvent(e));
        return action;
    }
}
