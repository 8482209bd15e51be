using System.Collections.Concurrent;
using Trading.Core;

namespace Trading.Services.Exchanges;

/// <summary>The exchange's rules for each product, queried again after a while.</summary>
public sealed class ProductCache(IExchange exchange, TimeProvider clock, ILogger<ProductCache> log)
{
    private static readonly TimeSpan KnownFor = TimeSpan.FromMinutes(15);

    private readonly ConcurrentDictionary<string, (ProductFilters Filters, Deadline Fresh)> _known = new();
    private readonly ConcurrentDictionary<string, bool> _unlisted = new();

    /// <summary>The rules of a symbol; null when the exchange does not answer.</summary>
    public async Task<ProductFilters?> OfAsync(string symbol, CancellationToken cancellation)
    {
        if (_known.TryGetValue(symbol, out var known) && known.Fresh.IsAhead)
            return known.Filters;
        var answer = await AskAsync(symbol, cancellation);
        if (!answer.IsDone)
            log.LogWarning("{Exchange} does not report the rules of {Symbol}: {Reason}", exchange.Name, symbol, answer.Reason);
        return answer.Value;
    }

    /// <summary>Asks for the rules of several symbols at once, where some are to be asked for.</summary>
    public async Task RefreshAsync(IReadOnlyCollection<string> symbols, CancellationToken cancellation)
    {
        var due = symbols.Where(symbol => !_known.TryGetValue(symbol, out var known) || !known.Fresh.IsAhead).ToList();
        if (due.Count <= 1)
            return;
        var answer = await exchange.ProductsAsync(due, cancellation);
        foreach (var product in answer.Value ?? [])
            _known[product.Symbol] = (product, new(clock, KnownFor));
    }

    /// <summary>The rules as they were last reported, however long ago; null when they never were to this process.</summary>
    public ProductFilters? LastKnown(string symbol) => _known.TryGetValue(symbol, out var known) ? known.Filters : null;

    /// <summary>Whether the exchange last said that it does not know a symbol.</summary>
    public bool IsUnlisted(string symbol) => _unlisted.GetValueOrDefault(symbol);

    /// <summary>Asks the exchange for the rules of a symbol.</summary>
    public async Task<ExchangeAnswer<ProductFilters>> AskAsync(string symbol, CancellationToken cancellation)
    {
        var answer = await exchange.ProductAsync(symbol, cancellation);
        if (answer.IsDone)
            _known[symbol] = (answer.Value, new(clock, KnownFor));
        if (answer.Kind != AnswerKind.Unknown)
            _unlisted[symbol] = answer is { IsDone: false, Refusal: ExchangeRefusal.NotTraded or ExchangeRefusal.NotFound };
        // The last rules of one that is gone serve no purchase.
        if (IsUnlisted(symbol) && LastKnown(symbol) is { } last)
            _known[symbol] = (last, new(clock, TimeSpan.Zero));
        return answer;
    }
}
