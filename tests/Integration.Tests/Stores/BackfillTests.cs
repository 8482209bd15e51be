using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Trading.Core;
using Trading.Hosting.Stores;
using Trading.Journal.Tables;
using Trading.Services;
using Trading.Services.Feeds;
using Trading.TestKit.Data;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Stores;

/// <summary>Gaps of the history filled from the candles of exchanges, whose answers have the recorded shape.</summary>
public sealed class BackfillTests
{
    private const long March = 1_709_251_200;
    private static readonly LiveFeedRules Rules = new() { RetryDelay = TimeSpan.FromMilliseconds(1) };

    [Fact]
    public async Task missing_prices_come_from_the_first_exchange_that_has_them_newest_first_and_nothing_that_is_there_is_changed()
    {
        await using var binance = await LocalServer.StartAsync(Klines);
        await using var history = await HistoryAsync();
        await history.AddAsync(At(1000, 7), default);
        await history.AddAsync(At(2999, 8), default);

        var result = await Backfill(history, binance).FillAsync("BTC-USD", 60, March, March + 3000 * 60, null, default);

        Assert.Equal(new(2998, 2998, null), result);
        var prices = await history.LastAsync("BTC-USD", 60, March + 4000 * 60, 5000, default);
        Assert.Equal(Enumerable.Range(0, 3000)
            .Select(minute => new PricePoint(March + minute * 60L, minute switch { 1000 => 7, 2999 => 8, _ => 50_000 + minute })), prices);
        Assert.Equal(["/api/v3/klines?symbol=BTCUSDT&interval=1m"], binance.Seen.Select(request => request.Path[..41]).Distinct());
        var begins = binance.Seen
            .Select(request => long.Parse(request.Path.Split("startTime=")[1].Split('&')[0], CultureInfo.InvariantCulture)).ToList();
        Assert.Equal(begins.OrderDescending(), begins);
    }

    [Fact]
    public async Task the_second_exchange_is_asked_where_the_first_refuses()
    {
        await using var binance = await LocalServer.StartAsync(LocalServer.Answer(451));
        await using var coinbase = await LocalServer.StartAsync(Candles);
        await using var history = await HistoryAsync();

        var result = await Backfill(history, binance, coinbase).FillAsync("BTC-USD", 300, March, March + 100 * 300, null, default);

        Assert.Equal(new(100, 100, null), result);
        Assert.Equal(("USD", "coinbase"), await OfFirstAsync(history, 300));
        Assert.StartsWith("/api/v3/brokerage/market/products/BTC-USD/candles?start=", coinbase.Seen[0].Path, StringComparison.Ordinal);
        Assert.Contains("&granularity=FIVE_MINUTE&limit=300", coinbase.Seen[0].Path, StringComparison.Ordinal);
    }

    [Fact]
    public async Task prices_between_two_candles_lengths_are_the_closes_of_finer_ones()
    {
        await using var binance = await LocalServer.StartAsync(Klines);
        await using var history = await HistoryAsync();

        Assert.Equal(new(60, 60, null), await Backfill(history, binance).FillAsync("BTC-USD", 120, March, March + 60 * 120, null, default));

        Assert.Equal([new(March, 50_000), new(March + 120, 50_002)],
            (await history.LastAsync("BTC-USD", 120, March + 100_000, 60, default)).Take(2));
    }

    [Fact]
    public async Task when_no_exchange_answers_it_says_why_and_keeps_what_it_has()
    {
        await using var binance = await LocalServer.StartAsync(LocalServer.Answer(451));
        await using var coinbase = await LocalServer.StartAsync(LocalServer.Answer(200, "<html>maintenance"));
        await using var history = await HistoryAsync();

        var result = await Backfill(history, binance, coinbase).FillAsync("BTC-USD", 60, March, March + 600, null, default);

        Assert.Equal((10, 0), (result.Missing, result.Filled));
        Assert.Contains("binance: HTTP 451", result.Failure, StringComparison.Ordinal);
        Assert.Contains("coinbase: unreadable answer: a web page came", result.Failure, StringComparison.Ordinal);
    }

