using System.Runtime.CompilerServices;
using Trading.Core;
using Trading.Services.Feeds;

namespace Trading.Services.Downloads;

/// <summary>
/// Past candles of an exchange, oldest first: whole months from its archive where it has one, the rest from its interface, no faster than
/// its budget of queries allows.
/// </summary>
/// <param name="exchange">The exchange.</param>
/// <param name="archive">Its archive; null where it has none.</param>
/// <param name="queriesPerSecond">Most queries of its interface in a second; above 0.</param>
/// <param name="clock">The clock.</param>
public sealed class CandleDownload(IExchangeCandles exchange, BinanceArchive? archive, double queriesPerSecond, TimeProvider clock)
{
    private long? _asked;

    /// <summary>The prices of a period in parts, each with its bar.</summary>
    /// <param name="symbol">For example BTC-USD.</param>
    /// <param name="intervalSeconds">Seconds of a candle.</param>
    /// <param name="fromUnixSeconds">First open time; a multiple of the interval.</param>
    /// <param name="toUnixSeconds">Candles that close after this instant are left out.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>Parts, each with the instant up to which everything is told.</returns>
    /// <exception cref="PriceFeedException">The exchange gave no usable answer; the message is the reason.</exception>
    public async IAsyncEnumerable<(IReadOnlyList<StoredPrice> Prices, long Until)> PartsAsync(string symbol, int intervalSeconds,
        long fromUnixSeconds, long toUnixSeconds, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var most = exchange.MostPrices(intervalSeconds);
        if (most == 0)
            throw new PriceFeedException(SourceFault.Symbol, $"{exchange.Source} has no candles of {intervalSeconds} s");
        for (var at = fromUnixSeconds; at + intervalSeconds <= toUnixSeconds;)
        {
            var month = MonthOf(at);
            var end = Seconds(month.AddMonths(1));
            if (archive is not null && at == Seconds(month) && end <= toUnixSeconds
                && await archive.MonthAsync(symbol, intervalSeconds, month, cancellation) is { } whole)
            {
                yield return (whole, end);
                at = end;
                continue;
            }
            // Up to the next month, which may be in the archive.
            var until = Math.Min(Math.Min(at + (long)most * intervalSeconds, archive is null ? long.MaxValue : end),
                toUnixSeconds / intervalSeconds * intervalSeconds);
            await PaceAsync(cancellation);
            var prices = await exchange.PricesAsync(symbol, intervalSeconds, at + intervalSeconds, until, cancellation);
            yield return ([.. prices.Where(price => price.UnixSeconds > at && price.UnixSeconds <= until)], until);
            at = until;
        }
    }

    private async Task PaceAsync(CancellationToken cancellation)
    {
        if (_asked is { } before && TimeSpan.FromSeconds(1 / queriesPerSecond) - clock.GetElapsedTime(before) is { Ticks: > 0 } wait)
            await Task.Delay(wait, clock, cancellation);
        _asked = clock.GetTimestamp();
    }

    private static DateTime MonthOf(long unixSeconds)
    {
        var at = DateTimeOffset.FromUnixTimeSeconds(unixSeconds);
        return new(at.Year, at.Month, 1, 0, 0, 0, DateTimeKind.Utc);
    }

    private static long Seconds(DateTime month) => new DateTimeOffset(month).ToUnixTimeSeconds();
}
