using System.Buffers.Text;
using System.Runtime.CompilerServices;
using System.Text;

namespace Trading.Core;

/// <summary>
/// The text form of candles: one row <c>open_time_unix_s,open,high,low,close,volume</c>, UTF-8, without quotes or spaces.
/// </summary>
public static class CandleCsv
{
    // A year of minutes is read in a tenth of a second, which is less than the runtime takes to notice that a method is hot:
    // compiled fully at once, the first file of a process is read nearly twice as fast.
    private const MethodImplOptions Hot = MethodImplOptions.AggressiveOptimization;

    /// <summary>The first line of every candle file.</summary>
    public const string Header = "open_time_unix_s,open,high,low,close,volume";

    /// <summary>Earliest valid open time: 2000-01-01.</summary>
    public const long FirstTimeUnixSeconds = 946_684_800;

    /// <summary>Open times are below this one: 2100-01-01. A time in milliseconds lies far above it.</summary>
    public const long EndTimeUnixSeconds = 4_102_444_800;

    private const int Fields = 6;
    private const int MostDigitsInUlong = 19;

    /// <summary>
    /// Reads one row, without its line end. Allocates nothing, and takes the digits as they are written, up to the 28 that a decimal holds.
    /// </summary>
    /// <param name="row">The row.</param>
    /// <param name="candle">The candle; meaningless unless the result is <see cref="CandleFault.None"/>.</param>
    /// <returns>The first fault of the row, or <see cref="CandleFault.None"/>.</returns>
    [MethodImpl(Hot)]
    public static CandleFault Parse(ReadOnlySpan<byte> row, out Candle candle)
    {
        candle = default;
        if (row.Count((byte)',') != Fields - 1)
            return CandleFault.FieldCount;

        if (!TakeTime(ref row, out var time)) return CandleFault.Time;
        if (!TakeNumber(ref row, out var open) || open <= 0) return CandleFault.Open;
        if (!TakeNumber(ref row, out var high) || high <= 0) return CandleFault.High;
        if (!TakeNumber(ref row, out var low) || low <= 0) return CandleFault.Low;
        if (!TakeNumber(ref row, out var close) || close <= 0) return CandleFault.Close;
        if (!TakeNumber(ref row, out var volume) || volume < 0) return CandleFault.Volume;
        if (open < low || open > high) return CandleFault.OpenOutsideRange;
        if (close < low || close > high) return CandleFault.CloseOutsideRange;

        candle = new Candle(time, open, high, low, close, volume);
        return CandleFault.None;
    }

    /// <summary>One readable line: what is wrong with a row that <see cref="Parse"/> refused, and what was expected.</summary>
    /// <param name="fault">The answer of <see cref="Parse"/> to this row.</param>
    /// <param name="row">The row.</param>
    public static string Describe(CandleFault fault, ReadOnlySpan<byte> row)
    {
        var fields = Printable(row).Split(',');
        return fault switch
        {
            CandleFault.None => "the row is a candle",
            CandleFault.FieldCount => $"{Fields} fields expected, was {fields.Length}: {Shortened(Printable(row), 60)}",
            CandleFault.Time => $"open time must be whole seconds since 1970, from the year 2000 to 2100, was {Quoted(0)}",
            CandleFault.Open => $"open must be a number above 0, was {Quoted(1)}",
            CandleFault.High => $"high must be a number above 0, was {Quoted(2)}",
            CandleFault.Low => $"low must be a number above 0, was {Quoted(3)}",
            CandleFault.Close => $"close must be a number above 0, was {Quoted(4)}",
            CandleFault.Volume => $"volume must be a number of at least 0, was {Quoted(5)}",
            CandleFault.OpenOutsideRange => $"open must lie from low {fields[3]} to high {fields[2]}, was {fields[1]}",
            CandleFault.CloseOutsideRange => $"close must lie from low {fields[3]} to high {fields[2]}, was {fields[4]}",
            _ => throw new ArgumentOutOfRangeException(nameof(fault), fault, "not a fault of a candle row"),
        };

        string Quoted(int field) => $"\"{Shortened(fields[field], 40)}\"";
    }

    /// <summary>A row as it may be shown: ASCII, with a question mark for every other byte.</summary>
    public static string Printable(ReadOnlySpan<byte> row)
    {
        var text = new StringBuilder(row.Length);
        foreach (var b in row)
            text.Append(b is >= 0x20 and < 0x7f ? (char)b : '?');
        return text.ToString();
    }

    private static string Shortened(string text, int length) => text.Length <= length ? text : text[..length] + "...";

    [MethodImpl(Hot)]
    private static bool TakeTime(ref ReadOnlySpan<byte> rest, out long seconds)
    {
        var parsed = Utf8Parser.TryParse(rest, out seconds, out var length) && length < rest.Length && rest[length] == ',';
        if (parsed)
            rest = rest[(length + 1)..];
        return parsed && seconds is >= FirstTimeUnixSeconds and < EndTimeUnixSeconds;
    }

    /// <summary>Takes the number up to the next comma or the end, and the comma.</summary>
    [MethodImpl(Hot)]
    private static bool TakeNumber(ref ReadOnlySpan<byte> rest, out decimal value)
    {
        ulong digits = 0;
        var i = 0;
        while (i < rest.Length && (uint)(rest[i] - '0') is var digit and <= 9)
        {
            digits = digits * 10 + digit;
            i++;
        }

        var scale = 0;
        if (i > 0 && i < rest.Length && rest[i] == '.')
        {
            var point = i++;
            while (i < rest.Length && (uint)(rest[i] - '0') is var digit and <= 9)
            {
                digits = digits * 10 + digit;
                i++;
            }

            scale = i - point - 1;
        }

        // Plain digits that fit 64 bits are the rule. Signs, exponents and longer numbers are left to the framework.
        if (i is 0 or > MostDigitsInUlong || (i < rest.Length && rest[i] != ','))
            return TakeAnyNumber(ref rest, out value);
        value = new decimal((int)digits, (int)(digits >> 32), 0, isNegative: false, (byte)scale);
        rest = i < rest.Length ? rest[(i + 1)..] : default;
        return true;
    }

    private static bool TakeAnyNumber(ref ReadOnlySpan<byte> rest, out decimal value)
    {
        var comma = rest.IndexOf((byte)',');
        var field = comma < 0 ? rest : rest[..comma];
        rest = comma < 0 ? default : rest[(comma + 1)..];
        return Utf8Parser.TryParse(field, out value, out var length) && length == field.Length;
    }
}
