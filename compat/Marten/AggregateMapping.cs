using System.Linq.Expressions;
using System.Reflection;
using JasperFx.Events;
using JasperFx.Events.Projections;
using Marten.Events.Aggregation;
using Marten.Exceptions;

namespace Marten;

/// <summary>A projection as the store uses it: its document's table and members, without the type parameter.</summary>
internal abstract class AggregateMapping(Type documentType, ProjectionLifecycle lifecycle)
{
    public Type DocumentType { get; } = documentType;

    public ProjectionLifecycle Lifecycle { get; } = lifecycle;

    /// <summary>Name of the document's table.</summary>
    public string Table { get; } = "mt_doc_" + (documentType.IsNested ? $"{documentType.DeclaringType!.Name}_{documentType.Name}" : documentType.Name).ToLowerInvariant();

    public abstract bool AppliesTo(StreamAction stream);

    /// <summary>The document after these events; null when there is none.</summary>
    public abstract object? Fold(object? snapshot, string key, IReadOnlyList<IEvent> events);
}

internal sealed class AggregateMapping<TDoc> : AggregateMapping where TDoc : class
{
    private readonly SingleStreamProjection<TDoc, string> _projection;
    private readonly Action<TDoc, string>? _setId;
    private readonly Action<TDoc, long>? _setVersion;

    public AggregateMapping(SingleStreamProjection<TDoc, string> projection, ProjectionLifecycle lifecycle) : base(typeof(TDoc), lifecycle)
    {
        if (typeof(TDoc).IsGenericType)
            throw new InvalidProjectionException($"The document of {projection.GetType()} is generic, which is not supported here.");
        if (HasConventions(typeof(TDoc)) || HasConventions(projection.GetType()) || Array.Exists(typeof(TDoc).GetConstructors(), TakesAnEvent))
            throw new InvalidProjectionException(
                $"{projection.GetType()} overrides Evolve, so neither it nor {typeof(TDoc)} may have a method Apply, Create or ShouldDelete, or a constructor that takes an event.");
        _projection = projection;
        _setId = Setter<string>(Member("Id", typeof(string)) ??
            throw new InvalidDocumentException($"Document {typeof(TDoc)} needs a public string property Id: the key of its stream."));
        _setVersion = Setter<long>(Member("Version", typeof(long), typeof(int)));
    }

    public override bool AppliesTo(StreamAction stream) => _projection.AppliesTo(stream);

    public override object? Fold(object? snapshot, string key, IReadOnlyList<IEvent> events)
    {
        var document = _projection.Fold((TDoc?)snapshot, key, events);
        if (document is not null && events.Count > 0)
        {
            _setId?.Invoke(document, key);
            _setVersion?.Invoke(document, events[^1].Version);
        }
        return document;
    }

    private static bool HasConventions(Type type) => Array.Exists(
        type.GetMethods(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static),
        method => method.Name is "Apply" or "Create" or "ShouldDelete");

    /// <summary>The package takes any constructor of one parameter for one that makes the document from an event.</summary>
    private static bool TakesAnEvent(ConstructorInfo constructor) =>
        constructor.GetParameters() is [{ ParameterType: var type }] && !type.IsPrimitive && !type.IsEnum && type != typeof(string);

    private static PropertyInfo? Member(string name, params Type[] types) => Array.Find(
        typeof(TDoc).GetProperties(),
        property => property.Name.Equals(name, StringComparison.OrdinalIgnoreCase) && types.Contains(property.PropertyType));

    private static Action<TDoc, TValue>? Setter<TValue>(PropertyInfo? property)
    {
        if (property?.SetMethod is null)
            return null;
        var document = Expression.Parameter(typeof(TDoc));
        var value = Expression.Parameter(typeof(TValue));
        var set = Expression.Call(document, property.SetMethod, Expression.ConvertChecked(value, property.PropertyType));
        return Expression.Lambda<Action<TDoc, TValue>>(set, document, value).Compile();
    }
}
