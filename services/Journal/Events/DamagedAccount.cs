using System.Text.Json;
using System.Text.Json.Serialization;
using Npgsql;
using Trading.Core;

namespace Trading.Journal.Events;

/// <summary>
/// An account whose rows in the database are not what the event store needs. What stops trading can still be written, as long as PostgreSQL
/// answers: with plain SQL, past the event store.
/// </summary>
public static class DamagedAccount
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter() } };

    private const string Rows = """
        select s.id is not null, s.type, s.version, s.tenant_id, s.is_archived, s.compacted_version,
            d.id is not null, d.mt_version::bigint, (select max(version) from mt_events where stream_id = wanted.id)
        from (select $1::text as id) wanted left join mt_streams s on s.id = wanted.id left join mt_doc_portfolio d on d.id = wanted.id
        """;

    /// <summary>What is damaged, one line each; empty when the account is sound or was never opened.</summary>
    public static async Task<IReadOnlyList<string>> FindAsync(NpgsqlDataSource database, string streamId, CancellationToken cancellation)
    {
        var found = new List<string>();
        try
        {
            await using var command = database.CreateCommand(Rows);
            command.Parameters.Add(new() { Value = streamId });
            await using var reader = await command.ExecuteReaderAsync(cancellation);
            await reader.ReadAsync(cancellation);
            var newest = reader.GetValue(8) as long?;
            if (newest is null && !reader.GetBoolean(0) && !reader.GetBoolean(6))
                return [];
            if (!reader.GetBoolean(0))
                found.Add($"mt_streams has no row for {streamId}");
            else
            {
                Expect("mt_streams.is_archived", reader.GetValue(4), false);
                Expect("mt_streams.version", reader.GetValue(2), newest ?? 0);
                Expect("mt_streams.type", reader.GetValue(1), StreamType);
                Expect("mt_streams.tenant_id", reader.GetValue(3), "*DEFAULT*");
                Expect("mt_streams.compacted_version", reader.GetValue(5), 0L);
            }
            if (!reader.GetBoolean(6))
                found.Add($"mt_doc_portfolio has no row for {streamId}");
            else
                Expect("mt_doc_portfolio.mt_version", reader.GetValue(7), newest ?? 0);
        }
        catch (PostgresException wrong)
        {
            found.Add(wrong.MessageText);
        }
        try
        {
            await StoredAccount.ReadAsync(database, streamId, null, cancellation);
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidDataException or InvalidCastException or PostgresException)
        {
            found.Add($"the stored account cannot be read: {unreadable.Message}");
        }
        return found;

        void Expect(string what, object value, object expected)
        {
            if (!Equals(value, expected))
                found.Add($"{what} of {streamId} is {(value is DBNull ? "empty" : value)} and not {expected}");
        }
    }

    /// <summary>
    /// The account as far as it can be known: the stored one, or else what its events make; null when neither can be read.
    /// </summary>
    public static async Task<Portfolio?> StateAsync(NpgsqlDataSource database, string streamId, CancellationToken cancellation)
    {
        try
        {
            if (await StoredAccount.ReadAsync(database, streamId, null, cancellation) is { Account.State: { } stored })
                return stored;
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidDataException or InvalidCastException or PostgresException)
        {
            // Then the events say.
        }
        var folded = new FoldedAccount(database, streamId);
        await folded.FoldAsync(cancellation);
        return folded.State;
    }

    /// <summary>Appends events past the event store, and puts what they make of the account beside them.</summary>
    /// <param name="journal">The journal.</param>
    /// <param name="streamId">The account's stream.</param>
    /// <param name="events">What happened.</param>
    /// <param name="after">The account after that; null when it is not known: then only its trading state is written.</param>
    /// <param name="causationId">What caused it.</param>
    /// <param name="at">When.</param>
    /// <param name="cancellation">Ends it.</param>
    public static async Task AppendAsync(TradeJournal journal, string streamId, IReadOnlyList<IAccountEvent> events, Portfolio? after,
        string causationId, DateTimeOffset at, CancellationToken cancellation)
    {
        await using var connection = await journal.Database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await ExecuteAsync("insert into mt_streams (id, type, version) values ($1, $2, 0) on conflict (id) do nothing", streamId,
            StreamType);
        await ExecuteAsync("select version from mt_streams where id = $1 for update", streamId);
        var version = await ExecuteAsync("select coalesce(max(version), 0) from mt_events where stream_id = $1", streamId) as long? ?? 0;
        foreach (var happened in events)
        {
            version++;
            await ExecuteAsync("""
                insert into mt_events (seq_id, id, stream_id, version, data, type, timestamp, mt_dotnet_type, causation_id, headers)
                values (nextval('mt_events_sequence'), $1, $2, $3, $4::jsonb, $5, $6, $7, $8, $9::jsonb)
                """, Guid.CreateVersion7(), streamId, version, JsonSerializer.Serialize(happened, happened.GetType(), Json),
                JournalReader.EventName(happened.GetType()), at.UtcDateTime,
                $"{happened.GetType().FullName}, {happened.GetType().Assembly.GetName().Name}", causationId,
                Headers(happened, version));
        }
        await ExecuteAsync("update mt_streams set version = $2, timestamp = now() where id = $1", streamId, version);
        if (after is not null)
            await FoldedAccount.WriteAsync(connection, streamId, after, version, cancellation);
        else if (events.Select(State).LastOrDefault(state => state is not null) is { } state)
            await ExecuteAsync("update mt_doc_portfolio set data = jsonb_set(data, '{state}', to_jsonb($2::text)), mt_version = $3 "
                + "where id = $1 and jsonb_typeof(data) = 'object'", streamId, $"{state}", version);
        await transaction.CommitAsync(cancellation);

        string Headers(IAccountEvent happened, long version)
        {
            var headers = new Dictionary<string, object> { ["service"] = journal.Writer.Service, ["version"] = journal.Writer.Version };
            if (journal.Writer.Key?.Of(happened, streamId, version, null, causationId, journal.Writer) is { } mark)
            {
                headers[WriterKey.MarkHeader] = mark.Mac;
                if (mark.Fields is { Count: > 0 } fields)
                    headers[WriterKey.FieldsHeader] = fields;
            }
            return JsonSerializer.Serialize(headers);
        }

        async Task<object?> ExecuteAsync(string statement, params object[] values)
        {
            await using var command = new NpgsqlCommand(statement, connection);
            foreach (var value in values)
                command.Parameters.Add(new() { Value = value });
            return await command.ExecuteScalarAsync(cancellation);
        }
    }

    internal const string StreamType = "portfolio";

    private static TradingState? State(IAccountEvent happened) => happened switch
    {
        TradingHalted => TradingState.Halted,
        TradingReduced or FlattenOrdered => TradingState.Reducing,
        _ => null,
    };
}
