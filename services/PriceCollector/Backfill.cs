using Trading.Core;
using Trading.Hosting.Audit;
using Trading.Hosting.Settings;
using Trading.Hosting.Stores;
using Trading.Journal.Events;
using Trading.Services.Feeds;

namespace Trading.Services;

/// <summary>Result of a back-fill.</summary>
/// <param name="Missing">Prices that were missing.</param>
/// <param name="Filled">How many of them were found and added.</param>
/// <param name="Failure">Why it ended early; null when every gap was tried.</param>
public sealed record BackfillResult(long Missing, long Filled, string? Failure);

/// <summary>
/// Fills gaps of a price history from the candles of exchanges, newest first, so that windows are complete early. Existing prices are never
/// changed. A price that no exchange has stays missing.
/// </summary>
/// <param name="history">The history.</param>
/// <param name="sources">The exchanges.</param>
/// <param name="log">Tells what came of it.</param>
/// <param name="journal">Where a digest of what was filled in is committed to; null for nowhere.</param>
public sealed class Backfill(
    IPriceHistory history, IReadOnlyList<IExchangeCandles> sources, ILogger<Backfill> log, TradeJournal? journal = null)
{
    private const int SecondsPerDay = 86_400;

    /// <summary>Fills the gaps of one symbol.</summary>
    /// <param name="symbol">For example BTC-USD.</param>
    /// <param name="intervalSeconds">Seconds from one price to the next.</param>
    /// <param name="fromUnixSeconds">First time that is checked.</param>
    /// <param name="toUnixSeconds">End of the period, exclusive; not in the future.</param>
    /// <param name="progress">Gets the number of missing prices tried so far.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<BackfillResult> FillAsync(string symbol, int intervalSeconds, long fromUnixSeconds, long toUnixSeconds,
        IProgress<long>? progress, CancellationToken cancellation)
    {
        var (missing, filled) = (0L, 0L);
        var days = new HashSet<(DateOnly, string)>();
        try
        {
            var times = await history.ReadAsync(symbol, intervalSeconds, fromUnixSeconds, toUnixSeconds, cancellation)
                .Select(price => price.UnixSeconds).ToListAsync(cancellation);
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
                    var first = Math.Max(gap.FirstUnixSeconds,
                        last - (able.Min(source => source.MostPrices(intervalSeconds)) - 1L) * intervalSeconds);
                    var prices = await AskAsync(able, symbol, intervalSeconds, first, last, cancellation);
                    var within = prices.Where(price => price.UnixSeconds >= first && price.UnixSeconds <= last).ToList();
                    filled += await history.BackfillAsync(within, cancellation);
                    days.UnionWith(PriceCommitments.DaysOf(within));
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
        finally
        {
            // Also what was filled in before something failed.
            if (journal is not null && filled > 0)
                await CommitAsync(journal, symbol, intervalSeconds, days, cancellation);
        }
    }

    private async Task CommitAsync(
        TradeJournal to, string symbol, int intervalSeconds, HashSet<(DateOnly, string)> days, CancellationToken cancellation)
    {
        try
        {
            await PriceCommitments.CommitAsync(to, history, symbol, intervalSeconds, days, cancellation);
        }
        catch (Exception failure) when (failure is StoreException or Npgsql.NpgsqlException)
        {
            log.LogError("The digests of the prices of {Symbol} that were filled in could not be committed to: {Reason}", symbol,
                failure.Message);
        }
    }

    /// <summary>Fills the last days of every symbol and logs the result.</summary>
    public async Task RunAsync(TradingSettings settings, DateTimeOffset now, CancellationToken cancellation)
    {
        // A strategy that follows from daily closes has few of them, and cannot decide before it has them.
        if (settings.NewStrategy()?.Days is > 0 and var closes && settings.PriceIntervalSeconds < SecondsPerDay)
            await RunAsync(settings.Symbols, "daily closes", SecondsPerDay, closes + 2, now, cancellation);
        await RunAsync(settings.Symbols, "prices", settings.PriceIntervalSeconds, settings.BackfillDays, now, cancellation);
    }

    private async Task RunAsync(IReadOnlyList<string> symbols, string what, int interval, int days, DateTimeOffset now,
        CancellationToken cancellation)
    {
        foreach (var symbol in symbols)
        {
            var result = await FillAsync(symbol, interval, now.AddDays(-days).ToUnixTimeSeconds(), now.ToUnixTimeSeconds(), null,
                cancellation);
            if (result.Failure is { } failure)
                log.LogWarning("{Symbol}: {Filled} of {Missing} missing {What} of the last {Days} days were filled in, then: {Reason}",
                    symbol, result.Filled, result.Missing, what, days, failure);
            else if (result.Missing > 0)
                log.LogInformation("{Symbol}: {Filled} of {Missing} missing {What} of the last {Days} days were filled in", symbol,
                    result.Filled, result.Missing, what, days);
        }
    }

    // From the first source that has prices of the period.
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
                failure = new(failed.Fault,
                    failure is null ? $"{source.Source}: {failed.Message}" : $"{failure.Message}; {source.Source}: {failed.Message}",
                    failed);
            }
        }
        return failure is null ? [] : throw failure;
    }
}
