namespace Trading.MarketData;

/// <summary>The rows of a binary table as candles, without text in between.</summary>
internal static class BinaryCandles
{
    private const int LeastRowsOfPart = 20_000;

    /// <summary>Whether the columns that count hold numbers; else they are read as text.</summary>
    public static bool CanRead(BinaryTable table, ColumnRoles roles) =>
        !roles.IsTrades && roles.Time.PerSecond > 0 && !roles.Places.ContainsKey("date")
        && table.Columns[roles.Places["time"]].Whole is not null
        && roles.Places.All(place => table.Columns[place.Value].Words is null);

    /// <summary>Reads all rows; what cannot be used is counted in the notes by reason.</summary>
    public static ReadRows Read(string name, BinaryTable table, ColumnRoles roles)
    {
        var parts = RowPart.Parts(table.Rows, LeastRowsOfPart);
        int Begin(int part) => (int)((long)table.Rows * part / parts);
        return RowPart.Read(roles.HasFlow, [.. Enumerable.Range(0, parts).Select(part => Begin(part + 1) - Begin(part))],
            (rows, part) => Read(rows, name, table, roles, Begin(part), Begin(part + 1)));
    }

    private static void Read(RowPart part, string name, BinaryTable table, ColumnRoles roles, int from, int end)
    {
        BinaryColumn? Column(string role) => roles.Places.TryGetValue(role, out var place) ? table.Columns[place] : null;
        var (times, volumes, perSecond) = (Column("time")!.Whole!, Column("volume"), roles.Time.PerSecond);
        var (opens, highs, lows, closes) = (Column("open")!, Column("high")!, Column("low")!, Column("close")!);
        var taker = Column("taker");
        part.Notes.RowsRead = end - from;
        for (var row = from; row < end; row++)
        {
            var known = Number(opens, row, out var open) & Number(highs, row, out var high)
                & Number(lows, row, out var low) & Number(closes, row, out var close);
            var volume = 0m;
            if (volumes is not null)
                Number(volumes, row, out volume);
            var reason = CandleRow.Check(Math.DivRem(times[row], perSecond, out var rest), rest == 0, known, open, high, low, close, volume,
                out var candle);
            decimal? bought = taker is not null && Number(taker, row, out var some) ? some : null;
            if (reason is null && (bought < 0 || bought > volume))
                reason = DroppedRows.TakerNotWithinVolume;
            if (candle.OpenTimeUnixSeconds > 0 && reason is null or DroppedRows.NoPrice)
                part.Saw(candle.OpenTimeUnixSeconds);
            if (reason is null)
                part.Add(candle, bought, row + 1);
            else
                Drop(part, name, table, row, reason);
        }
    }

    private static void Drop(RowPart part, string name, BinaryTable table, int row, string reason) =>
        part.Drop(name, row + 1, reason, () => string.Join(' ', table.Columns.Select(column => column.Text(row))));

    // False, and the value 0, where the row has no number.
    private static bool Number(BinaryColumn column, int row, out decimal value)
    {
        if (column.Real is { } real)
            return RealNumber.TryExact(real[row], out value);
        var known = column.Exact is { } exact ? exact[row] != decimal.MinValue : column.Whole![row] != long.MinValue;
        value = !known ? 0 : column.Exact?[row] ?? column.Whole![row];
        return known;
    }
}
