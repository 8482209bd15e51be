using System.Buffers.Text;
using Trading.Core;

namespace Trading.MarketData;

/// <summary>A row of <see cref="TradeFile"/>.</summary>
internal static class TradeLine
{
    private const int Fields = 6;

    /// <summary>Reads a row as a candle of one trade; false where the row is not a trade.</summary>
    public static bool Parse(ReadOnlySpan<byte> line, out long milliseconds, out Candle trade)
    {
        trade = default;
        milliseconds = 0;
        Span<Range> fields = stackalloc Range[Fields + 1];
        if (Split(line, fields) != Fields
            || !Utf8Parser.TryParse(line[fields[1]], out milliseconds, out var digits) || digits != line[fields[1]].Length
            || milliseconds / 1000 is < CandleCsv.FirstTimeUnixSeconds or >= CandleCsv.EndTimeUnixSeconds
            || !Utf8Parser.TryParse(line[fields[3]], out decimal price, out digits) || digits != line[fields[3]].Length || price <= 0
            || !Utf8Parser.TryParse(line[fields[4]], out decimal quantity, out digits) || digits != line[fields[4]].Length || quantity < 0)
        {
            return false;
        }
        trade = new(milliseconds / 1000, price, price, price, price, quantity);
        return true;
    }

    private static int Split(ReadOnlySpan<byte> line, Span<Range> fields)
    {
        var (count, begin) = (0, 0);
        while (count < fields.Length)
        {
            var length = line[begin..].IndexOf((byte)',');
            fields[count++] = begin..(length < 0 ? line.Length : begin + length);
            if (length < 0)
                break;
            begin += length + 1;
        }
        return count;
    }
}
