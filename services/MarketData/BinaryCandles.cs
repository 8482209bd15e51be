namespace Trading.MarketData;

/// <summary>The rows of a binary table as candles, without text in between.</summary>
internal static class BinaryCandles
{
    private const int MostInstants = 4096;

    /// <summary>Whether the columns that count hold numbers; else they are read as text.</summary>
    public static bool CanRead(BinaryTable table, ColumnRoles roles) =>
        !roles.IsTrades && roles.Time.PerSecond > 0 && !roles.Places.ContainsKey("date")
        && table.Columns[roles.Places["time"]].Whole is not null
        && roles.Places.All(place => table.Columns[place.Value].Words is null);

    /// <summary>Reads all rows; the arguments are those of <see cref="TableCandles.Read"/>.</summary>
    public static CandleRows Read(
        string name, BinaryTable table, ColumnRoles roles, DataNotes notes, List<RefusedRow> refused, List<long> instants)
    {
        BinaryColumn? Column(string role) => roles.Places.TryGetValue(role, out var place) ? table.Columns[place] : null;
        var (times, volumes, perSecond) = (Column("time")!.Whole!, Column("volume"), roles.Time.PerSecond);
        var (opens, highs, lows, closes) = (Column("open")!, Column("high")!, Column("low")!, Column("close")!);
        var (taker, candles) = (Column("taker"), new CandleRows(roles.HasFlow, table.Rows));
        for (var row = 0; row < table.Rows; row++)
        {
            notes.RowsRead++;
            var (open, high, low, close) = (Number(opens, row), Number(highs, row), Number(lows, row), Number(closes, row));
            var volume = volumes is null ? 0 : Number(volumes, row) ?? 0;
            var reason = CandleRow.Check(Math.DivRem(times[row], perSecond, out var rest), rest == 0, open, high, low, close, volume,
                out var candle);
            var bought = taker is null ? null : Number(taker, row);
            if (reason is null && (bought < 0 || bought > volume))
                reason = DroppedRows.TakerNotWithinVolume;
            if (candle.OpenTimeUnixSeconds > 0 && instants.Count < MostInstants && reason is null or DroppedRows.NoPrice)
                instants.Add(candle.OpenTimeUnixSeconds);
            if (reason is null)
            {
                candles.Add(candle, bought, row + 1);
                continue;
            }
            notes.Drop(reason);
            if (refused.Count < CandleFile.RefusedKept)
                refused.Add(new(name, row + 1, $"{reason}: {string.Join(' ', table.Columns.Select(column => column.Text(row)))}"));
        }
        return candles;
    }

    private static decimal? Number(BinaryColumn column, int row) =>
        column.Real is not null ? RealNumber.Exact(column.Real[row])
        : column.Exact is not null ? column.Exact[row] == decimal.MinValue ? null : column.Exact[row]
        : column.Whole![row] == long.MinValue ? null : column.Whole[row];
}
