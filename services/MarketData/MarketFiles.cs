using System.Runtime.InteropServices;
using Trading.Core;

namespace Trading.MarketData;

/// <summary>
/// Market data in whatever form people have them: recognised by their content, sorted, merged and without doubled rows where that is
/// unambiguous, with notes of everything that was recognised, done and found missing.
/// </summary>
public static class MarketFiles
{
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
        var (notes, refused, all) = (new DataNotes(), new List<RefusedRow>(), new CandleRows(taker: true));
        var (interval, trades, symbol, flow, without) = (0, default(bool?), default(string), false, default(string));
        foreach (var path in paths)
        {
            foreach (var (name, bytes) in FileContent.Parts(path))
            {
                var binary = Binary(name, bytes);
                var table = TextTable.Open(name, binary?.Sample() ?? Text(name, bytes));
                var roles = ColumnRoles.Find(table, options);
                if (trades is { } before && before != roles.IsTrades)
                    throw new CandleFileException(
                        $"{name} holds {RecognisedFile.Rows(roles)}, the files before it {(before ? "trades" : "candles")}");
                if (symbol is not null && roles.Symbol is not null && roles.Symbol != symbol)
                    throw new CandleFileException($"{name} holds {roles.Symbol}, the files before it {symbol}");
                (trades, symbol) = (roles.IsTrades, roles.Symbol ?? symbol);
                var read = binary is null ? TableCandles.Read(table, roles)
                    : BinaryCandles.CanRead(binary, roles) ? BinaryCandles.Read(name, binary, roles)
                    : TableCandles.Read(TextTable.Open(name, binary.Text()), roles);
                var rows = read.Rows;
                notes.Add(read.Notes);
                refused.AddRange(read.Refused.Take(CandleFile.RefusedKept - refused.Count));
                if (rows.Candles.Count == 0)
                    throw new CandleFileException(
                        $"{name} has no row that can be used{(refused.Count > 0 ? $"; {refused[0].Reason}" : "")}");
                RowOrder.OfFile(name, rows, notes);
                var ofFile = roles.IsTrades ? intervalOfTrades ?? 1 : RecognisedFile.Interval(name, read.Instants);
                if (interval != 0 && ofFile != interval)
                    throw new CandleFileException($"{name} must have candles of {DataNotes.Words(interval)} as the files before it have, "
                        + $"was {DataNotes.Words(ofFile)}");
                interval = ofFile;
                // Of the house's own format there is nothing to say.
                if (options != new ReadOptions() || !table.IsHouse)
                    notes.Recognised.Add(RecognisedFile.Line(name, table, roles, rows.Candles, interval));
                if (rows.Taker is null)
                    without ??= rows.FirstWithout > 0 ? $"{name}, line {rows.FirstWithout}," : name;
                flow |= roles.HasFlow;
                all.Add(rows);
            }
        }
        if (flow && all.Taker is null)
            notes.FlowLeftOut = $"{without} does not say what takers bought: order flow is left out of all of the data";
        RowOrder.OfAll(all, notes, options, doubled: trades == true);
        if (trades == true)
            all = all.Longer(interval);
        return Within(all, interval, notes, refused, options, from, to, earlier, paths);
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

    private static CandleList Within(CandleRows rows, int interval, DataNotes notes, List<RefusedRow> refused, ReadOptions options,
        DateTimeOffset? from, DateTimeOffset? to, bool earlier, IReadOnlyList<string> paths)
    {
        var (begin, end) = (from?.ToUnixTimeSeconds() ?? long.MinValue, to?.ToUnixTimeSeconds() ?? long.MaxValue);
        var candles = rows.Candles;
        var first = earlier ? 0 : Candle.CountBefore(CollectionsMarshal.AsSpan(candles), begin);
        var last = Math.Max(first, Candle.CountBefore(CollectionsMarshal.AsSpan(candles), end));
        if (first == last || candles[last - 1].OpenTimeUnixSeconds < begin)
            throw new CandleFileException(
                $"no candle from {(from is null ? "the start" : RowOrder.Instant(begin))} to "
                + $"{(to is null ? "the end" : RowOrder.Instant(end))} in {string.Join(", ", paths)}; "
                + $"what was read goes from {RowOrder.At(candles[0])} to {RowOrder.At(candles[^1])}");
        notes.RowsUsed = last - first;
        var times = CollectionsMarshal.AsSpan(candles)[first..last];
        for (var i = 1; i < times.Length; i++)
            notes.Between(times[i - 1].OpenTimeUnixSeconds, times[i].OpenTimeUnixSeconds, interval);
        if (options.Strict && !notes.IsClean)
            throw new CandleFileException($"--strict: {string.Join("; ", notes.Lines().Skip(notes.Recognised.Count))}");
        return new(candles, first, last - first, interval, notes, refused,
            rows.Taker is { } taker ? [.. CollectionsMarshal.AsSpan(taker)[first..last]] : null);
    }
}
