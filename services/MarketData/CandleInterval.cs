using Trading.Core;

namespace Trading.MarketData;

/// <summary>Finds the interval of a file's candles.</summary>
internal static class CandleInterval
{
    private const int RowsRead = 4096;

    /// <summary>The most frequent difference between the first rows, in seconds.</summary>
    /// <exception cref="CandleFileException">The file has fewer than two usable rows.</exception>
    public static int Detect(string path)
    {
        using var lines = CandleLines.Open(path, ahead: false);
        var counts = new Dictionary<long, int>();
        var previous = 0L;
        var rows = 0;
        string? firstFault = null;
        while (rows < RowsRead && lines.Next(out var line))
        {
            var fault = CandleCsv.Parse(line, out var candle);
            if (fault != CandleFault.None)
                firstFault ??= $"; line {lines.LineNumber}: {CandleCsv.Describe(fault, line)}";
            else if (candle.OpenTimeUnixSeconds > previous)
            {
                if (rows++ > 0)
                    counts[candle.OpenTimeUnixSeconds - previous] = counts.GetValueOrDefault(candle.OpenTimeUnixSeconds - previous) + 1;
                previous = candle.OpenTimeUnixSeconds;
            }
        }

        if (counts.Count == 0)
            throw new CandleFileException($"{path} must have at least two usable rows, has {rows}{firstFault}");
        var (difference, _) = counts.OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key).First();
        return (int)Math.Min(difference, int.MaxValue);
    }
}
