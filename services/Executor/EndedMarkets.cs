using System.Collections.Concurrent;
using Trading.Core;
using Trading.Hosting.Settings;
using Trading.Services.Exchanges;

namespace Trading.Services;

/// <summary>
/// Orders of markets that the exchange no longer knows: it has taken them off, and cannot be asked what became of them. What they may have
/// filled before shows in the balances.
/// </summary>
public sealed class EndedMarkets(ProductCache products, TradingSettings settings, TimeProvider clock)
{
    private readonly ConcurrentDictionary<Guid, Deadline> _absent = new();

    /// <summary>Whether the questions for an order and for its product have both said so for OrderAbsenceSeconds.</summary>
    public async Task<bool> TookAsync(Trade trade, CancellationToken cancellation)
    {
        var symbol = trade.Placed!.Order.Symbol;
        var waits = _absent.TryGetValue(trade.TradeId, out var until);
        if (until.IsAhead)
            return false;
        await products.AskAsync(symbol, cancellation);
        if (!products.IsUnlisted(symbol))
            Known(trade);
        else if (!waits)
            _absent.TryAdd(trade.TradeId, new(clock, TimeSpan.FromSeconds(settings.OrderAbsenceSeconds)));
        else
            // One that was set while the exchange answered has not passed.
            return _absent.TryRemove(new(trade.TradeId, until));
        return false;
    }

    /// <summary>The exchange has answered for the order: a wait that had begun is over.</summary>
    public void Known(Trade trade) => _absent.TryRemove(trade.TradeId, out _);
}
