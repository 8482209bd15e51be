using JasperFx.Events;
using Marten.Linq;

namespace Marten;

/// <summary>Runs queries.</summary>
public static class QueryableExtensions
{
    /// <summary>The results of a query that began with QueryAllRawEvents.</summary>
    /// <exception cref="Exceptions.BadLinqExpressionException">The query cannot be translated.</exception>
    public static Task<IReadOnlyList<IEvent>> ToListAsync(this IQueryable<IEvent> queryable, CancellationToken token = default) =>
        ((RawEventQuery)queryable).ToListAsync(token);
}
