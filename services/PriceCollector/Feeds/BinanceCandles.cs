using System.Globalization;
using System.Text.Json;
using Trading.Core;

namespace Trading.Services.Feeds;

/// <summary>Klines of Binance's public interface.</summary>
internal sealed class BinanceCandles(SourceQuestion question) : IExchangeCandles
{
    private const int MostCandles = 1000;

    internal static readonly SortedDictionary<int, string> Intervals = new()
    {
        [60] = "1m", [180] = "3m", [300] = "5m", [900] = "15m", [1800] = "30m", [3600] = "1h", [7200] = "2h", [14_400] = "4h",
        [21_600] = "6h", [28_800] = "8h", [43_200] = "12h", [86_400] = "1d",
    };

    public string Source => BinanceFeed.Name;

    public int MostPrices(int intervalSeconds) => CandlePrices.Most(Intervals, intervalSeconds, MostCandles);

    public async Task<IReadOnlyList<StoredPrice>> PricesAsync(
        string symbol, int intervalSeconds, long firstUnixSeconds, long lastUnixSeconds, CancellationToken cancellation)
    {
        var asked = SourceSymbol.Of(symbol);
        var currency = BinanceFeed.Currency(asked);
        var candle = CandlePrices.Grain(Intervals, intervalSeconds);
        var path = string.Create(CultureInfo.InvariantCulture,
            $"/api/v3/klines?symbol={asked.Base}{currency}&interval={Intervals[candle]}&startTime={(firstUnixSeconds - candle) * 1000}"
            + $"&endTime={(lastUnixSeconds - candle) * 1000}&limit={MostCandles}");
        var candles = await question.AskAsync(path, (body, _) => Answer.Read(body, root => Read(root).ToList()), null, cancellation);
        return CandlePrices.Of(candles, candle, symbol, intervalSeconds, currency, Source);
    }

    /// <summary>Each kline: [open time in ms, open, high, low, close, volume, ...].</summary>
    internal static IEnumerable<Candle> Read(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Array)
            throw Answer.Unreadable("the klines must be a list");
        foreach (var kline in root.EnumerateArray())
        {
            if (kline.ValueKind != JsonValueKind.Array || kline.GetArrayLength() < 6)
                throw Answer.Unreadable("a kline must be a list of at least 6");
            yield return new(kline[0].UnixMilliseconds("open time").ToUnixTimeSeconds(), kline[1].Price("open"),
                kline[2].Price("high"), kline[3].Price("low"), kline[4].Price("close"), kline[5].Amount("volume") ?? 0);
        }
    }
}
