using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Trading.Core;
using Trading.MarketData;
using Trading.TestKit.Data;
using Trading.TestKit.Programs;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Services.Tests.MarketData;

/// <summary>Candles from exchanges: their archives, their interfaces, and going on after an interruption.</summary>
public sealed class DownloadTests : IDisposable
{
    private const int Hour = 3600;

    private static readonly DateTimeOffset February = new(2024, 2, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly string _folder = Directory.CreateTempSubdirectory("download-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("btc.csv")]
    [InlineData("btc.csv.gz")]
    [InlineData("btc.parquet")]
    public async Task whole_months_come_from_the_archive_and_the_rest_from_the_interface(string name)
    {
        await using var binance = await LocalServer.StartAsync(context => BinanceAsync(context));
        var (code, told, errors) = await DownloadAsync(binance, name, "2024-02-01", "2024-03-03");

        Assert.True(code == 0, errors);
        Assert.Contains("744 candles of BTC-USD from binance in", told, StringComparison.Ordinal);
        Assert.Equal(Expected(744), Candles(name));
        Assert.Equal(["BTCUSDT-1h-2024-02.zip", "BTCUSDT-1h-2024-02.zip.CHECKSUM", "klines"],
            binance.Seen.Select(request => request.Path.Split('?')[0].Split('/')[^1]));
        Assert.Equal([name], Directory.GetFiles(_folder).Select(Path.GetFileName));
    }

    [Fact]
    public async Task an_archive_that_is_not_what_its_checksum_says_is_refused()
    {
        await using var binance = await LocalServer.StartAsync(context => BinanceAsync(context, damaged: true));
        var (code, _, errors) = await DownloadAsync(binance, "btc.csv", "2024-02-01", "2024-03-01");

        Assert.Equal(2, code);
        Assert.Contains("BTCUSDT-1h-2024-02.zip arrived damaged: its SHA-256 must be ", errors, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(_folder, "btc.csv")));
    }

    [Fact]
    public async Task what_was_interrupted_goes_on_where_it_was()
    {
        var part = Path.Combine(_folder, "btc.csv.part");
        // The first month comes, the interface refuses.
        await using (var refusing = await LocalServer.StartAsync(context => BinanceAsync(context, refuses: true)))
        {
            var (code, _, errors) = await DownloadAsync(refusing, "btc.csv", "2024-02-01", "2024-03-03");
            Assert.Equal(2, code);
            Assert.Contains("binance: HTTP 451", errors, StringComparison.Ordinal);
            Assert.Contains("the same command goes on from there", errors, StringComparison.Ordinal);
        }
        Assert.Equal(697, File.ReadAllLines(part).Length);
        await File.AppendAllTextAsync(part, "17092512");

        await using (var other = await LocalServer.StartAsync(context => BinanceAsync(context)))
        {
            var (code, _, errors) = await DownloadAsync(other, "btc.csv", "2024-02-01", "2024-03-03", "--symbol", "ETH-USD");
            Assert.Equal(2, code);
            Assert.Contains("btc.csv.part is of another download (BTC-USD of binance, 1 h)", errors, StringComparison.Ordinal);
        }
        await using var binance = await LocalServer.StartAsync(context => BinanceAsync(context));
        var (done, told, wrong) = await DownloadAsync(binance, "btc.csv", "2024-02-01", "2024-03-03");
        Assert.True(done == 0, wrong);
        Assert.Contains("744 candles", told, StringComparison.Ordinal);
        Assert.Equal(Expected(744), Candles("btc.csv"));
        Assert.StartsWith("/api/v3/klines", Assert.Single(binance.Seen).Path, StringComparison.Ordinal);
    }

    [SharedDataTheory]
    [InlineData("kraken", "kraken/nautilus_http_ohlc.json", "BTC-USDT", "2025-11-10T12:17Z", "2025-11-11T00:18Z", "1m",
        "1762777020 106038.2 106038.2 106038.2 106038.2 0", 721)]
    [InlineData("kraken", "kraken/GetKlines.json", "BTC-USD", "2023-07-06T19:20Z", "2023-07-06T21:00Z", "1m",
        "1688671200 30306.1 30306.2 30305.7 30305.7 3.39243896", 4)]
    [InlineData("coinbase", "coinbase/nautilus_http_candles.json", "BTC-USD", "2024-04-04", "2024-04-04T02:00Z", "1h",
        "1712188800 65984.18 66387.77 65857.35 66314.59 358.74851052", 2)]
    public async Task recorded_answers_are_candles(
        string exchange, string answer, string symbol, string from, string to, string interval, string first, int count)
    {
        await using var server = await LocalServer.StartAsync(
            LocalServer.Answer(200, await File.ReadAllTextAsync(SharedData.Path($"api-fixtures/{answer}"))));
        var (code, _, errors) = await CliProgram.RunHereAsync("data", "download", "--exchange", exchange, "--symbol", symbol,
            "--from", from, "--to", to, "--interval", interval, "--output", Path.Combine(_folder, "a.csv"), "--queries-per-second", "1000",
            "--set", $"SourceAddresses={exchange}={server.Address}");
        Assert.True(code == 0, errors);
        var candles = Candles("a.csv");
        Assert.Equal(count, candles.Count);
        var (one, numbers) = (candles[0], first.Split(' ').Select(number => decimal.Parse(number, CultureInfo.InvariantCulture)).ToArray());
        Assert.Equal(numbers, (decimal[])[one.OpenTimeUnixSeconds, one.Open, one.High, one.Low, one.Close, one.Volume]);
    }

    [SharedDataFact]
    public async Task kraken_says_that_it_has_no_older_candles()
    {
        await using var server = await LocalServer.StartAsync(
            LocalServer.Answer(200, await File.ReadAllTextAsync(SharedData.Path("api-fixtures/kraken/nautilus_http_ohlc.json"))));
        var (code, _, errors) = await CliProgram.RunHereAsync("data", "download", "--exchange", "kraken", "--symbol", "BTC-USDT",
            "--from", "2024-01-01", "--output", Path.Combine(_folder, "a.csv"), "--set", $"SourceAddresses=kraken={server.Address}");
        Assert.Equal(2, code);
        Assert.Contains("kraken: it gives its last 720 candles alone, these since 2025-11-10 12:17 UTC", errors, StringComparison.Ordinal);
    }

    private Task<CliProgram.Result> DownloadAsync(LocalServer server, string name, string from, string to, params string[] more) =>
        CliProgram.RunHereAsync(["data", "download", "--from", from, "--to", to, "--interval", "1h",
            "--output", Path.Combine(_folder, name), "--archive", $"{server.Address}", "--set", $"SourceAddresses=binance={server.Address}",
            .. more.Length > 0 ? more : ["--symbol", "BTC-USD"]]);

    private List<Candle> Candles(string name)
    {
        using var source = MarketFiles.Open([Path.Combine(_folder, name)]);
        return [.. source.All()];
    }

    private static List<Candle> Expected(int hours) => [.. Enumerable.Range(0, hours).Select(hour => At(February.AddHours(hour)))];

    // February is in the archive, later hours are answered by the interface.
    private static async Task BinanceAsync(HttpContext context, bool damaged = false, bool refuses = false)
    {
        var path = $"{context.Request.Path}";
        var zip = Zip([.. Expected(29 * 24).Select(candle => Row(candle, unit: 1_000_000))]);
        if (path == "/data/spot/monthly/klines/BTCUSDT/1h/BTCUSDT-1h-2024-02.zip")
            await context.Response.Body.WriteAsync(damaged ? [.. zip, 0] : zip);
        else if (path == "/data/spot/monthly/klines/BTCUSDT/1h/BTCUSDT-1h-2024-02.zip.CHECKSUM")
            await context.Response.WriteAsync($"{Convert.ToHexStringLower(SHA256.HashData(zip))}  BTCUSDT-1h-2024-02.zip\n");
        else if (path == "/api/v3/klines" && refuses)
            context.Response.StatusCode = 451;
        else if (path == "/api/v3/klines")
        {
            long Asked(string name) => long.Parse(context.Request.Query[name]!, CultureInfo.InvariantCulture) / 1000;
            var rows = Enumerable.Range(0, 1000).Select(hour => At(DateTimeOffset.FromUnixTimeSeconds(Asked("startTime")).AddHours(hour)))
                .TakeWhile(candle => candle.OpenTimeUnixSeconds <= Asked("endTime")).Select(candle => $"[{Row(candle, unit: 1000)}]");
            await context.Response.WriteAsync($"[{string.Join(',', rows)}]");
        }
        else
            context.Response.StatusCode = 404;
    }

    private static byte[] Zip(string[] rows)
    {
        using var bytes = new MemoryStream();
        using (var archive = new ZipArchive(bytes, ZipArchiveMode.Create))
        {
            var entry = archive.CreateEntry("BTCUSDT-1h-2024-02.csv");
            // The archive and its checksum are two answers: made two seconds later, it would be another one.
            entry.LastWriteTime = February;
            using var text = entry.Open();
            text.Write(Encoding.ASCII.GetBytes(string.Join('\n', rows)));
        }
        return bytes.ToArray();
    }

    private static string Row(in Candle candle, long unit) => string.Create(CultureInfo.InvariantCulture,
        $"{candle.OpenTimeUnixSeconds * unit},{candle.Open},{candle.High},{candle.Low},{candle.Close},{candle.Volume},"
        + $"{(candle.OpenTimeUnixSeconds + Hour) * unit - 1},{candle.Volume * candle.Close},7,1,2,0");

    private static Candle At(DateTimeOffset open)
    {
        var price = 40_000 + (decimal)(open.ToUnixTimeSeconds() / Hour % 97) / 4;
        return new(open.ToUnixTimeSeconds(), price, price + 9.5m, price - 7.25m, price + 3, 12.5m);
    }
}
