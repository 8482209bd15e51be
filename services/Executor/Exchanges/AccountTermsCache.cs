using Trading.Core;

namespace Trading.Services.Exchanges;

/// <summary>
/// The account's terms in each product: asked for at the start and once a day, a few products at a time, because exchanges weigh these
/// questions heavily. What is not known leaves the product as it was last noted.
/// </summary>
public sealed class AccountTermsCache(IExchange exchange, TimeProvider clock, ILogger log)
{
    private static readonly TimeSpan KnownFor = TimeSpan.FromDays(1);
    private static readonly TimeSpan AskedAgain = TimeSpan.FromMinutes(15);

    private readonly Dictionary<string, (AccountTerms? Terms, Deadline Asked)> _known = [];
    private int _left;

    /// <summary>Begins a round of questions.</summary>
    /// <param name="most">How many products may be asked about in it.</param>
    public void Begin(int most) => _left = most;

    /// <summary>A product's rules with the account's terms: those that the exchange tells, or those that were noted before.</summary>
    public async Task<ProductFilters> AddAsync(ProductFilters product, ProductFilters? noted, CancellationToken cancellation)
    {
        var terms = await OfAsync(product.Symbol, cancellation);
        return terms is null ? product.WithAccountOf(noted) : product with
        {
            FeePercent = terms.FeePercent,
            LargestOfAccount = terms.LargestQuantity,
            LargestNotionalOfAccount = terms.LargestNotional,
        };
    }

    private async Task<AccountTerms?> OfAsync(string symbol, CancellationToken cancellation)
    {
        var known = _known.GetValueOrDefault(symbol);
        if (known.Asked.IsAhead || _left == 0)
            return known.Terms;
        _left--;
        var answer = await exchange.TermsAsync(symbol, cancellation);
        if (answer.IsDone)
            known = (answer.Value, new(clock, KnownFor));
        else
        {
            log.LogWarning("{Exchange} does not tell what the account pays for {Symbol}: {Reason}", exchange.Name, symbol, answer.Reason);
            known = (known.Terms, new(clock, AskedAgain));
        }
        _known[symbol] = known;
        return known.Terms;
    }
}
