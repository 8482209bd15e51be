using System.Globalization;
using Trading.Core;

namespace Trading.MarketData;

/// <summary>
/// Market data in whatever form people have them: recognised by their content, sorted, merged and without doubled rows where that is
/// unambiguous, with notes of everything that was recognised, done and found missing.
/// </summary>
public static class MarketFiles
{
    private const int Day = 86_400;

    /// <summary>How feather files are read; null where this program cannot.</summary>
    public static BinaryTableReader? Feather { get; set; }

    /// <summary>How Parquet files are read; null where this program cannot.</summary>
    public static BinaryTableReader? Parquet { get; set; }

    /// <summary>Opens files of one market.</summary>
    /// <param name="paths">The files, in any order.</param>
    /// <param name="options">What the user says of them.</param>
    /// <param name="intervalOfTrades">Seconds of the candles that trades are made into.</param>
    /// <param name="from">Candles from before this instant are left out; null for none.</param>
    /// <param name="to">Candles from this instant on are left out; null for none.</param>
    /// <param name="earlier">Whether candles from before <paramref name="from"/> come too.</param>
    /// <param name="whole">
    /// Whether everything is read before the first candle is given; else the house format is read on the way, and throws
    /// <see cref="CandleOrderException"/> where its rows are out of order.
    /// </param>
    /// <exception cref="CandleFileException">They cannot be used; the message says which, why, and what would help.</exception>
    public static ICandleSource Open(IReadOnlyList<string> paths, ReadOptions? options = null, int? intervalOfTrades = null,
        DateTimeOffset? from = null, DateTimeOffset? to = null, bool earlier = false, bool whole = false)
    {
        options ??= new();
        if (paths.FirstOrDefault(path => !File.Exists(path)) is { } missing)
            throw new CandleFileException($"{missing} does not exist");
        var streamed = !whole && options == new ReadOptions();
        if (streamed && paths.All(CandleFile.Holds))
            return new CandleFile(InOrder(paths, CandleFile.FirstTime), from, to, earlier);
        if (streamed && paths.All(TradeFile.Holds))
            return new TradeFile(InOrder(paths, TradeFile.FirstTime), intervalOfTrades ?? 1, earlier ? null : from, to);
        return Read(paths, options, intervalOfTrades, from, to, earlier);
    }

    /// <summary>
    /// Opens files of one market that are played for hours: what is wrong with them is known before the first candle is given, and files
    /// of the house format whose rows are in order are not held in memory.
    /// </summary>
    /// <param name="paths">The files, in any order.</param>
    /// <param name="from">Candles from before this instant are left out; null for none.</param>
    /// <param name="to">Candles from this instant on are left out; null for none.</param>
    /// <exception cref="CandleFileException">They cannot be used; the message says which, why, and what would help.</exception>
    public static ICandleSource OpenToPlay(IReadOnlyList<string> paths, DateTimeOffset? from, DateTimeOffset? to)
    {
        // A year of minutes is a quarter of a gigabyte in memory, and half a second to read twice.
        if (paths.All(path => File.Exists(path) && CandleFile.Holds(path)) && RisesToTheEnd(InOrder(paths, CandleFile.FirstTime), from, to))
            return new CandleFile(InOrder(paths, CandleFile.FirstTime), from, to);
        return Open(paths, from: from, to: to, whole: true);
    }

    private static bool RisesToTheEnd(IReadOnlyList<string> paths, DateTimeOffset? from, DateTimeOffset? to)
    {
        try
        {
            using ICandleSource file = new CandleFile(paths, from, to);
            return file.All().All(_ => true);
        }
        catch (Exception wrong) when (wrong is CandleFileException or CandleOrderException)
        {
            return false; // What is wrong, and whether it can be mended, is said by who reads it whole.
        }
    }

    // By their first rows: files are often named in another order than that of their times.
    private static IReadOnlyList<string> InOrder(IReadOnlyList<string> paths, Func<string, long> firstTime) =>
        paths.Count == 1 ? paths : [.. paths.OrderBy(firstTime)];

