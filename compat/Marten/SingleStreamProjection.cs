using JasperFx.Events;
using JasperFx.Events.Daemon;

namespace Marten.Events.Aggregation;

/// <summary>
/// Folds the events of one stream into a document. Only the explicit form exists here: <see cref="Evolve"/> is overridden. The
/// document has a string property Id, which is the stream's key, and may have a property Version, which is set to the stream's.
/// </summary>
public abstract class SingleStreamProjection<TDoc, TId> where TDoc : class where TId : notnull
{
    private readonly List<Type> _included = [];

    /// <summary>
    /// The document after one more event; null when there is none, which deletes a stored one. Must not change
    /// <paramref name="snapshot"/>.
    /// </summary>
    public abstract TDoc? Evolve(TDoc? snapshot, TId id, IEvent e);

    /// <summary>
    /// Limits the projection to streams to which an event of this type (or another included one) is appended. Without it the
    /// projection sees every stream, and every append to a stream that was not fetched costs a look for its snapshot.
    /// </summary>
    public void IncludeType<T>() => _included.Add(typeof(T));

    internal bool AppliesTo(StreamAction stream)
    {
        if (_included.Count == 0)
            return true;
        foreach (var e in stream.Events)
            foreach (var type in _included)
                if (type.IsAssignableFrom(e.EventType))
                    return true;
        return false;
    }

    internal TDoc? Fold(TDoc? snapshot, TId id, IReadOnlyList<IEvent> events)
    {
        foreach (var e in events)
        {
            try
            {
                snapshot = Evolve(snapshot, id, e);
            }
            catch (Exception thrown)
            {
                throw new ApplyEventException(e, thrown);
            }
        }
        return snapshot;
    }
}
