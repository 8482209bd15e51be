using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Trading.Core;
using Trading.Hosting;
using Trading.Hosting.Settings;
using Trading.Hosting.Stores;
using Trading.Journal.Tables;
using Trading.MarketData;

namespace Trading.Cli.Backtests;

/// <summary>The price history as the data of a backtest.</summary>
internal static class StoredData
{
    /// <summary>Reads the candles of a symbol from the settings' price history.</summary>
    /// <exception cref="BacktestException">There are fewer than two in the period.</exception>
    public static async Task<ICandleSource> OpenAsync(
        TradingSettings settings, string symbol, DateTimeOffset? from, DateTimeOffset? to, CancellationToken cancellation)
    {
        if (PriceStores.HistoryElsewhere(settings) is { } elsewhere)
        {
            using var owned = elsewhere as IDisposable;
            return await ReadAsync(elsewhere, settings, symbol, from, to, cancellation);
        }
        await using var server = await JournalServer.FindAsync(settings, NullLogger.Instance, cancellation);
        await using var prices = new PriceHistory(server.ConnectionString);
        return await ReadAsync(new PostgresPrices(prices), settings, symbol, from, to, cancellation);
    }

    private static async Task<ICandleSource> ReadAsync(IPriceHistory history, TradingSettings settings, string symbol,
        DateTimeOffset? from, DateTimeOffset? to, CancellationToken cancellation)
    {
        var interval = settings.PriceIntervalSeconds;
        // A price holds from the end of its candle on.
        var (begin, end) = ((from?.ToUnixTimeSeconds() ?? 0) + interval,
            (to?.ToUnixTimeSeconds() ?? CandleCsv.EndTimeUnixSeconds) + interval - 1);
        var prices = new List<StoredPrice>();
        try
        {
            await foreach (var price in history.ReadAsync(symbol, interval, begin, end + 1, cancellation))
                prices.Add(price);
        }
        catch (StoreException missing) when (missing.InnerException is PostgresException { SqlState: PostgresErrorCodes.UndefinedTable })
        {
            throw new BacktestException("the journal's database holds no price history");
        }
        return prices.Count > 1 ? new StoredCandles(prices, interval)
            : throw new BacktestException(
                $"the price history holds {prices.Count} prices of {symbol} every {interval} s in the period; at least two are needed");
    }
}
