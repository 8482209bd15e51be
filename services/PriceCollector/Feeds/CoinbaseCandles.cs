using System.Globalization;
using System.Text.Json;
using Trading.Core;

namespace Trading.Services.Feeds;

/// <summary>Candles of Coinbase's public interface.</summary>
internal sealed class CoinbaseCandles(SourceQuestion question) : IExchangeCandles
{
    private const int MostCandles = 300;

    private static readonly SortedDictionary<int, string> Intervals = new()
    {
        [60] = "ONE_MINUTE", [300] = "FIVE_MINUTE", [900] = "FIFTEEN_MINUTE", [1800] = "THIRTY_MINUTE", [3600] = "ONE_HOUR",
        [7200] = "TWO_HOUR", [21_600] = "SIX_HOUR", [86_400] = "ONE_DAY",
    };

    public string Source => CoinbaseFeed.Name;

    public int MostPrices(int intervalSeconds) => CandlePrices.Most(Intervals, intervalSeconds, MostCandles);

    public async Task<IReadOnlyList<StoredPrice>> PricesAsync(
        string symbol, int intervalSeconds, long firstUnixSeconds, long lastUnixSeconds, CancellationToken cancellation)
    {
        var asked = SourceSymbol.Of(symbol);
        var candle = CandlePrices.Grain(Intervals, intervalSeconds);
        var path = string.Create(CultureInfo.InvariantCulture,
            $"/api/v3/brokerage/market/products/{asked.Base}-{asked.Quote}/candles?start={firstUnixSeconds - candle}&end="
            + $"{lastUnixSeconds - candle}&granularity={Intervals[candle]}&limit={MostCandles}");
        var candles = await question.AskAsync(path, (body, _) => Answer.Read(body, root => Read(root).ToList()), null, cancellation);
        return CandlePrices.Of(candles, candle, symbol, intervalSeconds, asked.Quote, Source);
    }

    /// <summary>Each candle; they come newest first.</summary>
    internal static IEnumerable<Candle> Read(JsonElement root)
    {
        var candles = root.Member("candles");
        if (candles.ValueKind != JsonValueKind.Array)
            throw Answer.Unreadable("candles must be a list");
        foreach (var candle in candles.EnumerateArray())
        {
            var start = candle.Member("start");
            var begin = long.TryParse(start.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var at)
                && at is > 0 and < CandleCsv.EndTimeUnixSeconds ? at : throw Answer.Unreadable("start must be a time in seconds");
            yield return new(begin, candle.Member("open").Price("open"), candle.Member("high").Price("high"),
                candle.Member("low").Price("low"), candle.Member("close").Price("close"), candle.Member("volume").Amount("volume") ?? 0);
        }
    }
}