    private static CandleList Read(IReadOnlyList<string> paths, ReadOptions options, int? intervalOfTrades, DateTimeOffset? from,
        DateTimeOffset? to, bool earlier)
    {
        var (notes, refused, all) = (new DataNotes(), new List<RefusedRow>(), new List<Candle>());
        var (interval, trades, symbol) = (0, default(bool?), default(string));
        foreach (var path in paths)
        {
            foreach (var (name, bytes) in FileContent.Parts(path))
            {
                var binary = Binary(name, bytes);
                var table = TextTable.Open(name, binary?.Sample() ?? Text(name, bytes));
                var roles = ColumnRoles.Find(table, options);
                if (trades is { } before && before != roles.IsTrades)
                    throw new CandleFileException($"{name} holds {Kind(roles)}, the files before it {(before ? "trades" : "candles")}");
                if (symbol is not null && roles.Symbol is not null && roles.Symbol != symbol)
                    throw new CandleFileException($"{name} holds {roles.Symbol}, the files before it {symbol}");
                (trades, symbol) = (roles.IsTrades, roles.Symbol ?? symbol);
                var instants = new List<long>();
                var rows = binary is null ? TableCandles.Read(table, roles, notes, refused, instants)
                    : BinaryCandles.CanRead(binary, roles) ? BinaryCandles.Read(name, binary, roles, notes, refused, instants)
                    : TableCandles.Read(TextTable.Open(name, binary.Text()), roles, notes, refused, instants);
                if (rows.Count == 0)
                    throw new CandleFileException(
                        $"{name} has no row that can be used{(refused.Count > 0 ? $"; {refused[0].Reason}" : "")}");
                var ordered = InOrder(name, rows, notes);
                var ofFile = roles.IsTrades ? intervalOfTrades ?? 1 : Interval(name, instants);
                if (interval != 0 && ofFile != interval)
                    throw new CandleFileException($"{name} must have candles of {DataNotes.Words(interval)} as the files before it have, "
                        + $"was {DataNotes.Words(ofFile)}");
                interval = ofFile;
                // Of the house's own format there is nothing to say.
                if (options != new ReadOptions() || !table.IsHouse)
                    notes.Recognised.Add(Recognised(name, table, roles, ordered, interval));
                all.AddRange(ordered);
            }
        }
        var sorted = Sorted(all, notes, options, doubled: trades == true);
        var candles = trades == true ? Made(sorted, interval) : sorted;
        return Within(candles, interval, notes, refused, options, from, to, earlier, paths);
    }

    private static BinaryTable? Binary(string name, byte[] bytes) => FileContent.Kind(bytes) switch
    {
        ContentKind.Feather => (Feather ?? throw Unable(name, "a feather"))(name, bytes),
        ContentKind.Parquet => (Parquet ?? throw Unable(name, "a Parquet"))(name, bytes),
        _ => null,
    };

    private static byte[] Text(string name, byte[] bytes) => FileContent.Kind(bytes) == ContentKind.Json
        ? JsonRows.ToLines(name, FileContent.Utf8(bytes)) : FileContent.Utf8(bytes);

    private static CandleFileException Unable(string name, string kind) =>
        new($"{name} is {kind} file, which this program does not read: trading data convert makes CSV of it");

    private static string Kind(ColumnRoles roles) => roles.IsTrades ? "trades" : "candles";

    private static List<Candle> InOrder(string name, List<Candle> rows, DataNotes notes)
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

    // The most frequent distance of the first rows; of months, whose days differ, the shortest.
    private static int Interval(string name, List<long> instants)
    {
        instants.Sort();
        var distances = instants.Zip(instants.Skip(1), (one, next) => next - one)
            .Where(distance => distance > 0).GroupBy(distance => distance)
            .OrderByDescending(group => group.Count()).ThenBy(group => group.Key)
            .Select(group => group.Key).ToList();
        if (distances.Count == 0)
            throw new CandleFileException($"{name} must have at least two rows at different times, has {instants.Count}");
        var months = distances.Where(distance => distance is >= 28 * Day and <= 31 * Day).ToList();
        return months.Count > 1 && distances[0] is >= 28 * Day and <= 31 * Day
            ? (int)months.Min() : (int)Math.Min(int.MaxValue, distances[0]);
    }

