using System.Buffers.Text;
using System.Runtime.CompilerServices;

namespace Trading.MarketData;

/// <summary>
/// Numbers as files write them: plain, with an exponent, with thousands' commas in quotes, or with K, M or B for volumes.
/// </summary>
internal static class FieldNumber
{
    private const int MostDigits = 19;

    /// <summary>Whether a field stands for no value.</summary>
    public static bool IsNone(ReadOnlySpan<byte> field) =>
        field.IsEmpty || field.SequenceEqual("-"u8) || (field.Length is 3 or 4 && (Equal(field, "nan"u8) || Equal(field, "null"u8)
            || Equal(field, "none"u8) || Equal(field, "n/a"u8)));

    /// <summary>Whether a mark says yes; null where it says neither yes nor no.</summary>
    public static bool? IsTrue(ReadOnlySpan<byte> field) =>
        field.SequenceEqual("1"u8) || Equal(field, "true"u8) ? true
        : field.SequenceEqual("0"u8) || Equal(field, "false"u8) ? false : null;

    /// <summary>Reads a number; false where the field is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static bool TryRead(ReadOnlySpan<byte> field, bool decimalComma, out decimal value)
    {
        ulong digits = 0;
        var (i, point) = (0, -1);
        for (; i < field.Length; i++)
        {
            var c = field[i];
            if ((uint)(c - '0') is var digit and <= 9)
                digits = digits * 10 + digit;
            else if (point < 0 && c == (decimalComma ? (byte)',' : (byte)'.'))
                point = i;
            else
                break;
        }
        if (i != field.Length || i == 0 || i > MostDigits || point == 0)
            return TryOther(field, decimalComma, out value);
        value = new((int)digits, (int)(digits >> 32), 0, false, (byte)(point < 0 ? 0 : i - point - 1));
        return true;
    }

    private static bool TryOther(ReadOnlySpan<byte> field, bool decimalComma, out decimal value)
    {
        value = 0;
        if (field.IsEmpty || field.Length > 64)
            return false;
        var factor = field[^1] switch { (byte)'K' or (byte)'k' => 1000m, (byte)'M' => 1_000_000m, (byte)'B' => 1_000_000_000m, _ => 1m };
        if (factor > 1)
            field = field[..^1];
        Span<byte> plain = stackalloc byte[field.Length];
        var count = 0;
        foreach (var c in field)
        {
            var isPoint = c == (decimalComma ? (byte)',' : (byte)'.');
            if (c is (byte)',' or (byte)'.' && !isPoint)
            {
                // Between groups of three digits only.
                if (count == 0 || !IsGroup(field, decimalComma))
                    return false;
                continue;
            }
            plain[count++] = isPoint ? (byte)'.' : c;
        }
        if (!Utf8Parser.TryParse(plain[..count], out value, out var length) || length != count)
        {
            // Exponents, and more digits than a decimal holds.
            if (!Utf8Parser.TryParse(plain[..count], out double number, out length) || length != count || !(Math.Abs(number) < 1e20))
                return false;
            value = (decimal)number;
        }
        value *= factor;
        return true;
    }

    private static bool IsGroup(ReadOnlySpan<byte> field, bool decimalComma)
    {
        var separator = decimalComma ? (byte)'.' : (byte)',';
        var end = field.IndexOf(decimalComma ? (byte)',' : (byte)'.') is >= 0 and var point ? point : field.Length;
        for (var i = 0; i < end; i++)
        {
            if (field[i] == separator != ((end - i) % 4 == 0))
                return false;
        }
        return true;
    }

    private static bool Equal(ReadOnlySpan<byte> field, ReadOnlySpan<byte> word)
    {
        if (field.Length != word.Length)
            return false;
        for (var i = 0; i < word.Length; i++)
        {
            if ((field[i] | 0x20) != (word[i] | 0x20))
                return false;
        }
        return true;
    }
}
