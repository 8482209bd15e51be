using System.Text.Json;
using JasperFx.Events;
using Marten.Exceptions;
using Npgsql;

namespace Marten.Events;

/// <summary>Reads rows of the form of <see cref="EventSql.Select"/>.</summary>
internal static class EventReader
{
    public static async Task<List<IEvent>> ReadEventsAsync(this NpgsqlDataReader reader, DocumentStore store, CancellationToken token)
    {
        var events = new List<IEvent>();
        while (await reader.ReadAsync(token))
            events.Add(Read(reader, store));
        return events;
    }

    private static IEvent Read(NpgsqlDataReader row, DocumentStore store)
    {
        var sequence = row.GetInt64(3);
        var mapping = store.Events.Types.Stored(row.GetString(1), Text(row, 2), sequence);
        if (row.GetBoolean(10))
            throw new NotSupportedException($"Event {sequence} is stored in binary form, which is not supported here.");
        var e = mapping.Wrap(Data(row, store.Json, mapping, sequence));
        e.Sequence = sequence;
        e.Id = row.GetGuid(4);
        e.StreamKey = Text(row, 5);
        e.Version = row.GetInt64(6);
        e.Timestamp = row.GetFieldValue<DateTimeOffset>(7);
        e.TenantId = row.GetString(8);
        e.IsArchived = row.GetBoolean(9);
        if (row.FieldCount > 11)
        {
            e.CorrelationId = Text(row, 11);
            e.CausationId = Text(row, 12);
            if (!row.IsDBNull(13))
                e.Headers = store.Json.Read<Dictionary<string, object>>(row.GetFieldValue<byte[]>(13));
        }
        return e;
    }

    private static string? Text(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private static object Data(NpgsqlDataReader row, JsonFormat json, EventMapping mapping, long sequence)
    {
        try
        {
            return json.Read(row.GetFieldValue<byte[]>(0), mapping.Type) ?? throw new JsonException("The event is null.");
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or ArgumentException)
        {
            throw new EventDeserializationFailureException(sequence, mapping.Name, e);
        }
    }
}
