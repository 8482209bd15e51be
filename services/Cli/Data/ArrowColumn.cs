using System.Runtime.InteropServices;
using Apache.Arrow;
using Apache.Arrow.Types;
using Trading.MarketData;

namespace Trading.Cli.Data;

/// <summary>A column of Arrow as numbers or texts of its rows.</summary>
internal static class ArrowColumn
{
    private const int SecondsPerDay = 86_400;

    /// <summary>A column from its parts, which are all of one kind.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="parts">The parts.</param>
    /// <param name="rows">Rows of all parts together.</param>
    public static BinaryColumn Of(string name, IArrowArray[] parts, int rows) => parts[0] switch
    {
        TimestampArray or Int64Array => new(name, Whole: Values(parts, rows, long.MinValue, (PrimitiveArray<long> part) => part.Values)),
        Date64Array or Date32Array or Int32Array or UInt32Array or UInt64Array or Int16Array or Int8Array =>
            new(name, Whole: Each(parts, rows, Whole)),
        DoubleArray => new(name, Real: Values(parts, rows, double.NaN, (PrimitiveArray<double> part) => part.Values)),
        // A short number is the one that its own shortest text says.
        FloatArray => new(name, Exact: Each(parts, rows, (part, row) =>
            ((FloatArray)part).GetValue(row) is { } value && float.IsFinite(value) ? (decimal)value : decimal.MinValue)),
        Decimal128Array => new(name, Exact: Decimals(parts, rows)),
        StringArray => new(name, Words: Each(parts, rows, (part, row) => (string?)((StringArray)part).GetString(row))),
        LargeStringArray => new(name, Words: Each(parts, rows, (part, row) => (string?)((LargeStringArray)part).GetString(row))),
        _ => new(name, Words: new string?[rows]),
    };

    // Instants stay the numbers that they are: their size tells their unit.
    private static long Whole(IArrowArray part, int row) => part switch
    {
        Date64Array days => days.GetValue(row) ?? long.MinValue,
        Date32Array days => days.GetValue(row) is { } day ? (long)day * SecondsPerDay : long.MinValue,
        Int32Array numbers => numbers.GetValue(row) ?? long.MinValue,
        UInt32Array numbers => numbers.GetValue(row) ?? long.MinValue,
        UInt64Array numbers => numbers.GetValue(row) is { } number ? checked((long)number) : long.MinValue,
        Int16Array numbers => numbers.GetValue(row) ?? long.MinValue,
        Int8Array numbers => numbers.GetValue(row) ?? long.MinValue,
        _ => throw new NotSupportedException($"its column is of the kind {part.GetType().Name}"),
    };

    private delegate ReadOnlySpan<T> ValuesOf<T>(PrimitiveArray<T> part)
        where T : struct, IEquatable<T>;

    private static T[] Values<T>(IArrowArray[] parts, int rows, T none, ValuesOf<T> values)
        where T : struct, IEquatable<T>
    {
        var all = new T[rows];
        var at = 0;
        foreach (var part in parts.Cast<PrimitiveArray<T>>())
        {
            values(part).CopyTo(all.AsSpan(at));
            for (var row = 0; part.NullCount > 0 && row < part.Length; row++)
            {
                if (part.IsNull(row))
                    all[at + row] = none;
            }
            at += part.Length;
        }
        return all;
    }

    private static T[] Each<T>(IArrowArray[] parts, int rows, Func<IArrowArray, int, T> value)
    {
        var all = new T[rows];
        var at = 0;
        foreach (var part in parts)
        {
            for (var row = 0; row < part.Length; row++)
                all[at++] = value(part, row);
        }
        return all;
    }

    private static decimal[] Decimals(IArrowArray[] parts, int rows)
    {
        const int LargestScale = 28;
        var all = new decimal[rows];
        var at = 0;
        foreach (var part in parts.Cast<Decimal128Array>())
        {
            var scale = ((Decimal128Type)part.Data.DataType).Scale;
            var units = MemoryMarshal.Cast<byte, Int128>(part.ValueBuffer.Span).Slice(part.Offset, part.Length);
            for (var row = 0; row < part.Length; row++)
            {
                var number = units[row];
                all[at++] = part.IsNull(row) ? decimal.MinValue
                    : scale is >= 0 and <= LargestScale && Int128.Abs(number) <= ulong.MaxValue
                    ? new((int)(ulong)Int128.Abs(number), (int)((ulong)Int128.Abs(number) >> 32), 0, number < 0, (byte)scale)
                    : part.GetValue(row) ?? decimal.MinValue;
            }
        }
        return all;
    }
}
