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

    /// <summary>Agrees on a price from whatever quotes arrived; a source that is missing only makes the quorum harder to reach.</summary>
    public static Consensus Of(IReadOnlyList<Quote> quotes, ConsensusRules rules, DateTimeOffset now)
    {
        var heard = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var judged = quotes.Select(quote => new JudgedQuote(quote, Judge(quote, rules, now) ?? (heard.Add(quote.Source) ? null : QuoteRejection.SourceHeardTwice))).ToList();

        var usable = judged.Where(quote => quote.LeftOut is null).Select(quote => quote.Quote.Price).ToList();
        if (usable.Count > 0)
        {
            var median = Median(usable);
            judged = judged
                .Select(quote => quote.LeftOut is null && Math.Abs(quote.Quote.Price - median) > median * rules.MaxDeviationPercent / 100
                    ? quote with { LeftOut = QuoteRejection.Outlier }
                    : quote)
                .ToList();
            usable = judged.Where(quote => quote.LeftOut is null).Select(quote => quote.Quote.Price).ToList();
        }

        return usable.Count >= rules.Quorum
            ? new(Median(usable), judged, rules, null)
            : new(null, judged, rules, $"{usable.Count} of {quotes.Count} quotes count, {rules.Quorum} are needed");
    }

    /// <summary>The middle value, or the mean of the middle two when their number is even.</summary>
    /// <exception cref="ArgumentException">There are no values.</exception>
    public static decimal Median(IEnumerable<decimal> values)
    {
        var sorted = values.Order().ToList();
        if (sorted.Count == 0)
            throw new ArgumentException("A median needs at least one value.", nameof(values));
        var middle = sorted.Count / 2;
        return sorted.Count % 2 == 1 ? sorted[middle] : sorted[middle - 1] / 2 + sorted[middle] / 2;
    }

    /// <summary>Makes the message from a consensus that has a price.</summary>
    /// <exception cref="InvalidOperationException">The consensus has no price.</exception>
    public PriceObserved ToPrice(
        string symbol, DateTimeOffset intervalStart, int intervalSeconds, DateTimeOffset observedAt, bool simulated, IReadOnlyList<MissingSource> missing)
    {
        var counted = Counted.ToList();
        var changes = counted.Where(quote => quote.Change24hPercent.HasValue).Select(quote => quote.Change24hPercent!.Value).ToList();
        return new(
            DerivedId.Price(symbol, intervalSeconds, intervalStart),
            symbol,
            intervalStart,
            intervalSeconds,
            observedAt,
            Price ?? throw new InvalidOperationException($"There is no price: {Failure}."),
            string.Join(',', counted.Select(quote => quote.Currency).Distinct().Order(StringComparer.Ordinal)),
            counted.Max(quote => quote.Volume24hUsd),
            counted.Max(quote => quote.MarketCapUsd),
            changes.Count > 0 ? Median(changes) : null,
            simulated,
            Rules,
            Quotes,
            missing);
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
