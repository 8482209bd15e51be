using Trading.Contracts;

namespace Trading.Core;

/// <summary>How far the sources that a price was agreed from lie apart. A value, found without allocating memory.</summary>
/// <param name="Sources">How many they are.</param>
/// <param name="Percent">Distance between the highest and the lowest of them, in percent of the price; 0 below two.</param>
public readonly record struct SourceSpread(int Sources, decimal Percent)
{
    /// <summary>The spread of a price's quotes, without those that were left out.</summary>
    public static SourceSpread Of(PriceObserved price)
    {
        var (sources, lowest, highest) = (0, decimal.MaxValue, 0m);
        for (var i = 0; i < price.Quotes.Count; i++)
        {
            if (price.Quotes[i] is not { LeftOut: null, Quote.Price: var quoted })
                continue;
            sources++;
            lowest = Math.Min(lowest, quoted);
            highest = Math.Max(highest, quoted);
        }
        return new(sources, sources < 2 ? 0 : (highest - lowest) / price.Price * 100);
    }
}
