using Apache.Arrow;
using Apache.Arrow.Compression;
using Apache.Arrow.Ipc;
using ParquetSharp;
using Trading.MarketData;

namespace Trading.Cli.Data;

/// <summary>
/// Files of Arrow's columns, feather (also compressed) and Parquet, as columns of numbers; the libraries are loaded when a file needs them.
/// </summary>
internal static class ArrowTable
{
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
        properties.UseThreads = true;
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
                ArrowColumn.Of(field.Name, [.. batches.Select(batch => batch.Column(place))], rows))], rows);
        }
        finally
        {
            batches.ForEach(batch => batch.Dispose());
        }
    }
}
