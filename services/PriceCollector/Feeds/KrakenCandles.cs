using System.Globalization;
using System.Text.Json;
using Trading.Core;

namespace Trading.Services.Feeds;

/// <summary>
/// Candles of Kraken's public interface: only the newest 720 of an interval, whatever is asked for (Kraken, REST, Get OHLC Data).
/// </summary>
internal sealed class KrakenCandles(SourceQuestion question) : IExchangeCandles
{
    private const int MostCandles = 720;

    private static readonly SortedDictionary<int, string> Intervals = new()
    {
        [60] = "1", [300] = "5", [900] = "15", [1800] = "30", [3600] = "60", [14_400] = "240", [86_400] = "1440",
    };

    public string Source => KrakenFeed.Name;

    public int MostPrices(int intervalSeconds) => CandlePrices.Most(Intervals, intervalSeconds, MostCandles);

    public async Task<IReadOnlyList<StoredPrice>> PricesAsync(
        string symbol, int intervalSeconds, long firstUnixSeconds, long lastUnixSeconds, CancellationToken cancellation)
    {
        var asked = SourceSymbol.Of(symbol);
        var candle = CandlePrices.Grain(Intervals, intervalSeconds);
        var path = string.Create(CultureInfo.InvariantCulture,
            $"/0/public/OHLC?pair={asked.KrakenBase}{asked.Quote}&interval={Intervals[candle]}&since={firstUnixSeconds - candle - 1}");
        var candles = await question.AskAsync(path, (body, _) => Answer.Read(body, root => Read(root, asked).ToList()), null, cancellation);
        if (candles.Count >= MostCandles && candles[0].OpenTimeUnixSeconds > firstUnixSeconds - candle)
            throw new PriceFeedException(SourceFault.Symbol, string.Create(CultureInfo.InvariantCulture,
                $"it gives its last {MostCandles} candles alone, these since {At(candles[0]):yyyy-MM-dd HH:mm} UTC; older ones are in the ")
                + "archives that it offers for download, which data convert reads");
        return CandlePrices.Of(candles.Where(one => one.OpenTimeUnixSeconds + candle <= lastUnixSeconds), candle, symbol, intervalSeconds,
            asked.Quote, Source);
    }

    /// <summary>Each candle: [open time, open, high, low, close, mean price, volume, count].</summary>
    internal static IEnumerable<Candle> Read(JsonElement root, SourceSymbol asked)
    {
        foreach (var candle in KrakenFeed.Result(root, asked).EnumerateArray())
        {
            if (candle.ValueKind != JsonValueKind.Array || candle.GetArrayLength() < 7)
                throw Answer.Unreadable("a candle must be a list of at least 7");
            yield return new(candle[0].UnixSeconds("open time").ToUnixTimeSeconds(), candle[1].Price("open"), candle[2].Price("high"),
                candle[3].Price("low"), candle[4].Price("close"), candle[6].Amount("volume") ?? 0);
        }
    }

    private static DateTimeOffset At(in Candle candle) => DateTimeOffset.FromUnixTimeSeconds(candle.OpenTimeUnixSeconds);
}
