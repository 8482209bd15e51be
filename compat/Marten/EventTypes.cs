using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using JasperFx.Events;
using Marten.Exceptions;

namespace Marten.Events;

/// <summary>A type of event and its names in the database.</summary>
internal abstract class EventMapping(Type type, string name)
{
    public Type Type { get; } = type;

    /// <summary>Column type.</summary>
    public string Name { get; } = name;

    /// <summary>Column mt_dotnet_type.</summary>
    public string DotNetName { get; } = $"{type.FullName}, {type.Assembly.GetName().Name}";

    public abstract IEvent Wrap(object data);
}

internal sealed class EventMapping<T>(string name) : EventMapping(typeof(T), name) where T : notnull
{
    public override IEvent Wrap(object data) => new Event<T>((T)data) { EventTypeName = Name, DotNetTypeName = DotNetName };
}

/// <summary>The types of events that are known. A type becomes known by registration, by an append or by being read.</summary>
internal sealed partial class EventTypes
{
    private readonly ConcurrentDictionary<Type, EventMapping> _byType = new();
    private readonly ConcurrentDictionary<string, EventMapping> _byName = new();
    private readonly ConcurrentDictionary<(string Name, string? DotNetName), EventMapping> _read = new();

    public EventMapping For(Type type) => _byType.TryGetValue(type, out var known) ? known : Add(type, Alias(type));

    public void Map(Type type, string name)
    {
        if (!_byType.TryAdd(type, Create(type, name)))
            throw new InvalidOperationException($"Event type {type} is known as '{_byType[type].Name}' already.");
        _byName[name] = _byType[type];
    }

    /// <summary>The type of a stored event: by name where it is known, otherwise by the .NET type.</summary>
    /// <exception cref="UnknownEventTypeException">Neither leads to a type.</exception>
    public EventMapping Stored(string name, string? dotNetName, long sequence) =>
        _read.TryGetValue((name, dotNetName), out var found) ? found : _read[(name, dotNetName)] = Find(name, dotNetName, sequence);

    private EventMapping Find(string name, string? dotNetName, long sequence)
    {
        if (_byName.TryGetValue(name, out var known))
            return dotNetName is null || known.DotNetName == dotNetName
                ? known
                : _byType.Values.FirstOrDefault(x => x.DotNetName == dotNetName) ?? known;
        if (string.IsNullOrEmpty(dotNetName))
            throw new UnknownEventTypeException(name, sequence);
        // The package's own row type lives in an assembly that is not here.
        var type = dotNetName.StartsWith("JasperFx.Events.Tombstone,", StringComparison.Ordinal) ? typeof(Tombstone) : Type.GetType(dotNetName);
        return type is null ? throw new UnknownEventTypeException(dotNetName, sequence) : For(type);
    }

    private EventMapping Add(Type type, string name)
    {
        var mapping = _byType.GetOrAdd(type, static (key, alias) => Create(key, alias), name);
        _byName.TryAdd(mapping.Name, mapping);
        return mapping;
    }

    private static EventMapping Create(Type type, string name) =>
        (EventMapping)Activator.CreateInstance(typeof(EventMapping<>).MakeGenericType(type), name)!;

    private static string Alias(Type type) => type.IsGenericType
        ? throw new NotSupportedException($"Event type {type} is generic, which is not supported here.")
        : SnakeCase(type.Name);

    /// <summary>A name as it is in the database: TradeOpened becomes trade_opened, HTTPCall http_call and LimitV2 limit_v2.</summary>
    public static string SnakeCase(string name) => AfterLower().Replace(BeforeWord().Replace(name, "$1_$2"), "$1_$2").ToLowerInvariant();

    [GeneratedRegex(@"(\P{Ll})(\P{Ll}\p{Ll})")]
    private static partial Regex BeforeWord();

    [GeneratedRegex(@"(\p{Ll})(\P{Ll})")]
    private static partial Regex AfterLower();
}
