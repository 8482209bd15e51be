using Trading.Contracts;
using Trading.MarketData;

namespace Trading.Services.Feeds;

/// <summary>
/// Recorded candles as quotes: each candle's close, at the time when the candle closed. Read once, from first to last.
/// </summary>
public sealed class RecordedFeed : IPlayedPrices
{
    /// <summary>Source of these quotes.</summary>
    public const string Name = "recorded";

    private static readonly string[] Currencies = ["USDT", "USDC", "USD", "EUR"];

    private readonly ICandleSource _candles;

    /// <summary>Opens the files.</summary>
    /// <param name="symbol">Symbol of the files, for example BTC-USD.</param>
    /// <param name="paths">The files in the order of their times.</param>
    /// <param name="from">Candles that open before this instant are skipped; null for none.</param>
    /// <param name="to">Candles that open at this instant or later are not read; null for none.</param>
    /// <param name="currency">
    /// Currency of the prices; when null it is taken from the file names (btcusdt: USDT), and else from the symbol.
    /// </param>
    /// <exception cref="CandleFileException">The files cannot be used, or their names have different currencies.</exception>
    public RecordedFeed(string symbol, IReadOnlyList<string> paths, DateTimeOffset? from = null,
        DateTimeOffset? to = null, string? currency = null)
    {
        Symbol = symbol;
        Currency = currency ?? CurrencyOf(symbol, paths);
        _candles = MarketFiles.OpenToPlay(paths, from, to);
    }

    /// <summary>Symbol of the quotes.</summary>
    public string Symbol { get; }

    /// <summary>Currency of the prices.</summary>
    public string Currency { get; }

    /// <summary>Seconds from one quote to the next, without gaps.</summary>
    public int IntervalSeconds => _candles.IntervalSeconds;

    /// <summary>The part that has been read, 0 to 1.</summary>
    public double FractionRead => _candles.FractionRead;

    /// <summary>How many rows have been refused so far.</summary>
    public long RefusedCount => _candles.RefusedCount;

    /// <summary>The first refused rows with their reasons.</summary>
    public IReadOnlyList<RefusedRow> Refused => _candles.Refused;

    /// <summary>The quotes in the order of their times, which rise strictly.</summary>
    /// <exception cref="CandleFileException">A file is damaged, or has no candle in the period.</exception>
    public IEnumerable<Quote> Quotes() => _candles.All().Select(candle => new Quote(
        Name, Currency, candle.Close, Volume24hUsd: null, MarketCapUsd: null, Change24hPercent: null,
        DateTimeOffset.FromUnixTimeSeconds(candle.OpenTimeUnixSeconds + IntervalSeconds)));

    public void Dispose() => _candles.Dispose();

    /// <summary>The currency of files: the one that their names say (btcusdt: USDT), and else that of the symbol.</summary>
    /// <exception cref="CandleFileException">Their names have different currencies.</exception>
    public static string CurrencyOf(string symbol, IReadOnlyList<string> paths)
    {
        var (left, right) = symbol.Split('-') is [var a, var b]
            ? (a, b) : throw new ArgumentException($"a symbol like BTC-USD is expected, was {symbol}");
        var named = paths.Select(path => (Path: path, Currency: Named(path, left) ?? right)).ToList();
        var other = named.Find(file => file.Currency != named[0].Currency);
        return named.Count == 0 ? right
            : other.Path is null ? named[0].Currency
            : throw new CandleFileException(
                $"{other.Path} must be in {named[0].Currency} as {named[0].Path} is, its name says {other.Currency}");
    }

    private static string? Named(string path, string left)
    {
        var name = Path.GetFileName(path).Replace("-", "", StringComparison.Ordinal).Replace("_", "", StringComparison.Ordinal);
        return Currencies.FirstOrDefault(currency => name.Contains(left + currency, StringComparison.OrdinalIgnoreCase));
    }
}
