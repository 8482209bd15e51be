using System.Text;
using JasperFx.Events;
using Marten.Events;
using Marten.Exceptions;
using Marten.Linq;
using Npgsql;

namespace Marten;

/// <summary>Reads. Every call takes a connection from the pool and gives it back, so a session holds nothing.</summary>
internal class QuerySession(DocumentStore store) : IQuerySession, IQueryEventStore
{
    public string? CausationId { get; set; }

    public string? CorrelationId { get; set; }

    IQueryEventStore IQuerySession.Events => this;

    protected DocumentStore Store => store;

    public async Task<T?> LoadAsync<T>(string id, CancellationToken token = default) where T : notnull
    {
        var table = Array.Find(store.Snapshots, x => x.Aggregate.DocumentType == typeof(T)) ??
            throw new InvalidDocumentException($"{typeof(T)} is not the document of an inline projection.");
        try
        {
            return await QueryAsync(table.Load, [EventSql.Text(id)], async reader =>
                await reader.ReadAsync(token) ? store.Json.Read<T>(reader.GetFieldValue<byte[]>(0)) : default, token);
        }
        catch (PostgresException e)
        {
            throw new MartenCommandException(null, e);
        }
    }

    public async Task<IReadOnlyList<IEvent>> FetchStreamAsync(
        string streamKey, long version = 0, DateTimeOffset? timestamp = null, long fromVersion = 0, CancellationToken token = default)
    {
        var sql = store.Sql.SelectStream;
        var parameters = new List<NpgsqlParameter> { EventSql.Text(streamKey) };
        if (version != 0 || timestamp is not null || fromVersion != 0)
        {
            var filtered = new StringBuilder(store.Sql.Select).Append(" and d.stream_id = $1");
            if (version != 0)
                Add("d.version <=", new NpgsqlParameter<long>("", version));
            if (timestamp is { } latest)
                Add("d.timestamp <=", new NpgsqlParameter<DateTimeOffset>("", latest.ToUniversalTime()));
            if (fromVersion != 0)
                Add("d.version >=", new NpgsqlParameter<long>("", fromVersion));
            sql = filtered.Append(" order by d.version").ToString();

            void Add(string condition, NpgsqlParameter parameter)
            {
                parameters.Add(parameter);
                filtered.Append(" and ").Append(condition).Append(" $").Append(parameters.Count);
            }
        }
        return await QueryAsync(sql, parameters, reader => reader.ReadEventsAsync(store, token), token);
    }

    public async Task<T?> AggregateStreamAsync<T>(
        string streamKey, long version = 0, DateTimeOffset? timestamp = null, T? state = null, long fromVersion = 0, CancellationToken token = default)
        where T : class
    {
        var aggregate = store.Aggregate(typeof(T));
        var events = await FetchStreamAsync(streamKey, version, timestamp, fromVersion, token);
        if (events.Count == 0)
            return state;
        return version > events[^1].Version ? null : (T?)aggregate.Fold(state, streamKey, events);
    }

    public Task<StreamState?> FetchStreamStateAsync(string streamKey, CancellationToken token = default) =>
        QueryAsync(store.Sql.StreamState, [EventSql.Text(streamKey)], async reader => await reader.ReadAsync(token)
            ? new StreamState
            {
                Key = streamKey,
                Version = reader.GetInt64(0),
                AggregateType = store.AggregateType(reader.IsDBNull(1) ? null : reader.GetString(1)),
                LastTimestamp = reader.GetFieldValue<DateTimeOffset>(2),
                Created = reader.GetFieldValue<DateTimeOffset>(3),
                IsArchived = reader.GetBoolean(4)
            }
            : null, token);

    public IMartenQueryable<IEvent> QueryAllRawEvents() => new RawEventQuery(async (where, parameters, token) =>
    {
        try
        {
            return await QueryAsync(store.Sql.Select + where, parameters, reader => reader.ReadEventsAsync(store, token), token);
        }
        catch (NpgsqlException e)
        {
            throw new MartenCommandException(null, e);
        }
    });

    public void Dispose() => GC.SuppressFinalize(this);

    public ValueTask DisposeAsync()
    {
        Dispose();
        return default;
    }

    /// <summary>Runs one statement, the tables being there. What Npgsql throws is left as it is, as the package does.</summary>
    protected async Task<TResult> QueryAsync<TResult>(
        string sql, IEnumerable<NpgsqlParameter> parameters, Func<NpgsqlDataReader, Task<TResult>> read, CancellationToken token)
    {
        await store.EnsureTablesAsync(token);
        await using var command = store.DataSource.CreateCommand(sql);
        foreach (var parameter in parameters)
            command.Parameters.Add(parameter);
        await using var reader = await command.ExecuteReaderAsync(token);
        return await read(reader);
    }
}
