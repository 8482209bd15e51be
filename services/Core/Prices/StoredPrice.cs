using Trading.Contracts;

namespace Trading.Core;

/// <summary>A price of the history.</summary>
/// <param name="UnixSeconds">Start of its interval in seconds since 1970.</param>
/// <param name="Price">The price; above 0.</param>
public readonly record struct PricePoint(long UnixSeconds, decimal Price);

/// <summary>A price as stores keep it.</summary>
/// <param name="Symbol">For example BTC-USD.</param>
/// <param name="IntervalSeconds">Seconds from one price of this symbol to the next.</param>
/// <param name="UnixSeconds">Start of its interval in seconds since 1970: the instant from which the price holds.</param>
/// <param name="Price">The price; above 0.</param>
/// <param name="QuoteCurrencies">Currencies of the quotes that counted, joined by commas.</param>
/// <param name="Simulated">Whether the price was made up.</param>
/// <param name="Volume24hUsd">24-hour turnover in the quote currency; null when no source reported it.</param>
/// <param name="MarketCapUsd">Market capitalisation; null when no source reported it.</param>
/// <param name="Change24hPercent">24-hour change in percent; null when no source reported it.</param>
/// <param name="Sources">Names of the sources whose quotes counted.</param>
public sealed record StoredPrice(
    string Symbol,
    int IntervalSeconds,
    long UnixSeconds,
    decimal Price,
    string QuoteCurrencies,
    bool Simulated,
    decimal? Volume24hUsd,
    decimal? MarketCapUsd,
    decimal? Change24hPercent,
    IReadOnlyList<string> Sources)
{
    /// <summary>The bar that closed at the price; null where only the price is known.</summary>
    public PriceBar? Bar { get; init; }

    /// <summary>The bar that ended when the price began to hold; where none is known, one that was the price all the time.</summary>
    public Candle Candle => Bar is { } bar ? new(UnixSeconds - IntervalSeconds, bar.Open, bar.High, bar.Low, Price, bar.Volume)
        : new(UnixSeconds - IntervalSeconds, Price, Price, Price, Price, 0);

    /// <summary>What is kept of an observed price.</summary>
    public static StoredPrice Of(PriceObserved price) => new(
        price.Symbol, price.IntervalSeconds, price.IntervalStart.ToUnixTimeSeconds(), price.Price, price.QuoteCurrencies, price.Simulated,
        price.Volume24hUsd, price.MarketCapUsd, price.Change24hPercent,
        [.. price.Quotes.Where(quote => quote.LeftOut is null).Select(quote => quote.Quote.Source)]);
}

/// <summary>What a bar tells besides its close.</summary>
/// <param name="Open">First price; above 0.</param>
/// <param name="High">Highest price.</param>
/// <param name="Low">Lowest price; above 0.</param>
/// <param name="Volume">Units traded; 0 or more.</param>
public readonly record struct PriceBar(decimal Open, decimal High, decimal Low, decimal Volume)
{
    /// <summary>What a candle tells.</summary>
    public static PriceBar Of(in Candle candle) => new(candle.Open, candle.High, candle.Low, candle.Volume);
}

/// <summary>Prices that are missing in a row.</summary>
/// <param name="FirstUnixSeconds">Interval of the first missing price.</param>
/// <param name="LastUnixSeconds">Interval of the last missing price; the first one again when one is missing.</param>
/// <param name="Count">How many are missing.</param>
public readonly record struct PriceGap(long FirstUnixSeconds, long LastUnixSeconds, long Count)
{
    /// <summary>The gaps of a history.</summary>
    /// <param name="times">Instants of the prices that are there, rising; those off the interval's grid are ignored.</param>
    /// <param name="intervalSeconds">Seconds from one price to the next; above 0.</param>
    /// <param name="fromUnixSeconds">First instant to check.</param>
    /// <param name="toUnixSeconds">The instant before which to stop.</param>
    public static IEnumerable<PriceGap> Find(IEnumerable<long> times, int intervalSeconds, long fromUnixSeconds, long toUnixSeconds)
    {
        var due = OnGrid(fromUnixSeconds, intervalSeconds);
        foreach (var time in times.Where(time => time % intervalSeconds == 0 && time < toUnixSeconds))
        {
            if (time > due)
                yield return Between(due, time, intervalSeconds);
            if (time >= due)
                due = time + intervalSeconds;
        }
        var end = OnGrid(toUnixSeconds, intervalSeconds);
        if (due < end)
            yield return Between(due, end, intervalSeconds);
    }

    private static PriceGap Between(long first, long end, int interval) => new(first, end - interval, (end - first) / interval);

    private static long OnGrid(long time, int interval) => (time + interval - 1) / interval * interval;
}
