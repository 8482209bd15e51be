using System.Collections.Concurrent;
using Trading.Core;

namespace Trading.Services.Exchanges;

/// <summary>The exchange's rules for each product, asked for once in a while.</summary>
public sealed class Products(IExchange exchange, TimeProvider clock, ILogger<Products> log)
{
    private static readonly TimeSpan KnownFor = TimeSpan.FromMinutes(15);

    private readonly ConcurrentDictionary<string, (ProductFilters Filters, DateTimeOffset Until)> _known = new();

    /// <summary>The rules of a symbol; null when the exchange does not tell them now.</summary>
    public async Task<ProductFilters?> OfAsync(string symbol, CancellationToken cancellation)
    {
        if (_known.TryGetValue(symbol, out var known) && clock.GetUtcNow() < known.Until)
            return known.Filters;
        var answer = await exchange.ProductAsync(symbol, cancellation);
        if (!answer.IsDone)
        {
            log.LogWarning("{Exchange} does not tell the rules of {Symbol}: {Reason}", exchange.Name, symbol, answer.Reason);
            return null;
        }
        _known[symbol] = (answer.Value, clock.GetUtcNow() + KnownFor);
        return answer.Value;
    }
}
