using Trading.Core;

namespace Trading.Services.Feeds;

/// <summary>An exchange that returns past prices.</summary>
public interface IExchangeCandles
{
    /// <summary>Name of the source in lower case, as in settings and in stored prices.</summary>
    string Source { get; }

    /// <summary>Most prices of one query; 0 when its candles do not fit this interval.</summary>
    int MostPrices(int intervalSeconds);

    /// <summary>
    /// Prices of an interval as the closes of candles, oldest first, each at the time when its candle closed. Missing candles are left out.
    /// </summary>
    /// <param name="symbol">Base and quote joined by a dash, for example BTC-USD.</param>
    /// <param name="intervalSeconds">Seconds from one price to the next.</param>
    /// <param name="firstUnixSeconds">Instant of the first price.</param>
    /// <param name="lastUnixSeconds">Instant of the last price; at most <see cref="MostPrices"/> from the first.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="PriceFeedException">The source gave no usable answer; the message is the reason.</exception>
    Task<IReadOnlyList<StoredPrice>> PricesAsync(string symbol, int intervalSeconds, long firstUnixSeconds, long lastUnixSeconds,
        CancellationToken cancellation);
}
