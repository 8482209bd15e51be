using Trading.Contracts;

namespace Trading.Core;

/// <summary>The outcome of agreeing on a price.</summary>
/// <param name="Price">The median of the quotes that count; null when there is no quorum.</param>
/// <param name="Quotes">Every quote, with the reason where it was left out.</param>
/// <param name="Rules">What the quotes were judged by.</param>
/// <param name="Failure">Null when there is a price, else why there is none, in one line.</param>
public sealed record Consensus(decimal? Price, IReadOnlyList<JudgedQuote> Quotes, ConsensusRules Rules, string? Failure)
{
    /// <summary>How far ahead of ours a source's clock may be, in seconds.</summary>
    public const int MaxFutureSeconds = 10;

    /// <summary>The quotes that count.</summary>
    public IEnumerable<Quote> Counted => Quotes.Where(quote => quote.LeftOut is null).Select(quote => quote.Quote);

    /// <summary>Agrees on a price from the quotes that arrived; a missing source only makes the quorum harder to reach.</summary>
    public static Consensus Of(IReadOnlyList<Quote> quotes, ConsensusRules rules, DateTimeOffset now)
    {
        // Loops and not queries: a replay agrees on millions of prices again.
        var judged = new JudgedQuote[quotes.Count];
        var usable = new decimal[quotes.Count];
        var count = 0;
        for (var at = 0; at < judged.Length; at++)
        {
            var rejection = Judge(quotes[at], rules, now)
                ?? (IsHeard(judged.AsSpan(0, at), quotes[at].Source) ? QuoteRejection.SourceHeardTwice : null);
            judged[at] = new(quotes[at], rejection);
            if (rejection is null)
                usable[count++] = quotes[at].Price;
        }
        if (count > 0)
        {
            var median = Median(usable.AsSpan(0, count));
            count = 0;
            foreach (ref var quote in judged.AsSpan())
            {
                if (quote.LeftOut is not null)
                    continue;
                if (Math.Abs(quote.Quote.Price - median) > median * rules.MaxDeviationPercent / 100)
                    quote = quote with { LeftOut = QuoteRejection.Outlier };
                else
                    usable[count++] = quote.Quote.Price;
            }
        }
        return count >= rules.Quorum && count > 0
            ? new(Median(usable.AsSpan(0, count)), judged, rules, null)
            : new(null, judged, rules, $"{count} of {quotes.Count} quotes count, {rules.Quorum} are needed");
    }

    /// <summary>The middle value, or the mean of the middle two when their number is even.</summary>
    /// <exception cref="ArgumentException">There are no values.</exception>
    public static decimal Median(IEnumerable<decimal> values)
    {
        var sorted = values.ToArray();
        return sorted.Length == 0
            ? throw new ArgumentException("A median needs at least one value.", nameof(values)) : Median(sorted.AsSpan());
    }

    // Puts the values in order.
    private static decimal Median(Span<decimal> values)
    {
        values.Sort();
        var middle = values.Length / 2;
        return values.Length % 2 == 1 ? values[middle] : values[middle - 1] / 2 + values[middle] / 2;
    }

    /// <summary>Makes the message from a consensus that has a price.</summary>
    /// <exception cref="InvalidOperationException">The consensus has no price.</exception>
    public PriceObserved ToPrice(
        string symbol, DateTimeOffset intervalStart, int intervalSeconds, DateTimeOffset observedAt, bool simulated,
        IReadOnlyList<MissingSource> missing)
    {
        var (currencies, changes, volume, cap) = (new List<string>(1), new List<decimal>(), default(decimal?), default(decimal?));
        foreach (var (quote, leftOut) in Quotes)
        {
            if (leftOut is not null)
                continue;
            if (!currencies.Contains(quote.Currency))
                currencies.Add(quote.Currency);
            if (quote.Change24hPercent is { } change)
                changes.Add(change);
            volume = Larger(volume, quote.Volume24hUsd);
            cap = Larger(cap, quote.MarketCapUsd);
        }
        currencies.Sort(StringComparer.Ordinal);
        return new(
            DerivedId.Price(symbol, intervalSeconds, intervalStart),
            symbol,
            intervalStart,
            intervalSeconds,
            observedAt,
            Price ?? throw new InvalidOperationException($"There is no price: {Failure}."),
            currencies.Count == 1 ? currencies[0] : string.Join(',', currencies),
            volume,
            cap,
            changes.Count > 0 ? Median(changes) : null,
            simulated,
            Rules,
            Quotes,
            missing);
    }

    private static decimal? Larger(decimal? one, decimal? other) => one is null || other > one ? other : one;

    private static bool IsHeard(ReadOnlySpan<JudgedQuote> before, string source)
    {
        foreach (var quote in before)
        {
            if (quote.LeftOut is null && string.Equals(quote.Quote.Source, source, StringComparison.OrdinalIgnoreCase))
                return true;
        }
        return false;
    }

    private static QuoteRejection? Judge(Quote quote, ConsensusRules rules, DateTimeOffset now) => quote switch
    {
        { Price: < PriceWindow.SmallestPrice or > PriceWindow.LargestPrice } => QuoteRejection.Implausible,
        _ when !rules.Currencies.Contains(quote.Currency) => QuoteRejection.OtherCurrency,
        _ when now - quote.QuotedAt > TimeSpan.FromSeconds(rules.MaxAgeSeconds) => QuoteRejection.Stale,
        _ when quote.QuotedAt - now > TimeSpan.FromSeconds(MaxFutureSeconds) => QuoteRejection.FromTheFuture,
        _ => null,
    };
}
