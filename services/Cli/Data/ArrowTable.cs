using System.Runtime.InteropServices;
using Apache.Arrow;
using Apache.Arrow.Compression;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;
using ParquetSharp;
using Trading.MarketData;

namespace Trading.Cli.Data;

/// <summary>
/// Files of Arrow's columns, feather (also compressed) and Parquet, as columns of numbers; the libraries are loaded when a file needs them.
/// </summary>
internal static class ArrowTable
{
    private const int SecondsPerDay = 86_400;

    /// <summary>Reads a feather file.</summary>
    public static BinaryTable Feather(string name, byte[] bytes) => Read(name, "feather", () =>
    {
        using var reader = new ArrowFileReader(new MemoryStream(bytes), new CompressionCodecFactory());
        return Columns(() => reader.ReadNextRecordBatch());
    });

    /// <summary>Reads a Parquet file.</summary>
    public static BinaryTable Parquet(string name, byte[] bytes) => Read(name, "Parquet", () =>
    {
        using var properties = ParquetSharp.Arrow.ArrowReaderProperties.GetDefault();
        properties.BatchSize = 1 << 20;
        using var reader = new ParquetSharp.Arrow.FileReader(new MemoryStream(bytes), arrowProperties: properties);
        using var batches = reader.GetRecordBatchReader();
        // The library has no other way; it reads in place and never waits.
        return Columns(() => batches.ReadNextRecordBatchAsync().AsTask().GetAwaiter().GetResult());
    });

    private static BinaryTable Read(string name, string kind, Func<BinaryTable> read)
    {
        try
        {
            return read();
        }
        catch (Exception damaged) when (damaged is InvalidDataException or IOException or ArgumentException or InvalidOperationException
            or NotSupportedException or NotImplementedException or IndexOutOfRangeException or OverflowException or ParquetException)
        {
            throw new CandleFileException(
                $"{name} is a {kind} file that cannot be read: {damaged.Message.ReplaceLineEndings(" ")}", damaged);
        }
        catch (Exception missing) when (missing is DllNotFoundException or TypeInitializationException or BadImageFormatException)
        {
            throw new CandleFileException(
                $"{name} is a {kind} file, and its library does not run on this system: {missing.Message}", missing);
        }
    }

    private static BinaryTable Columns(Func<RecordBatch?> next)
    {
        var batches = new List<RecordBatch>();
        try
        {
            while (next() is { } batch)
                batches.Add(batch);
            if (batches.Count == 0)
                throw new InvalidDataException("it has no rows");
            var rows = batches.Sum(batch => batch.Length);
            return new([.. batches[0].Schema.FieldsList.Select((field, place) =>
                Column(field.Name, [.. batches.Select(batch => batch.Column(place))], rows))], rows);
        }
        finally
        {
            batches.ForEach(batch => batch.Dispose());
        }
    }

    private static BinaryColumn Column(string name, IArrowArray[] parts, int rows) => parts[0] switch
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
