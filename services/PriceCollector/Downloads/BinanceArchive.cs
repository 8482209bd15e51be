using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using Trading.Core;
using Trading.MarketData;
using Trading.Services.Feeds;

namespace Trading.Services.Downloads;

/// <summary>
/// Binance's public archive of candles: a zip for each month, with its SHA-256 in a file beside it
/// (github.com/binance/binance-public-data). A month appears some days after its end.
/// </summary>
/// <param name="http">The client.</param>
/// <param name="address">Where the archive is.</param>
/// <param name="clock">Waits between tries.</param>
public sealed class BinanceArchive(HttpClient http, Uri address, TimeProvider clock)
{
    /// <summary>Where it is.</summary>
    public const string PublicAddress = "https://data.binance.vision";

    private const int Tries = 3;
    private static readonly TimeSpan FirstWait = TimeSpan.FromSeconds(1);

    // A month of minutes is some megabytes: a line that carries it no faster does not carry it.
    private static readonly TimeSpan MostForFile = TimeSpan.FromMinutes(5);

    /// <summary>
    /// The prices of a month's candles, each at the instant at which its candle closed; null where the archive has no such month.
    /// </summary>
    /// <exception cref="PriceFeedException">It does not answer, or what it sent is not what its checksum says.</exception>
    public async Task<IReadOnlyList<StoredPrice>?> MonthAsync(
        string symbol, int intervalSeconds, DateTime month, CancellationToken cancellation)
    {
        if (!BinanceCandles.Intervals.TryGetValue(intervalSeconds, out var interval))
            return null;
        var asked = SourceSymbol.Of(symbol);
        var pair = asked.Base + BinanceFeed.Currency(asked);
        var name = string.Create(CultureInfo.InvariantCulture, $"{pair}-{interval}-{month:yyyy-MM}.zip");
        var path = $"{address.AbsoluteUri.TrimEnd('/')}/data/spot/monthly/klines/{pair}/{interval}/{name}";
        for (var tried = 1; ; tried++)
        {
            try
            {
                if (await GetAsync(path, cancellation) is not { } zip)
                    return null;
                await CheckAsync(path, name, zip, cancellation);
                return [.. Candles(zip).Select(candle => new StoredPrice(symbol, intervalSeconds,
                    candle.OpenTimeUnixSeconds + intervalSeconds, candle.Close, BinanceFeed.Currency(asked), false, null, null, null,
                    [BinanceFeed.Name]) { Bar = PriceBar.Of(candle) })];
            }
            catch (Exception failure) when (failure is HttpRequestException or IOException or PriceFeedException)
            {
                if (tried == Tries)
                    throw failure as PriceFeedException ?? new(SourceFault.Passing, $"{name}: {failure.Message}", failure);
                await Task.Delay(FirstWait * (1 << (tried - 1)), clock, cancellation);
            }
        }
    }

    private async Task CheckAsync(string path, string name, byte[] zip, CancellationToken cancellation)
    {
        var told = await GetAsync(path + ".CHECKSUM", cancellation)
            ?? throw new PriceFeedException(SourceFault.Lasting, $"{name} has no checksum beside it");
        var expected = System.Text.Encoding.ASCII.GetString(told).Split(' ')[0].Trim();
        var found = Convert.ToHexStringLower(SHA256.HashData(zip));
        if (!expected.Equals(found, StringComparison.OrdinalIgnoreCase))
            throw new PriceFeedException(SourceFault.Lasting, $"{name} arrived damaged: its SHA-256 must be {expected}, was {found}");
    }

    private async Task<byte[]?> GetAsync(string path, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(MostForFile);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellation, limit.Token);
        try
        {
            using var response = await http.GetAsync(new Uri(path), HttpCompletionOption.ResponseHeadersRead, both.Token);
            if (response.StatusCode == HttpStatusCode.NotFound)
                return null;
            response.EnsureSuccessStatusCode();
            return await response.Content.ReadAsByteArrayAsync(both.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new IOException($"it did not arrive within {MostForFile.TotalMinutes:0} minutes");
        }
    }

    private static List<Candle> Candles(byte[] zip)
    {
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, zip);
            using var source = MarketFiles.Open([path], whole: true);
            return [.. source.All()];
        }
        catch (CandleFileException unreadable)
        {
            throw new PriceFeedException(SourceFault.Lasting, $"the archive cannot be read: {unreadable.Message}", unreadable);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
