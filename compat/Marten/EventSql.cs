using Npgsql;
using NpgsqlTypes;

namespace Marten.Events;

/// <summary>The statements of a store. They are few and never vary, so that Npgsql can keep them prepared.</summary>
internal sealed class EventSql
{
    private const string MetadataColumns = ", correlation_id, causation_id, headers";
    private readonly string _schema;
    private readonly bool _metadata;

    public EventSql(string schema, bool metadata, bool givenSequences)
    {
        (_schema, _metadata) = (schema, metadata);
        var parameters = metadata ? 10 : 7;
        var sequence = givenSequences ? $"${++parameters}" : $"nextval('{schema}.mt_events_sequence')";
        var (first, second) = ($"${parameters + 1}", $"${parameters + 2}");
        string Insert(string version) =>
            $"""
            insert into {schema}.mt_events
                (id, stream_id, version, data, type, timestamp, mt_dotnet_type{(metadata ? MetadataColumns : "")}, seq_id, tenant_id)
            values ($1, $2, {version}, $4, $5, coalesce($6, now()), $7{(metadata ? ", $8, $9, $10" : "")}, {sequence}, '*DEFAULT*')
            returning seq_id
            """;
        Next = Insert("$3");
        First =
            $"""
            with stream as (insert into {schema}.mt_streams (id, version, type, tenant_id) values ($2, {first}, {second}, '*DEFAULT*') returning id)
            {Insert("(select $3::bigint from stream)")}
            """;
        Append =
            $"""
            with stream as (update {schema}.mt_streams set version = {first}, timestamp = now()
                where id = $2 and version = {second} and is_archived is not true returning id)
            {Insert("(select $3::bigint from stream)")}
            """;
        SelectStream = $"{Select} and d.stream_id = $1 order by d.version";
        StreamState = $"select version, type, timestamp, created, is_archived from {schema}.mt_streams where id = $1";
        Version = $"select version from {schema}.mt_streams where id = $1";
        NextSequences = $"select nextval('{schema}.mt_events_sequence') from generate_series(1, $1)";
    }

    /// <summary>
    /// The first event of a new stream; its parameters are those of <see cref="Next"/>, then the stream's version after all events and
    /// its aggregate's name. Violates the primary key of mt_streams when there is the stream.
    /// </summary>
    public string First { get; }

    /// <summary>
    /// The first of the events that are appended to a stream; its parameters are those of <see cref="Next"/>, then the stream's version
    /// after and before. Where the stream is not at that version nothing is updated, the event's version becomes null, and its NOT NULL
    /// rolls the whole batch back: that is how a conflict costs no second round trip.
    /// </summary>
    public string Append { get; }

    /// <summary>A further event: its columns in the order of the statement; in append mode Rich its sequence number follows.</summary>
    public string Next { get; }

    /// <summary>Events with the columns in the order in which <see cref="EventReader"/> reads them.</summary>
    public string Select =>
        $"""
        select d.data, d.type, d.mt_dotnet_type, d.seq_id, d.id, d.stream_id, d.version, d.timestamp, d.tenant_id, d.is_archived,
            d.bdata is not null{(_metadata ? MetadataColumns : "")}
        from {_schema}.mt_events as d where d.is_archived = FALSE
        """;

    /// <summary>The events of a stream: $1 key.</summary>
    public string SelectStream { get; }

    /// <summary>What is known about a stream: $1 key.</summary>
    public string StreamState { get; }

    /// <summary>Version of a stream: $1 key.</summary>
    public string Version { get; }

    /// <summary>Sequence numbers: $1 how many.</summary>
    public string NextSequences { get; }

    /// <summary>A parameter of the type of most columns.</summary>
    public static NpgsqlParameter Text(string? value) => new NpgsqlParameter<string?> { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Varchar };

    /// <summary>A JSON parameter.</summary>
    public static NpgsqlParameter Json(byte[]? value) => new NpgsqlParameter<byte[]?> { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Jsonb };
}

/// <summary>The statements of the table that holds an inline projection's documents.</summary>
internal sealed class SnapshotTable(string schema, AggregateMapping aggregate)
{
    public AggregateMapping Aggregate => aggregate;

    /// <summary>Version of a stream and its document, both as of one moment: $1 key.</summary>
    public string LoadWithVersion { get; } =
        $"select (select version from {schema}.mt_streams where id = $1), (select data from {schema}.{aggregate.Table} where id = $1)";

    /// <summary>A document: $1 id.</summary>
    public string Load { get; } = $"select data from {schema}.{aggregate.Table} where id = $1";

    /// <summary>Stores a document: $1 id, $2 data, $3 .NET type, $4 version.</summary>
    public string Store { get; } =
        $"""
        insert into {schema}.{aggregate.Table} (id, data, mt_dotnet_type, mt_version) values ($1, $2, $3, $4)
        on conflict (id) do update set data = excluded.data, mt_dotnet_type = excluded.mt_dotnet_type, mt_version = excluded.mt_version,
            mt_last_modified = transaction_timestamp()
        """;

    /// <summary>Deletes a document: $1 id.</summary>
    public string Delete { get; } = $"delete from {schema}.{aggregate.Table} where id = $1";
}
