using System.Globalization;
using Trading.Core;

namespace Trading.MarketData;

/// <summary>Brings the rows of files into the order of their times.</summary>
internal static class RowOrder
{
    /// <summary>The rows of a file by time; notes what had to be done.</summary>
    public static List<Candle> OfFile(string name, List<Candle> rows, DataNotes notes)
    {
        var (rises, falls) = (0L, 0L);
        for (var i = 1; i < rows.Count; i++)
        {
            var step = rows[i].OpenTimeUnixSeconds - rows[i - 1].OpenTimeUnixSeconds;
            (rises, falls) = (rises + (step > 0 ? 1 : 0), falls + (step < 0 ? 1 : 0));
        }
        if (falls == 0)
            return rows;
        if (rises == 0)
        {
            notes.Done.Add($"{name}: the newest row comes first; turned around");
            rows.Reverse();
            return rows;
        }
        notes.Done.Add(string.Create(CultureInfo.InvariantCulture,
            $"{name}: {Math.Min(rises, falls):N0} rows stand before an earlier one; sorted"));
        return [.. rows.OrderBy(row => row.OpenTimeUnixSeconds)];
    }

    /// <summary>
    /// The rows of all files by time. Rows of one time that say the same are one; where they differ, nobody knows which is right.
    /// </summary>
    /// <param name="all">The rows of one file after the other.</param>
    /// <param name="notes">What had to be done.</param>
    /// <param name="options">Which of two rows of one time counts.</param>
    /// <param name="doubled">Whether there may be several of one time, as of trades.</param>
    /// <exception cref="CandleFileException">Two rows differ, and the options do not say which counts.</exception>
    public static List<Candle> OfAll(List<Candle> all, DataNotes notes, ReadOptions options, bool doubled)
    {
        var ordered = all;
        for (var i = 1; i < all.Count; i++)
        {
            if (all[i].OpenTimeUnixSeconds >= all[i - 1].OpenTimeUnixSeconds)
                continue;
            ordered = [.. all.OrderBy(row => row.OpenTimeUnixSeconds)];
            notes.Done.Add("the files were put in the order of their times");
            break;
        }
        if (doubled)
            return ordered;
        var kept = new List<Candle>(ordered.Count);
        var (same, other) = (0L, 0L);
        foreach (var candle in ordered)
        {
            if (kept.Count == 0 || kept[^1].OpenTimeUnixSeconds != candle.OpenTimeUnixSeconds)
                kept.Add(candle);
            else if (kept[^1] == candle)
                same++;
            else if (options.Duplicates is null)
                throw new CandleFileException(
                    $"two rows of {At(candle)} differ ({Words(kept[^1])} and {Words(candle)}): "
                    + "--duplicates first or last says which counts");
            else
            {
                other++;
                kept[^1] = options.Duplicates == "last" ? candle : kept[^1];
            }
        }
        if (same > 0)
            notes.Drop(DroppedRows.Doubled, same);
        if (other > 0)
            notes.Drop($"of a time that another row has too (the {options.Duplicates} counts)", other);
        return kept;
    }

    /// <summary>The time of a row as text.</summary>
    public static string At(in Candle candle) => Instant(candle.OpenTimeUnixSeconds);

    /// <summary>Seconds since 1970 as text.</summary>
    public static string Instant(long seconds) =>
        DateTimeOffset.FromUnixTimeSeconds(seconds).ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);

    private static string Words(in Candle candle) => string.Create(CultureInfo.InvariantCulture,
        $"open {candle.Open}, high {candle.High}, low {candle.Low}, close {candle.Close}, volume {candle.Volume}");
}
