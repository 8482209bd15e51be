using JasperFx.Events;
using Marten.Events.Aggregation;
using Trading.Core;

namespace Trading.Journal.Events;

/// <summary>
/// Keeps the account's state beside its events, in the same transaction, so that a decision reads one row and not the whole stream.
/// </summary>
internal sealed class PortfolioProjection : SingleStreamProjection<Portfolio, string>
{
    /// <inheritdoc/>
    public override Portfolio? Evolve(Portfolio? snapshot, string id, IEvent e) =>
        e.Data is IAccountEvent happened ? Portfolio.Evolve(snapshot, happened) : snapshot;
}
