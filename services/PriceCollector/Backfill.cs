using Trading.Core;
using Trading.Hosting;
using Trading.Services.Feeds;

namespace Trading.Services;

/// <summary>What a back-fill did.</summary>
/// <param name="Missing">Prices that were missing.</param>
/// <param name="Filled">How many of them were found and added.</param>
/// <param name="Failure">Why it ended early; null when every gap was tried.</param>
public sealed record BackfillResult(long Missing, long Filled, string? Failure);

/// <summary>
/// Fills the gaps of a price history from the candles of exchanges, newest first: windows are whole as early as can be. A price that is there is never changed, and a price that no exchange
/// has stays a gap.
/// </summary>
public sealed class Backfill(IPriceHistory history, IReadOnlyList<IExchangeCandles> sources, ILogger<Backfill> log)
{
    /// <summary>Fills the gaps of one symbol.</summary>
    /// <param name="symbol">For example BTC-USD.</param>
    /// <param name="intervalSeconds">Seconds from one price to the next.</param>
    /// <param name="fromUnixSeconds">First instant that is looked at.</param>
    /// <param name="toUnixSeconds">The instant before which to stop; not in the future.</param>
    /// <param name="progress">Told how many missing prices have been tried.</param>
    /// <param name="cancellation">Ends it early.</param>
    public async Task<BackfillResult> FillAsync(string symbol, int intervalSeconds, long fromUnixSeconds, long toUnixSeconds, IProgress<long>? progress, CancellationToken cancellation)
    {
        var (missing, filled) = (0L, 0L);
        try
        {
            var times = await history.ReadAsync(symbol, intervalSeconds, fromUnixSeconds, toUnixSeconds, cancellation).Select(price => price.UnixSeconds).ToListAsync(cancellation);
            var gaps = PriceGap.Find(times, intervalSeconds, fromUnixSeconds, toUnixSeconds).Reverse().ToList();
            missing = gaps.Sum(gap => gap.Count);
            var able = sources.Where(source => source.MostPrices(intervalSeconds) > 0).ToList();
            if (missing > 0 && able.Count == 0)
                return new(missing, 0, $"no source has candles that make prices of {intervalSeconds} s");
            var tried = 0L;
            foreach (var gap in gaps)
            {
                for (var last = gap.LastUnixSeconds; last >= gap.FirstUnixSeconds;)
                {
                    var first = Math.Max(gap.FirstUnixSeconds, last - (able.Min(source => source.MostPrices(intervalSeconds)) - 1L) * intervalSeconds);
                    var prices = await AskAsync(able, symbol, intervalSeconds, first, last, cancellation);
                    filled += await history.BackfillAsync([.. prices.Where(price => price.UnixSeconds >= first && price.UnixSeconds <= last)], cancellation);
                    progress?.Report(tried += (last - first) / intervalSeconds + 1);
                    last = first - intervalSeconds;
                }
            }
            return new(missing, filled, null);
        }
        catch (Exception failure) when (failure is StoreException or PriceFeedException)
        {
            return new(missing, filled, failure.Message);
        }
    }

    /// <summary>Fills the last days of every symbol and tells the log how it went.</summary>
    public async Task RunAsync(TradingSettings settings, DateTimeOffset now, CancellationToken cancellation)
    {
        foreach (var symbol in settings.Symbols)
        {
            var result = await FillAsync(symbol, settings.PriceIntervalSeconds, now.AddDays(-settings.BackfillDays).ToUnixTimeSeconds(), now.ToUnixTimeSeconds(), null, cancellation);
            if (result.Failure is { } failure)
                log.LogWarning("{Symbol}: {Filled} of {Missing} missing prices of the last {Days} days were filled in, then: {Reason}", symbol, result.Filled, result.Missing, settings.BackfillDays, failure);
            else if (result.Missing > 0)
                log.LogInformation("{Symbol}: {Filled} of {Missing} missing prices of the last {Days} days were filled in", symbol, result.Filled, result.Missing, settings.BackfillDays);
        }
    }

    // The first source that has them; what it lacks as a whole is asked of the next.
    private static async Task<IReadOnlyList<StoredPrice>> AskAsync(
        List<IExchangeCandles> sources, string symbol, int intervalSeconds, long first, long last, CancellationToken cancellation)
    {
        PriceFeedException? failure = null;
        foreach (var source in sources)
        {
            try
            {
                if (await source.PricesAsync(symbol, intervalSeconds, first, last, cancellation) is { Count: > 0 } prices)
                    return prices;
            }
            catch (PriceFeedException failed)
            {
                failure = new(failed.Fault, failure is null ? $"{source.Source}: {failed.Message}" : $"{failure.Message}; {source.Source}: {failed.Message}", failed);
            }
        }
        return failure is null ? [] : throw failure;
    }
}
