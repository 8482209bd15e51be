using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Trading.MarketData;

namespace Trading.TestKit.Profiles;

/// <summary>Recorded candles of a minute, by the instants at which they closed.</summary>
internal sealed class RecordedMinutes
{
    private readonly List<long> _ends = [];
    private readonly List<decimal> _closes = [];
    private readonly List<decimal> _turnovers = [];

    public static RecordedMinutes Read(string file, DateTimeOffset from, DateTimeOffset to)
    {
        var recorded = new RecordedMinutes();
        using var candles = new CandleFile([file], from, to);
        foreach (var candle in candles.Candles())
        {
            recorded._ends.Add(candle.OpenTimeUnixSeconds + 60);
            recorded._closes.Add(candle.Close);
            recorded._turnovers.Add((recorded._turnovers.Count > 0 ? recorded._turnovers[^1] : 0) + candle.Close * candle.Volume);
        }
        return recorded;
    }

    /// <summary>The close of the last candle that has closed by an instant.</summary>
    public decimal CloseAt(long unixSeconds) => _closes[At(unixSeconds)];

    /// <summary>Whether a candle closes at an instant.</summary>
    public bool HasAt(long unixSeconds) => _ends.BinarySearch(unixSeconds) >= 0;

    /// <summary>What was traded between two instants, in the quote currency.</summary>
    public decimal Turnover(long fromUnixSeconds, long toUnixSeconds) => _turnovers[At(toUnixSeconds)] - _turnovers[At(fromUnixSeconds)];

    private int At(long unixSeconds) => _ends.BinarySearch(unixSeconds) is var found && found >= 0 ? found : Math.Max(0, ~found - 1);
}

/// <summary>
/// What live sources ask of CoinGecko, Binance and Coinbase, and Binance's candles, answered from recorded candles at the time of a clock.
/// </summary>
/// <param name="minutes">The candles.</param>
/// <param name="clock">What time it is.</param>
/// <param name="ago">
/// How long ago, by that clock, the candles are played as having been recorded: none for the recorded time itself.
/// </param>
internal sealed class PlayedMarket(RecordedMinutes minutes, TimeProvider clock, TimeSpan ago) : IAsyncDisposable
{
    private const int MostCandles = 1000;
    private const decimal Coins = 19_650_000;

    private readonly WebApplication _application = NewApplication();

    /// <summary>The live sources that it answers for.</summary>
    public static IReadOnlyList<string> Sources { get; } = ["coingecko", "binance", "coinbase"];

    /// <summary>The setting that leads all of them here.</summary>
    public IReadOnlyList<string> SourceAddresses => [.. Sources.Select(source => $"{source}={_application.Urls.Single()}")];

    private long Now => clock.GetUtcNow().ToUnixTimeSeconds();

    private decimal Price => Close(Now);

    public static async Task<PlayedMarket> StartAsync(RecordedMinutes minutes, TimeProvider clock, TimeSpan ago = default)
    {
        var market = new PlayedMarket(minutes, clock, ago);
        market._application.MapGet("/api/v3/simple/price", market.CoinGecko);
        market._application.MapGet("/api/v3/ticker/24hr", market.Binance);
        market._application.MapGet("/api/v3/brokerage/market/products/BTC-USD/ticker", market.Coinbase);
        market._application.MapGet("/api/v3/klines", market.Klines);
        await market._application.StartAsync();
        return market;
    }

    public ValueTask DisposeAsync() => _application.DisposeAsync();

    private IResult CoinGecko() => Json(new JsonObject
    {
        ["bitcoin"] = new JsonObject
        {
            ["usd"] = Price, ["usd_market_cap"] = Price * Coins, ["usd_24h_vol"] = DayTurnover(),
            ["usd_24h_change"] = DayChangePercent(), ["last_updated_at"] = Now,
        },
    });

    private IResult Binance(string symbol) => Json(new JsonObject
    {
        ["symbol"] = symbol, ["priceChangePercent"] = Text(DayChangePercent()), ["lastPrice"] = Text(Price),
        ["quoteVolume"] = Text(DayTurnover()), ["closeTime"] = Now * 1000,
    });

    private IResult Coinbase() => Json(new JsonObject
    {
        ["trades"] = new JsonArray(new JsonObject
        {
            ["trade_id"] = $"{Now}", ["product_id"] = "BTC-USD", ["price"] = Text(Price), ["size"] = "0.01",
            ["time"] = $"{clock.GetUtcNow():yyyy-MM-ddTHH:mm:ss.ffffffZ}", ["side"] = "BUY",
        }),
    });

    // As Binance tells them: from the first one that opens in the range on, those that have closed, numbers as text.
    private IResult Klines(string interval, long startTime, long endTime, int limit)
    {
        var length = interval switch { "1m" => 60, "5m" => 300, _ => throw new ArgumentException($"no candles of {interval} here") };
        var first = (startTime / 1000 + length - 1) / length * length;
        var klines = new JsonArray();
        for (var open = first;
            open * 1000 <= endTime && open + length <= Now && klines.Count < Math.Min(limit, MostCandles); open += length)
        {
            if (!minutes.HasAt(Recorded(open + length)))
                continue;
            var close = Text(Close(open + length));
            klines.Add(new JsonArray(
                open * 1000, close, close, close, close, "1.0", (open + length) * 1000 - 1,
                Text(minutes.Turnover(Recorded(open), Recorded(open + length))), 308, "0.5", close, "0"));
        }
        return Json(klines);
    }

    private decimal DayChangePercent() => decimal.Round((Price / Close(Now - 86_400) - 1) * 100, 4);

    private decimal DayTurnover() => decimal.Round(minutes.Turnover(Recorded(Now - 86_400), Recorded(Now)), 2);

    private decimal Close(long unixSeconds) => minutes.CloseAt(Recorded(unixSeconds));

    private long Recorded(long unixSeconds) => unixSeconds - (long)ago.TotalSeconds;

    private static IResult Json(JsonNode answer) => Results.Text(answer.ToJsonString(), "application/json");

    private static string Text(decimal number) => number.ToString(CultureInfo.InvariantCulture);

    private static WebApplication NewApplication()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        return builder.Build();
    }
}
