using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using Npgsql;
using Trading.Core;

namespace Trading.Journal;

/// <summary>An event as it is stored.</summary>
/// <param name="Sequence">Its place in the journal; rises, with gaps where appends were rolled back.</param>
/// <param name="StreamId">The stream.</param>
/// <param name="Version">Its place in the stream, from 1 without gaps.</param>
/// <param name="Type">The event's name, for example trade_settled.</param>
/// <param name="Timestamp">When it was appended (UTC).</param>
/// <param name="Data">The event as JSON in UTF-8.</param>
public readonly record struct StoredEvent(long Sequence, string StreamId, long Version, string Type, DateTimeOffset Timestamp, byte[] Data)
{
    /// <summary>The event itself.</summary>
    /// <exception cref="InvalidDataException">The name is not one of an event of this version, or the JSON does not fit it.</exception>
    public object Event() => JournalReader.Deserialize(this);
}

/// <summary>Reads the journal in order as fast as PostgreSQL hands out rows, past the event store's object by object paging.</summary>
public static class JournalReader
{
    private const string Query = "select seq_id, stream_id, version, type, timestamp, data from mt_events where seq_id > $1 and seq_id <= $2 order by seq_id";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter() } };

    private static readonly Dictionary<string, Type> Types = typeof(IAccountEvent).Assembly.GetTypes()
        .Where(type => type is { IsClass: true, IsAbstract: false } && (type.IsAssignableTo(typeof(IAccountEvent)) || type.IsAssignableTo(typeof(ITradeEvent)) || type.IsAssignableTo(typeof(IAuditEvent))))
        .ToDictionary(EventName, type => type);

    /// <summary>All events of accounts, trades and the audit.</summary>
    public static IEnumerable<Type> EventTypes => Types.Values;

    /// <summary>The name of an event in the store: its record's name in snake case.</summary>
    public static string EventName(Type type) =>
        string.Concat(type.Name.Select((letter, at) => char.IsUpper(letter) ? $"{(at > 0 ? "_" : "")}{char.ToLowerInvariant(letter)}" : $"{letter}"));

    /// <summary>All events after a sequence number, in order, as they stand at the time of the call.</summary>
    public static async IAsyncEnumerable<StoredEvent> ReadAsync(
        NpgsqlDataSource database, long afterSequence = 0, long upToSequence = long.MaxValue, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var command = new NpgsqlCommand(Query, connection) { Parameters = { new() { Value = afterSequence }, new() { Value = upToSequence } } };
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            yield return new(
                reader.GetInt64(0), reader.GetString(1), reader.GetInt64(2), reader.GetString(3),
                new DateTimeOffset(reader.GetDateTime(4), TimeSpan.Zero), reader.GetFieldValue<byte[]>(5));
        }
    }

    /// <summary>The highest sequence number that is readable now; 0 in an empty journal.</summary>
    public static async Task<long> LastSequenceAsync(NpgsqlDataSource database, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("select coalesce(max(seq_id), 0) from mt_events");
        return (long)(await command.ExecuteScalarAsync(cancellation))!;
    }

    internal static object Deserialize(in StoredEvent stored)
    {
        if (!Types.TryGetValue(stored.Type, out var type))
            throw new InvalidDataException($"Event {stored.Sequence} ({stored.StreamId}, version {stored.Version}) is a {stored.Type}, which this version does not know.");
        try
        {
            return JsonSerializer.Deserialize(stored.Data, type, Json) ?? throw new JsonException("null");
        }
        catch (JsonException unreadable)
        {
            throw new InvalidDataException(
                $"Event {stored.Sequence} ({stored.StreamId}, version {stored.Version}) cannot be read as {stored.Type}: {unreadable.Message}", unreadable);
        }
    }
}
