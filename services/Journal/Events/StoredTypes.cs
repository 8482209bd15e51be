using System.Collections.Concurrent;
using System.Text.Json;
using Trading.Core;

namespace Trading.Journal.Events;

/// <summary>The types of stored events, by name, and how each is read.</summary>
internal static class StoredTypes
{
    private static readonly Dictionary<string, Type> Types = typeof(IAccountEvent).Assembly.GetTypes()
        .Where(type => type is { IsClass: true, IsAbstract: false }
            && (type.IsAssignableTo(typeof(IAccountEvent)) || type.IsAssignableTo(typeof(ITradeEvent))
                || type.IsAssignableTo(typeof(IAuditEvent)) || type.IsAssignableTo(typeof(IModelEvent))))
        .ToDictionary(JournalReader.EventName, type => type);

    // Made at the first event of each name: most programs read few kinds of events.
    private static readonly ConcurrentDictionary<string, Func<ReadOnlyMemory<byte>, object?>?> Decoders = new();

    /// <summary>All events of accounts, trades, models and the audit.</summary>
    public static IEnumerable<Type> All => Types.Values;

    /// <summary>The event in a row's JSON.</summary>
    /// <exception cref="InvalidDataException">Its name is unknown, or the JSON does not fit it.</exception>
    public static object Deserialize(in StoredEvent stored, ReadOnlyMemory<byte> data)
    {
        if (!Types.TryGetValue(stored.Type, out var type))
            throw new InvalidDataException($"Event {stored.Sequence} ({stored.StreamId}, version {stored.Version}) is a {stored.Type}, "
                + "which this version does not know.");
        if (PackedProposal.Open(stored.Type, data.Span, out var text))
            data = text;
        if (Decoders.GetOrAdd(stored.Type, static (_, known) => EventDecoder.For(known), type)?.Invoke(data) is { } decoded)
            return decoded;
        try
        {
            return JsonSerializer.Deserialize(data.Span, type, EventJson.Default) ?? throw new JsonException("null");
        }
        catch (JsonException unreadable)
        {
            throw new InvalidDataException(
                $"Event {stored.Sequence} ({stored.StreamId}, version {stored.Version}) cannot be read as {stored.Type}: "
                + $"{unreadable.Message}", unreadable);
        }
    }
}
