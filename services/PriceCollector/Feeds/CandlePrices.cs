using Trading.Core;

namespace Trading.Services.Feeds;

/// <summary>Prices of candles that may be finer than the prices.</summary>
internal static class CandlePrices
{
    /// <summary>The longest candle that divides the interval.</summary>
    public static int Grain(SortedDictionary<int, string> candles, int intervalSeconds) =>
        candles.Keys.LastOrDefault(seconds => intervalSeconds % seconds == 0);

    public static int Most(SortedDictionary<int, string> candles, int intervalSeconds, int mostCandles) =>
        Grain(candles, intervalSeconds) is > 0 and var candle ? (mostCandles - 1) / (intervalSeconds / candle) : 0;

    /// <summary>The closes at the instants of prices; with the bar, where the candles are as long as the interval and make sense.</summary>
    public static IReadOnlyList<StoredPrice> Of(IEnumerable<Candle> candles, int candleSeconds, string symbol, int intervalSeconds,
        string currency, string source) =>
    [
        .. candles.Where(candle => (candle.OpenTimeUnixSeconds + candleSeconds) % intervalSeconds == 0)
            .Select(candle => new StoredPrice(symbol, intervalSeconds, candle.OpenTimeUnixSeconds + candleSeconds, candle.Close, currency,
                false, null, null, null, [source])
            { Bar = candleSeconds == intervalSeconds && candle.IsConsistent ? PriceBar.Of(candle) : null })
            .DistinctBy(price => price.UnixSeconds).OrderBy(price => price.UnixSeconds),
    ];
}
