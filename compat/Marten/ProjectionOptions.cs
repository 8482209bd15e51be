using JasperFx.Events.Projections;
using Marten.Events.Aggregation;

namespace Marten.Events.Projections;

/// <summary>The projections of a store.</summary>
public class ProjectionOptions
{
    internal List<AggregateMapping> All { get; } = [];

    /// <summary>Registers a projection; a document type has one.</summary>
    public void Add<TDoc>(SingleStreamProjection<TDoc, string> projection, ProjectionLifecycle lifecycle) where TDoc : class
    {
        if (All.Exists(x => x.DocumentType == typeof(TDoc)))
            throw new InvalidProjectionException($"There is already a projection for {typeof(TDoc)}.");
        All.Add(new AggregateMapping<TDoc>(projection, lifecycle));
    }
}
