using System.Globalization;
using Trading.Cli.Audit;
using Trading.Core;

namespace Trading.Cli.Data;

/// <summary>Prices as text, one line each, as export writes and import reads them.</summary>
public static class PriceCsv
{
    /// <summary>The first line.</summary>
    public const string Header = "time_unix_s,price,quote_currencies,simulated,volume_24h,market_cap,price_change_24h,sources";

    /// <summary>A price as a line. Lists are joined by semicolons.</summary>
    public static string Line(StoredPrice price) => string.Create(CultureInfo.InvariantCulture,
        $"{price.UnixSeconds},{price.Price},{price.QuoteCurrencies.Replace(',', ';')},{(price.Simulated ? "true" : "false")},{price.Volume24hUsd},{price.MarketCapUsd},{price.Change24hPercent},{string.Join(';', price.Sources)}");

    /// <summary>Whether a file begins as an export does.</summary>
    public static bool Is(string path)
    {
        using var file = new StreamReader(path);
        var begin = new char[Header.Length];
        return file.ReadBlock(begin) == begin.Length && begin.AsSpan().SequenceEqual(Header);
    }

    /// <summary>Reads the prices of a file.</summary>
    /// <exception cref="AuditException">A line is no price; the message says which.</exception>
    public static IEnumerable<StoredPrice> Read(string path, string symbol, int intervalSeconds)
    {
        foreach (var (index, line) in File.ReadLines(path).Index().Skip(1))
            yield return Parse(line, symbol, intervalSeconds) ?? throw new AuditException($"{path}, line {index + 1}: must be {Header}, was {line[..Math.Min(80, line.Length)]}");
    }

    private static StoredPrice? Parse(string line, string symbol, int intervalSeconds) =>
        line.Split(',') is [var time, var price, var currencies, var simulated, var volume, var marketCap, var change, var sources]
        && long.TryParse(time, NumberStyles.None, CultureInfo.InvariantCulture, out var at) && at is >= CandleCsv.FirstTimeUnixSeconds and < CandleCsv.EndTimeUnixSeconds
        && Number(price, out var value) && value > 0 && bool.TryParse(simulated, out var made) && Number(volume, out var volume24h) && Number(marketCap, out var capital) && Number(change, out var change24h)
            ? new(symbol, intervalSeconds, at, value!.Value, currencies.Replace(';', ','), made, volume24h, capital, change24h, sources.Split(';', StringSplitOptions.RemoveEmptyEntries))
            : null;

    private static bool Number(string text, out decimal? value)
    {
        value = decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null;
        return value is not null || text.Length == 0;
    }
}
