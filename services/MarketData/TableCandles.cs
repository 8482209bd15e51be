using System.Runtime.CompilerServices;
using Trading.Core;

namespace Trading.MarketData;

/// <summary>The rows of a table as candles, or as trades, in the order of the file.</summary>
internal static class TableCandles
{
    private const int LeastBytesOfPart = 1 << 20;

    /// <summary>Reads all rows; what cannot be used is counted in the notes by reason.</summary>
    /// <param name="table">The table.</param>
    /// <param name="roles">What its columns are.</param>
    public static ReadRows Read(TextTable table, ColumnRoles roles)
    {
        var parts = table.Parts(RowPart.Parts(table.Length, LeastBytesOfPart));
        return RowPart.Read(roles.HasFlow, [.. parts.Select(part => part.Lines)], (rows, part) => Read(rows, parts[part].Table, roles));
    }

    private static void Read(RowPart part, TextTable table, ColumnRoles roles)
    {
        var reader = new Row(table, roles);
        while (table.Next() is >= 0 and var count)
        {
            part.Notes.RowsRead++;
            var (candle, bought) = (default(Candle), default(decimal?));
            var reason = count != table.FieldCount
                ? count < table.FieldCount ? DroppedRows.CutOff : DroppedRows.TooManyFields
                : roles.IsTrades ? reader.Trade(out candle) ?? reader.Maker(candle.Volume, out bought)
                : reader.Candle(out candle) ?? reader.Taker(candle.Volume, out bought);
            if (reader.At > 0 && (reason is null || reason == DroppedRows.NoPrice))
                part.Saw(reader.At);
            if (reason is null)
                part.Add(candle, bought, table.LineNumber);
            else
                part.Drop(table.Name, table.LineNumber, reason, table.Row);
        }
    }

    private sealed class Row
    {
        private readonly TextTable _table;
        private readonly FieldTime _time;
        private readonly int _instant, _date, _open, _high, _low, _close, _volume, _price, _quantity, _taker, _maker;
        private readonly bool _decimalComma;

        public long At { get; private set; }

        public Row(TextTable table, ColumnRoles roles)
        {
            (_table, _time) = (table, roles.Time);
            int Place(string role) => roles.Places.GetValueOrDefault(role, -1);
            (_instant, _date, _open, _high) = (Place("time"), Place("date"), Place("open"), Place("high"));
            (_low, _close, _volume, _price, _quantity) = (Place("low"), Place("close"), Place("volume"), Place("price"), Place("quantity"));
            (_taker, _maker) = (Place("taker"), Place("maker"));
            var price = Math.Max(_close, _price);
            _decimalComma = table.Delimiter != "," && table.Sample.Any(row => row[price].Contains(',', StringComparison.Ordinal)
                && !row[price].Contains('.', StringComparison.Ordinal));
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public string? Candle(out Candle candle)
        {
            candle = default;
            if (!Instant(out var at, out var whole))
                return DroppedRows.NoInstant;
            if (!whole)
                return "whose open time is no whole second";
            if (Price(_open, out var open) is { } first)
                return first;
            if (Price(_high, out var high) is { } second)
                return second;
            if (Price(_low, out var low) is { } third)
                return third;
            if (Price(_close, out var close) is { } fourth)
                return fourth;
            if (!Amount(_volume, out var volume))
                return DroppedRows.NoNumber;
            if (open < low || open > high || close < low || close > high)
                return DroppedRows.NotWithinRange;
            candle = new(at, open, high, low, close, volume);
            return null;
        }

        public string? Trade(out Candle trade)
        {
            trade = default;
            if (!Instant(out var at, out _))
                return DroppedRows.NoInstant;
            if (Price(_price, out var price) is { } fault)
                return fault;
            if (!Amount(_quantity, out var quantity))
                return DroppedRows.NoNumber;
            trade = new(at, price, price, price, price, quantity);
            return null;
        }

        /// <summary>What takers bought of a candle's volume; null where the row does not say.</summary>
        public string? Taker(decimal volume, out decimal? bought)
        {
            bought = null;
            var field = Optional(_taker);
            if (field.IsEmpty)
                return null;
            if (!FieldNumber.TryRead(field, _decimalComma, out var known))
                return DroppedRows.NoNumber;
            if (known < 0 || known > volume)
                return DroppedRows.TakerNotWithinVolume;
            bought = known;
            return null;
        }

        /// <summary>What a taker bought of a trade: all where the seller was the maker.</summary>
        public string? Maker(decimal quantity, out decimal? bought)
        {
            bought = null;
            var field = Optional(_maker);
            if (field.IsEmpty)
                return null;
            if (FieldNumber.IsTrue(field) is not { } buyerIsMaker)
                return DroppedRows.NoMaker;
            bought = buyerIsMaker ? 0 : quantity;
            return null;
        }

        // Empty where there is no such column, or the row has no value in it.
        private ReadOnlySpan<byte> Optional(int column) =>
            column >= 0 && _table.Field(column) is var field && !FieldNumber.IsNone(field) ? field : default;

        private bool Instant(out long at, out bool whole)
        {
            var known = Find(out at, out whole);
            At = known ? at : 0;
            return known;
        }

        private bool Find(out long at, out bool whole)
        {
            if (_date < 0)
                return _time.TryRead(_table.Field(_instant), out at, out whole);
            Span<byte> both = stackalloc byte[64];
            var date = _table.Field(_date);
            var clock = _table.Field(_instant);
            (at, whole) = (0, true);
            if (date.Length + clock.Length + 1 > both.Length)
                return false;
            date.CopyTo(both);
            both[date.Length] = (byte)' ';
            clock.CopyTo(both[(date.Length + 1)..]);
            return _time.TryRead(both[..(date.Length + 1 + clock.Length)], out at, out whole);
        }

        private string? Price(int place, out decimal price)
        {
            var field = _table.Field(place);
            if (FieldNumber.TryRead(field, _decimalComma, out price))
                return CandleRow.WhyNoPrice(price);
            return FieldNumber.IsNone(field) ? DroppedRows.NoPrice : DroppedRows.NoNumber;
        }

        private bool Amount(int place, out decimal amount)
        {
            amount = 0;
            if (place < 0)
                return true;
            var field = _table.Field(place);
            return FieldNumber.TryRead(field, _decimalComma, out amount) ? amount >= 0 : FieldNumber.IsNone(field);
        }
    }
}
