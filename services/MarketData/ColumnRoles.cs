using System.Globalization;

namespace Trading.MarketData;

/// <summary>Which column of a table is what.</summary>
/// <param name="Kind">What a row is, in words, for example Binance klines.</param>
/// <param name="IsTrades">Whether a row is a trade and not a candle.</param>
/// <param name="Places">The place of each role.</param>
/// <param name="Time">How instants are written.</param>
/// <param name="Symbol">The symbol that all rows name; null where none does.</param>
internal sealed record ColumnRoles(
    string Kind, bool IsTrades, IReadOnlyDictionary<string, int> Places, FieldTime Time, string? Symbol)
{
    private const int KlineFields = 12;

    private static readonly string[] TimeNames =
    [
        "opentimeunixs", "opentimeunixms", "opentime", "opentimestamp", "timestamp", "unixtimestamp", "unix", "unixtime", "unixs", "unixms",
        "datetime", "gmttime", "utctime", "tradetimeunixms", "tradetime", "time", "date", "ts", "t",
        "start", "starttime", "begin", "day", "index", "",
    ];

    private static readonly string[] QuoteVolumes = ["usd", "usdt", "usdc", "eur", "gbp", "currency", "quote", "busd", "krw", "jpy"];

    /// <summary>Whether rows say what takers bought: of a candle's volume, or by who of a trade was the maker.</summary>
    public bool HasFlow => Places.ContainsKey(IsTrades ? "maker" : "taker");

    /// <summary>Finds the roles.</summary>
    /// <exception cref="CandleFileException">They are not clear; the message shows the first rows and what would say it.</exception>
    public static ColumnRoles Find(TextTable table, ReadOptions options)
    {
        if (table.Sample.Count == 0)
            throw new CandleFileException($"{table.Name} has a header and no row");
        var rows = table.Sample;
        var places = options.Columns is { } said ? new Dictionary<string, int>(said)
            : table.Header is { } header ? ByName(table, header, rows) : ByContent(table, rows, options);
        if (places.FirstOrDefault(place => place.Value >= table.FieldCount) is { Key: { } beyond })
            throw new CandleFileException(
                $"{table.Name} has {table.FieldCount} columns, --columns {beyond}={places[beyond]} would be another (the first is 0)");
        var trades = options.Format is { } format ? format == "trades" : !places.ContainsKey("close");
        string[] needed = trades ? ["time", "price"] : ["time", "open", "high", "low", "close"];
        if (needed.FirstOrDefault(role => !places.ContainsKey(role)) is { } missing)
            throw table.Unclear($"no column is the {missing} of {(trades ? "trades" : "candles")}");
        var (flow, whole) = trades ? ("maker", "quantity") : ("taker", "volume");
        if (places.TryGetValue(flow, out var at) && !places.ContainsKey(whole))
            throw table.Unclear($"{flow}={at} says what takers bought of the {whole}, and no column is that");
        var fields = rows.Select(row => Instant(row, places)).ToList();
        var time = FieldTime.Find(fields, options.TimeUnit, out var unclear)
            ?? throw table.Unclear(unclear ?? $"the column {places["time"]} holds no instants that are known, such as {fields[0]}");
        // A market that moves threefold within most candles is none: a volume stands where a price should.
        if (!trades && options.Columns is null && !table.IsHouse && IsWild(rows, places["high"], places["low"]))
            throw table.Unclear("its highs are more than three times its lows, so its columns are not what their names say");
        return new(Describe(table, trades, places), trades, places, time, SymbolOf(table, rows));
    }

    /// <summary>The text of a row's instant: one column, or a date and a time of day.</summary>
    private static string Instant(string[] row, Dictionary<string, int> places) =>
        places.TryGetValue("date", out var date) ? $"{row[date]} {row[places["time"]]}" : row[places["time"]];

    private static string Normal(string name) => string.Concat(name.ToLowerInvariant().Where(char.IsAsciiLetterOrDigit));

    private static Dictionary<string, int> ByName(TextTable table, string[] header, List<string[]> rows)
    {
        var names = header.Select(Normal).ToArray();
        var places = new Dictionary<string, int>();
        void Take(string role, params string[] wanted)
        {
            foreach (var name in wanted)
            {
                if (Array.IndexOf(names, name) is >= 0 and var place && !places.ContainsKey(role))
                    places[role] = place;
            }
        }
        Take("open", "open", "openprice", "o", "first", "priceopen");
        Take("high", "high", "highprice", "h", "max", "pricehigh");
        Take("low", "low", "lowprice", "l", "min", "pricelow");
        Take("close", "close", "closeprice", "c", "last", "closelast", "priceclose");
        if (places.ContainsKey("open") && !places.ContainsKey("close"))
            Take("close", "price", "adjclose");
        if (!places.ContainsKey("open"))
        {
            Take("price", "price", "p", "rate", "tradeprice", "px");
            Take("quantity", "quantity", "qty", "amount", "size", "volume", "q", "vol", "baseqty", "basevolume");
        }
        else
        {
            Take("volume", "volume", "vol", "v", "basevolume", "volumebase", "volumefrom", "amount");
            var volumes = Enumerable.Range(0, names.Length).Where(i => names[i].StartsWith("volume", StringComparison.Ordinal)
                && names[i].Length > 6 && !QuoteVolumes.Any(quote => names[i][6..].Contains(quote, StringComparison.Ordinal))).ToList();
            if (!places.ContainsKey("volume") && volumes.Count > 0)
                places["volume"] = volumes[0];
        }
        if (places.ContainsKey("volume"))
            Take("taker", "takerbuyvolume", "takerbuybaseassetvolume", "takerbuybasevolume", "takerbuybaseasset", "takerbuybase",
                "takerbuyvol", "takerbasevol", "takerbasevolume", "tbbaseav");
        if (places.ContainsKey("quantity"))
            Take("maker", "buyerismaker", "isbuyermaker");
        if (TimeNames.Select(name => Array.IndexOf(names, name)).FirstOrDefault(place => place >= 0, -1) is >= 0 and var time)
            places["time"] = time;
        // A day in one column and the time of the day in another.
        var (date, clock) = (Array.FindIndex(names, name => name is "date" or "day" or "dtyyyymmdd"), Array.IndexOf(names, "time"));
        if (date >= 0 && clock >= 0 && rows.All(row => row[clock].Contains(':', StringComparison.Ordinal) || row[clock].Length is 4 or 6)
            && !rows.All(row => row[date].Contains(':', StringComparison.Ordinal)) && !rows.All(row => row[clock].Length > 8))
        {
            (places["date"], places["time"]) = (date, clock);
        }
        if (names.Where(name => name is "open" or "close" or "high" or "low" or "price").GroupBy(name => name)
            .FirstOrDefault(group => group.Count() > 1) is { Key: var twice })
            throw table.Unclear($"two columns are called {twice}");
        return places;
    }

    private static Dictionary<string, int> ByContent(TextTable table, List<string[]> rows, ReadOptions options)
    {
        var columns = Enumerable.Range(0, table.FieldCount).ToArray();
        var numbers = columns.Select(column => rows.Select(row => Number(row[column])).ToArray()).ToArray();
        var why = default(string);
        var time = columns.FirstOrDefault(column =>
        {
            var found = FieldTime.Find([.. rows.Select(row => row[column])], options.TimeUnit, out var unclear);
            why ??= unclear;
            return found is not null && IsClock(numbers[column], found);
        }, -1);
        if (time < 0)
            throw table.Unclear(why ?? "there is no header, and no column holds instants in order");
        var after = columns.Where(column => column > time && numbers[column].All(value => double.IsFinite(value) || double.IsNaN(value))
            && numbers[column].Any(double.IsFinite)).ToArray();
        if (options.Format != "trades" && after.Length >= 4 && after[..4].SequenceEqual(Enumerable.Range(time + 1, 4))
            && Candle(numbers, time + 1) is { } order)
        {
            var places = new Dictionary<string, int>
            {
                ["time"] = time, ["open"] = time + 1 + order[0], ["high"] = time + 1 + order[1], ["low"] = time + 1 + order[2],
                ["close"] = time + 1 + order[3],
            };
            if (after.Length > 4)
                places["volume"] = after.Length == 7 && time == 0 && IsWithin(numbers, places, 5) ? 6 : after[4];
            // Klines: open time, open, high, low, close, volume, close time, quote volume, trades, what takers bought, the same in quote.
            if (table.FieldCount == KlineFields && time == 0
                && numbers[0].Zip(numbers[6], (open, close) => close > open).All(after => after))
                places["taker"] = 9;
            return places;
        }
        if (options.Format != "candles" && Trade(numbers, columns, time) is { } trade)
        {
            var places = new Dictionary<string, int> { ["time"] = time, ["price"] = trade.Price, ["quantity"] = trade.Quantity };
            // Binance's trades and aggregated trades: whether the buyer was the maker follows the time, whether the price was best ends it.
            if (time >= 4 && time + 2 >= table.FieldCount - 1 && time + 1 < table.FieldCount
                && rows.All(row => row[time + 1].ToUpperInvariant() is "TRUE" or "FALSE"))
                places["maker"] = time + 1;
            return places;
        }
        throw table.Unclear("there is no header, and its columns are neither open, high, low and close nor price and quantity");
    }

    // Ids and counts also rise; instants of a market are of this century's first seventy years.
    private static bool IsClock(double[] values, FieldTime time)
    {
        if (time.Unit is "dmy" or "mdy" or "ymd")
            return true;
        var perSecond = time.Unit switch { "s" => 1.0, "ms" => 1e3, "us" => 1e6, _ => 1e9 };
        var (rises, falls) = (0, 0);
        for (var i = 1; i < values.Length; i++)
            (rises, falls) = (rises + (values[i] >= values[i - 1] ? 1 : 0), falls + (values[i] <= values[i - 1] ? 1 : 0));
        return values.All(value => value / perSecond is > 946_684_800 and < 3_155_760_000)
            && Math.Max(rises, falls) * 10 >= (values.Length - 1) * 9;
    }

    // Open, high, low, close as most write them; low, high, open, close (Coinbase); open, close, high, low (Bitfinex).
    private static int[]? Candle(double[][] numbers, int first)
    {
        foreach (var order in (int[][])[[0, 1, 2, 3], [2, 1, 0, 3], [0, 2, 3, 1]])
        {
            var (known, fits) = (0, 0);
            for (var row = 0; row < numbers[first].Length; row++)
            {
                var (open, high, low, close) = (numbers[first + order[0]][row], numbers[first + order[1]][row],
                    numbers[first + order[2]][row], numbers[first + order[3]][row]);
                if (double.IsNaN(open + high + low + close))
                    continue;
                known++;
                fits += high >= Math.Max(open, close) && low <= Math.Min(open, close) && low > 0 && high < low * 10 ? 1 : 0;
            }
            if (known > 0 && fits * 20 >= known * 19)
                return order;
        }
        return null;
    }

    private static bool IsWithin(double[][] numbers, Dictionary<string, int> places, int column)
    {
        for (var row = 0; row < numbers[column].Length; row++)
        {
            var value = numbers[column][row];
            if (value != 0 && (value > numbers[places["high"]][row] || value < numbers[places["low"]][row]))
                return false;
        }
        return true;
    }

    // The price moves little from trade to trade, the quantity much. A third column may be their product, others are ids or marks.
    private static (int Price, int Quantity)? Trade(double[][] numbers, int[] columns, int time)
    {
        var candidates = columns.Where(column => column != time && numbers[column].All(value => double.IsFinite(value) && value > 0)
            && !IsCounter(numbers[column])).ToList();
        foreach (var one in candidates)
        {
            foreach (var other in candidates.Where(other => other > one))
            {
                if (candidates.Any(product => product != one && product != other && Enumerable.Range(0, numbers[one].Length).All(row =>
                    Math.Abs(numbers[one][row] * numbers[other][row] - numbers[product][row]) <= 1e-4 * numbers[product][row])))
                    return Ordered(numbers, one, other);
            }
        }
        return candidates.Count == 2 ? Ordered(numbers, candidates[0], candidates[1]) : null;
    }

    private static (int Price, int Quantity)? Ordered(double[][] numbers, int one, int other)
    {
        var (first, second) = (Roughness(numbers[one]), Roughness(numbers[other]));
        return first * 3 < second ? (one, other) : second * 3 < first ? (other, one) : null;
    }

    private static bool IsWild(List<string[]> rows, int high, int low)
    {
        var known = rows.Select(row => (High: Number(row[high]), Low: Number(row[low])))
            .Where(row => double.IsFinite(row.High) && double.IsFinite(row.Low)).ToList();
        return known.Count(row => row.High > 3 * row.Low) * 2 > known.Count;
    }

    private static double Roughness(double[] values)
    {
        var steps = values.Skip(1).Zip(values, (now, before) => Math.Abs(Math.Log(now / before))).Order().ToList();
        return steps.Count == 0 ? double.NaN : steps.Average();
    }

    private static bool IsCounter(double[] values) =>
        values.Length > 2 && values.All(value => value == Math.Floor(value))
        && values.Zip(values.Skip(1), (a, b) => b >= a).All(rises => rises) && values[0] < values[^1];

    // What is no number, such as the mark of a side, is no candidate for a price.
    private static double Number(string field) => field.Length == 0 || field.Equals("nan", StringComparison.OrdinalIgnoreCase) ? double.NaN
        : double.TryParse(field, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : double.PositiveInfinity;

    private static string Describe(TextTable table, bool trades, Dictionary<string, int> places)
    {
        var what = trades ? "trades" : "candles";
        return (table.Header, table.FieldCount, trades) switch
        {
            (null, 12, false) => "klines of an exchange dump without a header",
            (null, 7, true) when places["time"] == 4 => "trades of an exchange dump without a header",
            (null, 7, false) or (null, 8, false) => "OHLCVT candles without a header",
            (null, var count, _) => string.Create(CultureInfo.InvariantCulture, $"{what} without a header, {count} columns"),
            ({ } header, 12, false) when header.Contains("close_time") => "klines with a header",
            ({ } header, _, false) when header.Contains("Adj Close") => "candles by the header (Yahoo; Close is taken, not Adj Close)",
            _ => $"{what} by the header",
        } + (table.Preamble > 0 ? $" after {table.Preamble} line{(table.Preamble == 1 ? "" : "s")} of other text" : "");
    }

    private static string? SymbolOf(TextTable table, List<string[]> rows)
    {
        var place = table.Header is { } header
            ? Array.FindIndex(header, name => Normal(name) is "symbol" or "pair" or "ticker" or "instrument" or "market") : -1;
        if (place < 0)
            return null;
        var symbols = rows.Select(row => row[place]).Distinct().ToList();
        return symbols.Count == 1 ? symbols[0] : throw new CandleFileException(
            $"{table.Name} holds rows of several symbols ({string.Join(", ", symbols.Take(5))}): one file is one market; "
            + "cut it by its column "
            + table.Header![place]);
    }
}
