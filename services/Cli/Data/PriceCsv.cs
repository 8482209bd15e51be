using System.Globalization;
using Trading.Cli.Shared;
using Trading.Core;

namespace Trading.Cli.Data;

/// <summary>Prices as text, one line each, as export writes and import reads them.</summary>
public static class PriceCsv
{
    /// <summary>The first line.</summary>
    public const string Header = $"{HeaderWithoutBars},open,high,low,volume";

    private const string HeaderWithoutBars =
        "time_unix_s,price,quote_currencies,simulated,volume_24h,market_cap,price_change_24h,sources";

    /// <summary>A price as a line. Lists are joined by semicolons.</summary>
    public static string Line(StoredPrice price) => string.Create(CultureInfo.InvariantCulture,
        $"{price.UnixSeconds},{price.Price},{price.QuoteCurrencies.Replace(',', ';')},{(price.Simulated ? "true" : "false")},"
        + $"{price.Volume24hUsd},{price.MarketCapUsd},{price.Change24hPercent},{string.Join(';', price.Sources)},"
        + $"{price.Bar?.Open},{price.Bar?.High},{price.Bar?.Low},{price.Bar?.Volume}");

    /// <summary>Whether a file begins as an export does.</summary>
    public static bool Is(string path)
    {
        using var file = new StreamReader(path);
        var begin = new char[HeaderWithoutBars.Length];
        return file.ReadBlock(begin) == begin.Length && begin.AsSpan().SequenceEqual(HeaderWithoutBars);
    }

    /// <summary>Reads the prices of a file.</summary>
    /// <exception cref="CommandException">A line is no price; the message says which.</exception>
    public static IEnumerable<StoredPrice> Read(string path, string symbol, int intervalSeconds)
    {
        foreach (var (index, line) in File.ReadLines(path).Index().Skip(1))
            yield return Parse(line, symbol, intervalSeconds)
                ?? throw new CommandException($"{path}, line {index + 1}: must be {Header}, was {line[..Math.Min(80, line.Length)]}");
    }

    // Files of earlier versions have no bars.
    private static StoredPrice? Parse(string line, string symbol, int intervalSeconds) =>
        line.Split(',') is
            [var time, var price, var currencies, var simulated, var volume, var marketCap, var change, var sources, .. var bar]
        && long.TryParse(time, NumberStyles.None, CultureInfo.InvariantCulture, out var at)
        && at is >= CandleCsv.FirstTimeUnixSeconds and < CandleCsv.EndTimeUnixSeconds
        && Number(price, out var value) && value > 0 && bool.TryParse(simulated, out var made) && Number(volume, out var volume24h)
        && Number(marketCap, out var capital) && Number(change, out var change24h)
        && TryBar(bar, out var known)
            ? new(symbol, intervalSeconds, at, value!.Value, currencies.Replace(';', ','), made, volume24h, capital, change24h,
                sources.Split(';', StringSplitOptions.RemoveEmptyEntries))
            { Bar = known }
            : null;

    private static bool TryBar(string[] fields, out PriceBar? bar)
    {
        bar = null;
        if (fields is [] or ["", "", "", ""])
            return true;
        if (fields is not [var first, var highest, var lowest, var traded] || !Number(first, out var open) || !Number(highest, out var high)
            || !Number(lowest, out var low) || !Number(traded, out var volume) || open is not > 0 || high is not > 0 || low is not > 0)
            return false;
        bar = new(open.Value, high.Value, low.Value, volume ?? 0);
        return true;
    }

    private static bool Number(string text, out decimal? value)
    {
        value = decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null;
        return value is not null || text.Length == 0;
    }
}