    [SharedDataFact]
    public async Task the_recorded_answers_are_read()
    {
        await using var binance = await LocalServer.StartAsync(
            LocalServer.Answer(200, await File.ReadAllTextAsync(SharedData.Path("api-fixtures/binance/spot_GetKlines.json"))));
        await using var coinbase = await LocalServer.StartAsync(
            LocalServer.Answer(200, await File.ReadAllTextAsync(SharedData.Path("api-fixtures/coinbase/nautilus_http_candles.json"))));
        var sources = Sources(binance, coinbase);

        Assert.Equal([(1_499_040_060L, 0.01577100m)], (await sources[0].PricesAsync("BTC-USD", 60, 1_499_040_060, 1_499_040_060, default))
            .Select(price => (price.UnixSeconds, price.Price)));
        Assert.NotEmpty(await sources[1].PricesAsync("BTC-USD", 3600, 1_712_188_800, 1_712_196_000, default));
    }

    private static StoredPrice At(int minute, decimal price) =>
        new("BTC-USD", 60, March + minute * 60L, price, "USD", false, null, null, null, ["test"]);

    private static async Task<PriceHistory> HistoryAsync()
    {
        var history = new PriceHistory(await PostgresServer.CreateDatabaseAsync());
        await history.PrepareAsync(default);
        return history;
    }

    private static async Task<(string Currencies, string Source)> OfFirstAsync(PriceHistory history, int intervalSeconds)
    {
        var price = await history.ReadAsync("BTC-USD", intervalSeconds, 0, long.MaxValue, default).FirstAsync();
        return (price.QuoteCurrencies, Assert.Single(price.Sources));
    }

    private static Backfill Backfill(PriceHistory history, LocalServer binance, LocalServer? coinbase = null) =>
        new(new PostgresPrices(history), Sources(binance, coinbase), NullLogger<Backfill>.Instance);

    private static IReadOnlyList<IExchangeCandles> Sources(LocalServer binance, LocalServer? coinbase) => LiveFeeds.Candles(
        coinbase is null ? ["binance"] : ["binance", "coinbase"], LiveFeeds.NewHttpClient(), Rules, TimeProvider.System,
        source => source == "binance" ? binance.Address : coinbase!.Address);

    // A kline for each minute that is asked for, as Binance answers: the price at the close says which minute it is.
    private static Task Klines(HttpContext context)
    {
        long Query(string name) => long.Parse(context.Request.Query[name]!, CultureInfo.InvariantCulture) / 1000;
        var (begin, end) = (Query("startTime"), Query("endTime"));
        var klines = Enumerable.Range(0, (int)Math.Min(1000, (end - begin) / 60 + 1)).Select(n => begin + n * 60)
            .Select(open => string.Create(CultureInfo.InvariantCulture, $"[{open * 1000},\"1\",\"1\",\"1\",\""
                + $"{50_000 + (open + 60 - March) / 60}.00\",\"148.1\",{open * 1000 + 59_999},\"2434.19\",308,\"1756.8\",\"28.4\",\"0\"]"));
        return context.Response.WriteAsync($"[{string.Join(',', klines)}]");
    }

    // Candles as Coinbase answers: newest first, numbers as text.
    private static Task Candles(HttpContext context)
    {
        long Query(string name) => long.Parse(context.Request.Query[name]!, CultureInfo.InvariantCulture);
        var (begin, end) = (Query("start"), Query("end"));
        var candles = Enumerable.Range(0, (int)((end - begin) / 300 + 1)).Select(n => begin + n * 300).Reverse()
            .Select(open => string.Create(CultureInfo.InvariantCulture,
                $$"""{"start":"{{open}}","low":"1","high":"1","open":"1","close":"66181.6","volume":"355.8"}"""));
        return context.Response.WriteAsync($$"""{"candles":[{{string.Join(',', candles)}}]}""");
    }
}
