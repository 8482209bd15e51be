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
        if (_absent.TryGetValue(trade.TradeId, out var until) && until.IsAhead)
            return false;
        await products.AskAsync(symbol, cancellation);
        if (!products.IsUnlisted(symbol))
            _absent.TryRemove(trade.TradeId, out _);
        else if (!_absent.TryRemove(trade.TradeId, out _))
            _absent[trade.TradeId] = new(clock, TimeSpan.FromSeconds(settings.OrderAbsenceSeconds));
        else
            return true;
        return false;
    }
}
