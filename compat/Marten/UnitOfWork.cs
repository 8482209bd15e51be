using JasperFx.Events;
using Marten.Exceptions;
using Npgsql;
using NpgsqlTypes;

namespace Marten.Events;

/// <summary>The document of an inline projection as it was when its stream was at a version; null when there was none.</summary>
internal readonly record struct Snapshot(long Version, object? Document);

/// <summary>What a session adds to its events.</summary>
internal readonly record struct SessionMetadata(string? CorrelationId, string? CausationId, Dictionary<string, object>? Headers);

/// <summary>
/// One commit: the events of all streams and the documents that change with them, sent as one batch. PostgreSQL runs a batch as one
/// transaction, so the commit is one round trip, and whatever fails leaves nothing behind.
/// </summary>
internal sealed class UnitOfWork(
    DocumentStore store, List<StreamAction> streams, Dictionary<(SnapshotTable Table, string Key), Snapshot> snapshots, SessionMetadata metadata)
{
    private readonly long[] _versions = new long[streams.Count];
    private readonly Queue<long> _sequences = new();

    /// <summary>The stream whose events are being inserted.</summary>
    private int _running = -1;

    public async Task CommitAsync(CancellationToken token)
    {
        try
        {
            await ReadAheadAsync(token);
            for (var i = 0; i < streams.Count; i++)
                Stamp(streams[i], _versions[i]);
            await using var batch = store.DataSource.CreateBatch();
            for (var i = 0; i < streams.Count; i++)
                Append(batch.BatchCommands, streams[i], _versions[i]);
            var projected = Project(batch.BatchCommands);
            await ExecuteAsync(batch, token);
            foreach (var (key, snapshot) in projected)
                snapshots[key] = snapshot;
        }
        catch (PostgresException e)
        {
            throw await ConflictAsync(e, token) ??
                (e.SqlState == PostgresErrorCodes.SerializationFailure ? new ConcurrentUpdateException(e) : new MartenCommandException(null, e));
        }
    }

    /// <summary>
    /// Reads what has to be known before the batch can be built and is not: the version of streams that were given without, their
    /// snapshots, and in append mode Rich the sequence numbers. Nothing, for streams that are started or were fetched.
    /// </summary>
    private async Task ReadAheadAsync(CancellationToken token)
    {
        await using var batch = store.DataSource.CreateBatch();
        var readers = new List<Func<NpgsqlDataReader, Task>>();
        for (var i = 0; i < streams.Count; i++)
        {
            var (index, stream) = (i, streams[i]);
            if (stream.ActionType == StreamActionType.Start)
                continue;
            _versions[i] = stream.ExpectedVersionOnServer ?? 0;
            if (stream.ExpectedVersionOnServer is null)
                Query(store.Sql.Version, EventSql.Text(stream.Key), async row => _versions[index] = await row.ReadAsync(token) ? row.GetInt64(0) : 0);
            foreach (var table in store.Snapshots)
            {
                if (!table.Aggregate.AppliesTo(stream) || snapshots.TryGetValue((table, stream.Key), out var known) && known.Version == stream.ExpectedVersionOnServer)
                    continue;
                Query(table.Load, EventSql.Text(stream.Key), async row => snapshots[(table, stream.Key)] = new(
                    _versions[index], await row.ReadAsync(token) ? store.Json.Read(row.GetFieldValue<byte[]>(0), table.Aggregate.DocumentType) : null));
            }
        }
        if (store.Events.AppendMode == EventAppendMode.Rich)
            Query(store.Sql.NextSequences, new NpgsqlParameter<int>("", streams.Sum(x => x.Events.Count)), async row =>
            {
                while (await row.ReadAsync(token))
                    _sequences.Enqueue(row.GetInt64(0));
            });
        if (readers.Count == 0)
            return;

        await using var reader = await batch.ExecuteReaderAsync(token);
        foreach (var read in readers)
        {
            await read(reader);
            await reader.NextResultAsync(token);
        }

        void Query(string sql, NpgsqlParameter parameter, Func<NpgsqlDataReader, Task> read)
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand(sql) { Parameters = { parameter } });
            readers.Add(read);
        }
    }

    /// <summary>Gives the events their versions and what else the session knows of them.</summary>
    private void Stamp(StreamAction stream, long version)
    {
        var now = store.Events.TimeProvider.GetUtcNow();
        foreach (var e in stream.Events)
        {
            e.Version = ++version;
            if (e.Timestamp == default)
                e.Timestamp = now;
            if (_sequences.TryDequeue(out var sequence))
                e.Sequence = sequence;
            if (!store.Events.MetadataConfig.Enabled)
                continue;
            e.CorrelationId ??= metadata.CorrelationId;
            e.CausationId ??= metadata.CausationId;
            if (metadata.Headers is not null)
                foreach (var (key, value) in metadata.Headers)
                    e.SetHeader(key, value);
        }
        stream.Version = version;
    }

    private void Append(NpgsqlBatchCommandCollection commands, StreamAction stream, long version)
    {
        var start = stream.ActionType == StreamActionType.Start || version == 0 && stream.ExpectedVersionOnServer is null or 0;
        var serverTime = store.Events.AppendMode == EventAppendMode.Quick && stream.ActionType == StreamActionType.Append;
        foreach (var e in stream.Events)
        {
            var first = e.Version == version + 1;
            var command = new NpgsqlBatchCommand(!first ? store.Sql.Next : start ? store.Sql.First : store.Sql.Append);
            var parameters = command.Parameters;
            parameters.Add(new NpgsqlParameter<Guid> { TypedValue = e.Id, NpgsqlDbType = NpgsqlDbType.Uuid });
            parameters.Add(EventSql.Text(stream.Key));
            parameters.Add(Number(e.Version));
            parameters.Add(EventSql.Json(store.Json.Write(e.Data)));
            parameters.Add(EventSql.Text(e.EventTypeName));
            parameters.Add(new NpgsqlParameter<DateTimeOffset?> { TypedValue = serverTime ? null : e.Timestamp, NpgsqlDbType = NpgsqlDbType.TimestampTz });
            parameters.Add(EventSql.Text(e.DotNetTypeName));
            if (store.Events.MetadataConfig.Enabled)
            {
                parameters.Add(EventSql.Text(e.CorrelationId));
                parameters.Add(EventSql.Text(e.CausationId));
                parameters.Add(EventSql.Json(e.Headers is null ? null : store.Json.Write(e.Headers)));
            }
            if (store.Events.AppendMode == EventAppendMode.Rich)
                parameters.Add(Number(e.Sequence));
            if (first)
            {
                parameters.Add(Number(stream.Version));
                parameters.Add(!start ? Number(version) : EventSql.Text(store.AggregateAlias(stream.AggregateType)));
            }
            commands.Add(command);
        }
    }

    private static NpgsqlParameter<long> Number(long value) => new NpgsqlParameter<long> { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Bigint };

    private List<((SnapshotTable, string), Snapshot)> Project(NpgsqlBatchCommandCollection commands)
    {
        var projected = new List<((SnapshotTable, string), Snapshot)>();
        foreach (var table in store.Snapshots)
        {
            foreach (var stream in streams)
            {
                if (!table.Aggregate.AppliesTo(stream))
                    continue;
                var before = snapshots.GetValueOrDefault((table, stream.Key)).Document;
                var after = table.Aggregate.Fold(before, stream.Key, stream.Events);
                projected.Add(((table, stream.Key), new(stream.Version, after)));
                if (after is not null)
                    commands.Add(new(table.Store)
                    {
                        Parameters =
                        {
                            EventSql.Text(stream.Key),
                            EventSql.Json(store.Json.Write(after)),
                            EventSql.Text(table.Aggregate.DocumentType.FullName),
                            Number(stream.Version)
                        }
                    });
                else if (before is not null)
                    commands.Add(new(table.Delete) { Parameters = { EventSql.Text(stream.Key) } });
            }
        }
        return projected;
    }

    private async Task ExecuteAsync(NpgsqlBatch batch, CancellationToken token)
    {
        _running = 0;
        await using var reader = await batch.ExecuteReaderAsync(token);
        foreach (var stream in streams)
        {
            var last = stream.Events[^1];
            foreach (var e in stream.Events)
            {
                await reader.ReadAsync(token);
                e.Sequence = reader.GetInt64(0);
                if (e == last)
                    _running++;
                await reader.NextResultAsync(token);
            }
        }
    }

    /// <summary>What an error says about the stream that was being appended to; null when it says nothing.</summary>
    private async Task<Exception?> ConflictAsync(PostgresException e, CancellationToken token)
    {
        if (_running < 0 || _running >= streams.Count)
            return null;
        var stream = streams[_running];
        switch (e)
        {
            case { SqlState: PostgresErrorCodes.UniqueViolation, TableName: "mt_streams" } when stream.ActionType == StreamActionType.Start:
                return new ExistingStreamIdCollisionException(stream.Key, stream.AggregateType);
            case { SqlState: PostgresErrorCodes.UniqueViolation, TableName: "mt_streams" }:
            case { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "pk_mt_events_stream_and_version" }:
            case { SqlState: PostgresErrorCodes.NotNullViolation, TableName: "mt_events", ColumnName: "version" }:
                await using (var session = new QuerySession(store))
                {
                    var state = await session.FetchStreamStateAsync(stream.Key, token);
                    return state is { IsArchived: true }
                        ? new InvalidStreamOperationException($"Stream '{stream.Key}' is archived: nothing can be appended to it.")
                        : new EventStreamUnexpectedMaxEventIdException(stream.Key, stream.AggregateType, _versions[_running], state?.Version ?? 0);
                }
            default:
                return null;
        }
    }
}
