using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using Trading.Core;
using Trading.MarketData;
using Trading.TestKit.Programs;

namespace Trading.Benchmarks;

/// <summary>
/// Reading a year of minutes from each form of file: megabytes of text a second, and seconds, so that forms without text can be compared.
/// Medians of several rounds.
/// </summary>
public static class ReadingBenchmark
{
    private const int Rounds = 5;
    private const string File = "binance_btcusdt_1m_2024.csv.gz";

    /// <summary>Runs the benchmark.</summary>
    public static async Task<int> RunAsync()
    {
        var path = Path.Combine(Environment.GetEnvironmentVariable("TRADING_DATA") ?? Path.Combine("..", "shared", "data"), File);
        if (!System.IO.File.Exists(path))
        {
            Console.Error.WriteLine($"benchmarks: {path} does not exist; set TRADING_DATA to the folder that holds it");
            return 2;
        }
        var folder = Directory.CreateTempSubdirectory("reading-").FullName;
        try
        {
            // The command also sets what reads binary files.
            var parquet = Path.Combine(folder, "a.parquet");
            if (await CliProgram.RunHereAsync("data", "convert", "--data", path, "--output", parquet) is { Code: not 0 } failed)
                throw new InvalidOperationException(failed.Errors);
            Candle[] candles;
            using (var source = new CandleFile([path]))
                candles = [.. source.Candles()];
            Measure("house CSV, gzip", path, TextBytes(path));
            Measure("house CSV", Save(folder, "house.csv", CandleCsv.Header, candles, candle => Row(candle.OpenTimeUnixSeconds, candle)));
            Measure("klines CSV", Save(folder, "klines.csv", null, candles, candle =>
                $"{Row(candle.OpenTimeUnixSeconds * 1000, candle)},{candle.OpenTimeUnixSeconds * 1000 + 59_999},1,2,3,4,0"));
            Measure("CSV with dates", Save(folder, "dates.csv", "Date,Open,High,Low,Close,Volume", candles, candle =>
                Row(DateTimeOffset.FromUnixTimeSeconds(candle.OpenTimeUnixSeconds).ToString("yyyy-MM-dd HH:mm:ss",
                    CultureInfo.InvariantCulture), candle)));
            Measure("Parquet", parquet, null);
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Measure(string form, string path) => Measure(form, path, new FileInfo(path).Length);

    private static void Measure(string form, string path, long? textBytes)
    {
        var seconds = new List<double>();
        var block = new Candle[4096];
        for (var round = -2; round < Rounds; round++)
        {
            var begin = Stopwatch.GetTimestamp();
            using var source = MarketFiles.Open([path]);
            while (source.Read(block) > 0)
            {
            }
            if (round >= 0)
                seconds.Add(Stopwatch.GetElapsedTime(begin).TotalSeconds);
        }
        var median = seconds.Order().ElementAt(Rounds / 2);
        Console.WriteLine($"{form,-20} {median,8:0.000} s{(textBytes is { } bytes ? $", {bytes / 1e6 / median,6:N0} MB/s of text" : "")}, "
            + $"{new FileInfo(path).Length / 1e6:N1} MB on disk");
    }

    private static string Save(string folder, string name, string? header, Candle[] candles, Func<Candle, string> row)
    {
        var path = Path.Combine(folder, name);
        System.IO.File.WriteAllLines(path, header is null ? candles.Select(row) : candles.Select(row).Prepend(header));
        return path;
    }

    private static string Row<T>(T time, in Candle candle) => string.Create(CultureInfo.InvariantCulture,
        $"{time},{candle.Open},{candle.High},{candle.Low},{candle.Close},{candle.Volume}");

    private static long TextBytes(string path)
    {
        using var text = new GZipStream(System.IO.File.OpenRead(path), CompressionMode.Decompress);
        var (block, total) = (new byte[1 << 16], 0L);
        while (text.Read(block) is > 0 and var count)
            total += count;
        return total;
    }
}
