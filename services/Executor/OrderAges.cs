using System.Collections.Concurrent;
using Trading.Contracts;
using Trading.Core;
using Trading.Services.Exchanges;

namespace Trading.Services;

/// <summary>
/// How old open orders are. Since this process first saw an order its age goes by the monotonic clock, so that nobody who sets the other
/// one makes it older or younger. Only what was before that goes by the times in the journal.
/// </summary>
public sealed class OrderAges(TimeProvider clock)
{
    // An order that is dated ahead of the clock is of any age; so far back its fills are looked for.
    private static readonly TimeSpan AnyAge = TimeSpan.FromDays(1);

    private readonly ConcurrentDictionary<Guid, (DateTimeOffset Began, TimeSpan Before, long Seen)> _known = new();

    /// <summary>
    /// The least time since an order was sent, or approved where it was not sent; zero and more. An order that is dated ahead of the clock
    /// begins at zero.
    /// </summary>
    public TimeSpan Of(Trade trade)
    {
        var (before, since) = Known(trade);
        return before > TimeSpan.Zero ? before + since : since;
    }

    /// <summary>The longest time for which an order may have been out.</summary>
    public TimeSpan AtMost(Trade trade)
    {
        var (before, since) = Known(trade);
        return before >= TimeSpan.Zero ? before + since : AnyAge + since;
    }

    /// <summary>The order of a trade as it was sent, with the longest time for which it may have been out.</summary>
    public ExchangeOrder Sent(Trade trade) => OrderTerms.Sent(trade) with { OutForAtMost = AtMost(trade) };

    /// <summary>Forgets all orders but those that are open.</summary>
    public void Keep(IReadOnlyDictionary<Guid, Order> open)
    {
        foreach (var tradeId in _known.Keys.Where(tradeId => !open.ContainsKey(tradeId)))
            _known.TryRemove(tradeId, out _);
    }

    private (TimeSpan Before, TimeSpan Since) Known(Trade trade)
    {
        var began = trade.Placed?.At ?? trade.Assessment!.AssessedAt;
        var known = _known.AddOrUpdate(trade.TradeId, _ => Seen(), (_, known) => known.Began == began ? known : Seen());
        return (known.Before, clock.GetElapsedTime(known.Seen));

        (DateTimeOffset Began, TimeSpan Before, long Seen) Seen() => (began, clock.GetUtcNow() - began, clock.GetTimestamp());
    }
}
