using System.Globalization;
using System.Text.Json;
using Trading.Core;

namespace Trading.Services.Feeds;

/// <summary>An exchange that can be asked for the prices of the past.</summary>
public interface IExchangeCandles
{
    /// <summary>Name of the source in lower case, as it stands in settings and in stored prices.</summary>
    string Source { get; }

    /// <summary>Most prices of one question; 0 when its candles do not make prices of this interval.</summary>
    int MostPrices(int intervalSeconds);

    /// <summary>Prices of an interval as the closes of candles, oldest first: each at the instant at which its candle has closed. Those that the exchange lacks are left out.</summary>
    /// <param name="symbol">Base and quote joined by a dash, for example BTC-USD.</param>
    /// <param name="intervalSeconds">Seconds from one price to the next.</param>
    /// <param name="firstUnixSeconds">Instant of the first price.</param>
    /// <param name="lastUnixSeconds">Instant of the last price; at most <see cref="MostPrices"/> from the first.</param>
    /// <param name="cancellation">Ends the question early.</param>
    /// <exception cref="PriceFeedException">The source gave no usable answer; the message is the reason.</exception>
    Task<IReadOnlyList<StoredPrice>> PricesAsync(string symbol, int intervalSeconds, long firstUnixSeconds, long lastUnixSeconds, CancellationToken cancellation);
}

/// <summary>Klines of Binance's public interface.</summary>
internal sealed class BinanceCandles(SourceQuestion question) : IExchangeCandles
{
    private const int MostCandles = 1000;

    private static readonly SortedDictionary<int, string> Intervals = new()
    {
        [60] = "1m", [180] = "3m", [300] = "5m", [900] = "15m", [1800] = "30m", [3600] = "1h", [7200] = "2h", [14_400] = "4h", [21_600] = "6h", [28_800] = "8h", [43_200] = "12h", [86_400] = "1d",
    };

    public string Source => BinanceFeed.Name;

    public int MostPrices(int intervalSeconds) => CandlePrices.Most(Intervals, intervalSeconds, MostCandles);

    public async Task<IReadOnlyList<StoredPrice>> PricesAsync(string symbol, int intervalSeconds, long firstUnixSeconds, long lastUnixSeconds, CancellationToken cancellation)
    {
        var asked = SourceSymbol.Of(symbol);
        var currency = BinanceFeed.Currency(asked);
        var candle = CandlePrices.Grain(Intervals, intervalSeconds);
        var path = string.Create(CultureInfo.InvariantCulture,
            $"/api/v3/klines?symbol={asked.Base}{currency}&interval={Intervals[candle]}&startTime={(firstUnixSeconds - candle) * 1000}&endTime={(lastUnixSeconds - candle) * 1000}&limit={MostCandles}");
        var closes = await question.AskAsync(path, (body, _) => Answer.Read(body, root => Read(root).ToList()), null, cancellation);
        return CandlePrices.Of(closes, candle, symbol, intervalSeconds, currency, Source);
    }

    /// <summary>Open time and close of each kline: [open time in ms, open, high, low, close, volume, ...].</summary>
    internal static IEnumerable<(long OpenUnixSeconds, decimal Close)> Read(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Array)
            throw Answer.Unreadable("the klines must be a list");
        foreach (var kline in root.EnumerateArray())
        {
            if (kline.ValueKind != JsonValueKind.Array || kline.GetArrayLength() < 5)
                throw Answer.Unreadable("a kline must be a list of at least 5");
            yield return (kline[0].UnixMilliseconds("open time").ToUnixTimeSeconds(), kline[4].Price("close"));
        }
    }
}

/// <summary>Candles of Coinbase's public interface.</summary>
internal sealed class CoinbaseCandles(SourceQuestion question) : IExchangeCandles
{
    private const int MostCandles = 300;

    private static readonly SortedDictionary<int, string> Intervals = new()
    {
        [60] = "ONE_MINUTE", [300] = "FIVE_MINUTE", [900] = "FIFTEEN_MINUTE", [1800] = "THIRTY_MINUTE", [3600] = "ONE_HOUR", [7200] = "TWO_HOUR", [21_600] = "SIX_HOUR", [86_400] = "ONE_DAY",
    };

    public string Source => CoinbaseFeed.Name;

    public int MostPrices(int intervalSeconds) => CandlePrices.Most(Intervals, intervalSeconds, MostCandles);

    public async Task<IReadOnlyList<StoredPrice>> PricesAsync(string symbol, int intervalSeconds, long firstUnixSeconds, long lastUnixSeconds, CancellationToken cancellation)
    {
        var asked = SourceSymbol.Of(symbol);
        var candle = CandlePrices.Grain(Intervals, intervalSeconds);
        var path = string.Create(CultureInfo.InvariantCulture,
            $"/api/v3/brokerage/market/products/{asked.Base}-{asked.Quote}/candles?start={firstUnixSeconds - candle}&end={lastUnixSeconds - candle}&granularity={Intervals[candle]}&limit={MostCandles}");
        var closes = await question.AskAsync(path, (body, _) => Answer.Read(body, root => Read(root).ToList()), null, cancellation);
        return CandlePrices.Of(closes, candle, symbol, intervalSeconds, asked.Quote, Source);
    }

    /// <summary>Open time and close of each candle; they come newest first.</summary>
    internal static IEnumerable<(long OpenUnixSeconds, decimal Close)> Read(JsonElement root)
    {
        var candles = root.Member("candles");
        if (candles.ValueKind != JsonValueKind.Array)
            throw Answer.Unreadable("candles must be a list");
        foreach (var candle in candles.EnumerateArray())
        {
            var start = candle.Member("start");
            yield return (long.TryParse(start.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var open) && open is > 0 and < CandleCsv.EndTimeUnixSeconds
                ? open : throw Answer.Unreadable("start must be a time in seconds"), candle.Member("close").Price("close"));
        }
    }
}

/// <summary>Prices of candles that may be finer than the prices.</summary>
internal static class CandlePrices
{
    /// <summary>The longest candle that divides the interval.</summary>
    public static int Grain(SortedDictionary<int, string> candles, int intervalSeconds) => candles.Keys.LastOrDefault(seconds => intervalSeconds % seconds == 0);

    public static int Most(SortedDictionary<int, string> candles, int intervalSeconds, int mostCandles) =>
        Grain(candles, intervalSeconds) is > 0 and var candle ? (mostCandles - 1) / (intervalSeconds / candle) : 0;

    public static IReadOnlyList<StoredPrice> Of(IEnumerable<(long OpenUnixSeconds, decimal Close)> closes, int candle, string symbol, int intervalSeconds, string currency, string source) =>
    [
        .. closes.Where(close => (close.OpenUnixSeconds + candle) % intervalSeconds == 0)
            .Select(close => new StoredPrice(symbol, intervalSeconds, close.OpenUnixSeconds + candle, close.Close, currency, false, null, null, null, [source]))
            .DistinctBy(price => price.UnixSeconds).OrderBy(price => price.UnixSeconds),
    ];
}
