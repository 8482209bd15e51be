using Trading.Contracts;
using Trading.Core;
using Trading.Services.Exchanges;

namespace Trading.Services.Tests.Exchanges;

/// <summary>Orders as an Executor would have recorded them.</summary>
internal static class Orders
{
    public static ExchangeOrder Of(
        string clientOrderId, OrderPlacement placement, TradeAction side, decimal quantity, decimal? limit, decimal? stop = null,
        string symbol = "BTC-USD", DateTimeOffset? at = null) => new(
            Guid.Empty, clientOrderId, new(symbol, side, quantity, limit ?? 0, 0), new(placement, quantity, limit, stop), limit ?? 60_000,
            at ?? DateTimeOffset.UtcNow, null, null);
}