    private static string Recognised(string name, TextTable table, ColumnRoles roles, List<Candle> rows, int interval)
    {
        string Instant(in Candle row) => DateTimeOffset.FromUnixTimeSeconds(row.OpenTimeUnixSeconds)
            .ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
        var unit = roles.Time.Unit switch
        {
            "s" or "ms" or "us" or "ns" => $"times in {roles.Time.Unit}",
            "dmy" => "dates with the day first",
            "mdy" => "dates with the month first",
            _ => "dates",
        };
        var columns = string.Join(", ", roles.Places.OrderBy(place => place.Value)
            .Select(place => table.Header is { } header && header[place.Value].Length > 0
                ? $"{place.Key}={header[place.Value]}" : $"{place.Key}={place.Value}"));
        return string.Create(CultureInfo.InvariantCulture, $"{Path.GetFileName(name)}: {roles.Kind}; {unit}, UTC; {columns}; ")
            + (roles.Symbol is { } symbol ? $"{symbol}; " : "")
            + string.Create(CultureInfo.InvariantCulture, $"{rows.Count:N0} {Kind(roles)}")
            + (roles.IsTrades ? "" : $" of {DataNotes.Words(interval)}") + $", {Instant(rows[0])} to {Instant(rows[^1])}";
    }

    // Rows of one time that say the same are one; where they differ, nobody knows which is right.
    private static List<Candle> Sorted(List<Candle> all, DataNotes notes, ReadOptions options, bool doubled)
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

    private static List<Candle> Made(List<Candle> trades, int interval)
    {
        var (resampler, candles) = (new Resampler(interval), new List<Candle>());
        foreach (var trade in trades)
        {
            if (resampler.Add(trade, out var done))
                candles.Add(done);
        }
        if (resampler.End(out var last))
            candles.Add(last);
        return candles;
    }

    private static CandleList Within(List<Candle> candles, int interval, DataNotes notes, List<RefusedRow> refused, ReadOptions options,
        DateTimeOffset? from, DateTimeOffset? to, bool earlier, IReadOnlyList<string> paths)
    {
        var (begin, end) = (from?.ToUnixTimeSeconds() ?? long.MinValue, to?.ToUnixTimeSeconds() ?? long.MaxValue);
        var kept = candles.Where(candle => (earlier || candle.OpenTimeUnixSeconds >= begin) && candle.OpenTimeUnixSeconds < end).ToArray();
        if (kept.Length == 0 || kept[^1].OpenTimeUnixSeconds < begin)
            throw new CandleFileException(
                $"no candle from {(from is null ? "the start" : Instant(begin))} to {(to is null ? "the end" : Instant(end))} in "
                + $"{string.Join(", ", paths)}; what was read goes from {At(candles[0])} to {At(candles[^1])}");
        notes.RowsUsed = kept.Length;
        for (var i = 1; i < kept.Length; i++)
            notes.Between(kept[i - 1].OpenTimeUnixSeconds, kept[i].OpenTimeUnixSeconds, interval);
        if (options.Strict && !notes.IsClean)
            throw new CandleFileException($"--strict: {string.Join("; ", notes.Lines().Skip(notes.Recognised.Count))}");
        return new(kept, interval, notes, refused);
    }

    private static string At(in Candle candle) => Instant(candle.OpenTimeUnixSeconds);

    private static string Instant(long seconds) =>
        DateTimeOffset.FromUnixTimeSeconds(seconds).ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);

    private static string Words(in Candle candle) => string.Create(CultureInfo.InvariantCulture,
        $"open {candle.Open}, high {candle.High}, low {candle.Low}, close {candle.Close}, volume {candle.Volume}");
}
