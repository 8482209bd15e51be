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
    public static RowPart Read(string name, BinaryTable table, ColumnRoles roles) =>
        RowPart.Read(table.Rows, LeastRowsOfPart, (part, of) =>
            Read(name, table, roles, (int)((long)table.Rows * part / of), (int)((long)table.Rows * (part + 1) / of)));

    private static RowPart Read(string name, BinaryTable table, ColumnRoles roles, int from, int end)
    {
        BinaryColumn? Column(string role) => roles.Places.TryGetValue(role, out var place) ? table.Columns[place] : null;
        var (times, volumes, perSecond) = (Column("time")!.Whole!, Column("volume"), roles.Time.PerSecond);
        var (opens, highs, lows, closes) = (Column("open")!, Column("high")!, Column("low")!, Column("close")!);
        var taker = Column("taker");
        // The first part takes the others up.
        var part = new RowPart(new(roles.HasFlow, from == 0 ? table.Rows : end - from)) { Notes = { RowsRead = end - from } };
        for (var row = from; row < end; row++)
        {
            var (open, high, low, close) = (Number(opens, row), Number(highs, row), Number(lows, row), Number(closes, row));
            var volume = volumes is null ? 0 : Number(volumes, row) ?? 0;
            var reason = CandleRow.Check(Math.DivRem(times[row], perSecond, out var rest), rest == 0, open, high, low, close, volume,
                out var candle);
            var bought = taker is null ? null : Number(taker, row);
            if (reason is null && (bought < 0 || bought > volume))
                reason = DroppedRows.TakerNotWithinVolume;
            if (candle.OpenTimeUnixSeconds > 0 && reason is null or DroppedRows.NoPrice)
                part.Saw(candle.OpenTimeUnixSeconds);
            if (reason is null)
                part.Candles.Add(candle, bought, row + 1);
            else
                Drop(part, name, table, row, reason);
        }
        return part;
    }

    private static void Drop(RowPart part, string name, BinaryTable table, int row, string reason) =>
        part.Drop(name, row + 1, reason, () => string.Join(' ', table.Columns.Select(column => column.Text(row))));

    private static decimal? Number(BinaryColumn column, int row) =>
        column.Real is not null ? RealNumber.Exact(column.Real[row])
        : column.Exact is not null ? column.Exact[row] == decimal.MinValue ? null : column.Exact[row]
        : column.Whole![row] == long.MinValue ? null : column.Whole[row];
}
