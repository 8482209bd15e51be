using System.Text;
using Marten.Events;
using Marten.Exceptions;
using Npgsql;

namespace Marten;

/// <summary>The tables of a store, laid out as Marten 9.29 does with string stream identity.</summary>
internal sealed class Tables(string schema, bool metadata, SnapshotTable[] documents)
{
    private const long CreationLock = 4004;

    /// <summary>Creates what is missing; does nothing, and needs no right to, when all is there.</summary>
    public async Task CreateAsync(NpgsqlDataSource database, CancellationToken token)
    {
        try
        {
            await using var connection = await database.OpenConnectionAsync(token);
            if ((await MissingAsync(connection, token)).Count == 0)
                return;
            await using var transaction = await connection.BeginTransactionAsync(token);
            await ExecuteAsync(connection, $"select pg_advisory_xact_lock({CreationLock})", token);
            await ExecuteAsync(connection, Script(), token);
            await transaction.CommitAsync(token);
            var missing = await MissingAsync(connection, token);
            if (missing.Count > 0)
                throw new MartenSchemaException($"schema {schema}", Script(), new InvalidOperationException($"still missing: {string.Join(", ", missing)}"));
        }
        catch (PostgresException e)
        {
            throw new MartenSchemaException($"schema {schema}", Script(), e);
        }
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken token)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(token);
    }

    private async Task<List<string>> MissingAsync(NpgsqlConnection connection, CancellationToken token)
    {
        var wanted = Columns().ToHashSet();
        await using var command = new NpgsqlCommand(
            """
            select c.relname, a.attname from pg_class c join pg_namespace n on n.oid = c.relnamespace
            left join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
            where n.nspname = $1
            """, connection)
        { Parameters = { new() { Value = schema } } };
        await using var reader = await command.ExecuteReaderAsync(token);
        while (await reader.ReadAsync(token))
            wanted.Remove(reader.IsDBNull(1) ? reader.GetString(0) : $"{reader.GetString(0)}.{reader.GetString(1)}");
        return [.. wanted];
    }

    private IEnumerable<string> Columns()
    {
        yield return "mt_events_sequence.last_value";
        foreach (var column in "id type version timestamp created tenant_id is_archived".Split(' '))
            yield return $"mt_streams.{column}";
        foreach (var column in "seq_id id stream_id version data bdata type timestamp tenant_id mt_dotnet_type is_archived".Split(' '))
            yield return $"mt_events.{column}";
        if (metadata)
            foreach (var column in "correlation_id causation_id headers".Split(' '))
                yield return $"mt_events.{column}";
        foreach (var column in "name last_seq_id last_updated".Split(' '))
            yield return $"mt_event_progression.{column}";
        foreach (var document in documents)
            foreach (var column in "id data mt_last_modified mt_dotnet_type mt_version".Split(' '))
                yield return $"{document.Aggregate.Table}.{column}";
    }

    private string Script()
    {
        var script = new StringBuilder();
        if (schema != "public")
            script.AppendLine($"create schema if not exists {schema};");
        script.AppendLine(
            $"""
            create table if not exists {schema}.mt_streams (
                id varchar not null,
                type varchar,
                version bigint,
                timestamp timestamptz not null default now(),
                created timestamptz not null default now(),
                tenant_id varchar default '*DEFAULT*',
                is_archived boolean default false,
                constraint pkey_mt_streams_id primary key (id));
            create table if not exists {schema}.mt_events (
                seq_id bigint not null,
                id uuid not null,
                stream_id varchar,
                version bigint not null,
                data jsonb not null,
                bdata bytea,
                type varchar(500) not null,
                timestamp timestamptz not null default now(),
                tenant_id varchar default '*DEFAULT*',
                mt_dotnet_type varchar,
                {(metadata ? "correlation_id varchar, causation_id varchar, headers jsonb," : "")}
                is_archived boolean default false,
                constraint pkey_mt_events_seq_id primary key (seq_id),
                constraint fkey_mt_events_stream_id foreign key (stream_id) references {schema}.mt_streams (id) on delete cascade);
            create unique index if not exists pk_mt_events_stream_and_version on {schema}.mt_events (stream_id, version);
            create sequence if not exists {schema}.mt_events_sequence owned by {schema}.mt_events.seq_id;
            create table if not exists {schema}.mt_event_progression (
                name varchar not null,
                last_seq_id bigint,
                last_updated timestamptz default transaction_timestamp(),
                constraint pk_mt_event_progression primary key (name));
            """);
        if (metadata)
            script.AppendLine(
                $"""
                alter table {schema}.mt_events add column if not exists correlation_id varchar,
                    add column if not exists causation_id varchar, add column if not exists headers jsonb;
                """);
        foreach (var document in documents)
            script.AppendLine(
                $"""
                create table if not exists {schema}.{document.Aggregate.Table} (
                    id varchar not null,
                    data jsonb not null,
                    mt_last_modified timestamptz default transaction_timestamp(),
                    mt_dotnet_type varchar,
                    mt_version bigint not null default 0,
                    constraint pkey_{document.Aggregate.Table}_id primary key (id));
                """);
        return script.ToString();
    }
}
