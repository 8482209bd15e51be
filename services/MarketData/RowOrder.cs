using System.Globalization;
using Trading.Core;

namespace Trading.MarketData;

/// <summary>Brings the rows of files into the order of their times.</summary>
internal static class RowOrder
{
    /// <summary>Brings the rows of a file in the order of their times; notes what had to be done.</summary>
    public static void OfFile(string name, CandleRows rows, DataNotes notes)
    {
        var (rises, falls, candles) = (0L, 0L, rows.Candles);
        for (var i = 1; i < candles.Count; i++)
        {
            var step = candles[i].OpenTimeUnixSeconds - candles[i - 1].OpenTimeUnixSeconds;
            (rises, falls) = (rises + (step > 0 ? 1 : 0), falls + (step < 0 ? 1 : 0));
        }
        if (falls == 0)
            return;
        if (rises == 0)
        {
            notes.Done.Add($"{name}: the newest row comes first; turned around");
            rows.Reverse();
            return;
        }
        notes.Done.Add(string.Create(CultureInfo.InvariantCulture,
            $"{name}: {Math.Min(rises, falls):N0} rows stand before an earlier one; sorted"));
        rows.Sort();
    }

    /// <summary>
    /// Brings the rows of all files in the order of their times. Rows of one time that say the same are one; where they differ, nobody
    /// knows which is right.
    /// </summary>
    /// <param name="all">The rows of one file after the other.</param>
    /// <param name="notes">What had to be done.</param>
    /// <param name="options">Which of two rows of one time counts.</param>
    /// <param name="doubled">Whether there may be several of one time, as of trades.</param>
    /// <exception cref="CandleFileException">Two rows differ, and the options do not say which counts.</exception>
    public static void OfAll(CandleRows all, DataNotes notes, ReadOptions options, bool doubled)
    {
        if (Rises(all.Candles))
            return;
        for (var i = 1; i < all.Candles.Count; i++)
        {
            if (all.Candles[i].OpenTimeUnixSeconds >= all.Candles[i - 1].OpenTimeUnixSeconds)
                continue;
            all.Sort();
            notes.Done.Add("the files were put in the order of their times");
            break;
        }
        if (doubled)
            return;
        var (kept, candles) = (new List<int>(all.Candles.Count), all.Candles);
        var (same, other) = (0L, 0L);
        for (var i = 0; i < candles.Count; i++)
        {
            if (kept.Count == 0 || candles[kept[^1]].OpenTimeUnixSeconds != candles[i].OpenTimeUnixSeconds)
                kept.Add(i);
            else if (all.Same(kept[^1], i))
                same++;
            else if (options.Duplicates is null)
                throw new CandleFileException(
                    $"two rows of {At(candles[i])} differ ({Words(all, kept[^1])} and {Words(all, i)}): "
                    + "--duplicates first or last says which counts");
            else
            {
                other++;
                kept[^1] = options.Duplicates == "last" ? i : kept[^1];
            }
        }
        if (kept.Count < candles.Count)
            all.Keep(kept);
        if (same > 0)
            notes.Drop(DroppedRows.Doubled, same);
        if (other > 0)
            notes.Drop($"of a time that another row has too (the {options.Duplicates} counts)", other);
    }

    private static bool Rises(List<Candle> candles)
    {
        for (var i = 1; i < candles.Count; i++)
        {
            if (candles[i].OpenTimeUnixSeconds <= candles[i - 1].OpenTimeUnixSeconds)
                return false;
        }
        return true;
    }

    /// <summary>The time of a row as text.</summary>
    public static string At(in Candle candle) => Instant(candle.OpenTimeUnixSeconds);

    /// <summary>Seconds since 1970 as text.</summary>
    public static string Instant(long seconds) =>
        DateTimeOffset.FromUnixTimeSeconds(seconds).ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);

    private static string Words(CandleRows rows, int at) => rows.Candles[at] is var candle ? string.Create(CultureInfo.InvariantCulture,
        $"open {candle.Open}, high {candle.High}, low {candle.Low}, close {candle.Close}, volume {candle.Volume}")
        + (rows.Taker is { } taker ? string.Create(CultureInfo.InvariantCulture, $", of which takers bought {taker[at]}") : "") : "";
}
