using Apache.Arrow;
using Apache.Arrow.Types;
using ParquetSharp;
using ParquetSharp.Arrow;
using Trading.Core;
using Trading.MarketData;

namespace Trading.Cli.Data;

/// <summary>
/// Candles as a Parquet file: <c>open_time</c> in milliseconds (UTC), and open, high, low, close and volume. A column is of doubles, as
/// most programs want it, where each of its numbers comes back from them as it was; else of decimals.
/// </summary>
internal static class CandleParquet
{
    private const int MostDecimals = 28, LargestPrecision = 38;

    /// <summary>Writes a file.</summary>
    public static void Write(string path, IReadOnlyList<Candle> candles)
    {
        var time = new TimestampType(Apache.Arrow.Types.TimeUnit.Millisecond, "UTC");
        var times = new TimestampArray.Builder(time).Reserve(candles.Count);
        foreach (var candle in candles)
            times.Append(DateTimeOffset.FromUnixTimeSeconds(candle.OpenTimeUnixSeconds));
        var columns = new List<(Field Field, IArrowArray Values)> { (new("open_time", time, nullable: false), times.Build()) };
        foreach (var (name, of) in new (string, Func<Candle, decimal>)[]
        {
            ("open", candle => candle.Open), ("high", candle => candle.High), ("low", candle => candle.Low),
            ("close", candle => candle.Close), ("volume", candle => candle.Volume),
        })
        {
            var values = Column([.. candles.Select(of)]);
            columns.Add((new(name, values.Data.DataType, nullable: false), values));
        }
        var schema = new Schema([.. columns.Select(column => column.Field)], null);
        using var batch = new RecordBatch(schema, [.. columns.Select(column => column.Values)], candles.Count);
        using var properties = new WriterPropertiesBuilder().Compression(Compression.Zstd).Build();
        using var writer = new FileWriter(path, schema, properties);
        writer.WriteRecordBatch(batch);
        writer.Close();
    }

    private static IArrowArray Column(decimal[] values)
    {
        if (values.All(value => RealNumber.Exact((double)value) == value))
            return new DoubleArray.Builder().Reserve(values.Length).AppendRange(values.Select(value => (double)value)).Build();
        // Zeros at the end of a number are no digits of it.
        var scale = values.Max(value => (value / 1.000000000000000000000000000000000m).Scale);
        var decimals = new Decimal128Array.Builder(new Decimal128Type(LargestPrecision, Math.Min(MostDecimals, (int)scale)));
        foreach (var value in values)
            decimals.Append(value);
        return decimals.Build();
    }
}
