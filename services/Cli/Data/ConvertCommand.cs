using System.CommandLine;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using Trading.Cli.Backtests;
using Trading.Cli.Shared;
using Trading.Core;
using Trading.MarketData;
using static Trading.Cli.Shared.Words;

namespace Trading.Cli.Data;

/// <summary>Market data of any known form as the house's own CSV, or as Parquet.</summary>
public static class ConvertCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var options = new BacktestOptions();
        var output = new Option<FileInfo>("--output", "-o")
        { Description = "file to write, .csv, .csv.gz or .parquet; one that is there is not touched", HelpName = "file", Required = true }
            .Written();
        var command = new Command("convert",
            $"Reads market data as people have them and writes candles: {CandleCsv.Header}, or the same columns as Parquet.\n"
            + "Example: trading data convert --data BTCUSDT-1m-2024.zip --output btcusdt_1m_2024.csv.gz") { output };
        options.AddFilesTo(command);
        command.SetAction((parsed, cancellation) => BacktestOptions.GuardAsync(async () =>
        {
            var file = parsed.GetValue(output)!;
            if (file.Exists)
                throw new BacktestException($"{file.FullName} is there already: name another file");
            using var source = options.OpenFiles(parsed);
            var part = file.FullName + ".part";
            var count = 0L;
            try
            {
                if (file.Extension == ".parquet")
                {
                    List<Candle> candles = [.. source.All()];
                    count = candles.Count;
                    CandleParquet.Write(part, candles);
                }
                else
                    count = await WriteCsvAsync(part, compressed: file.Extension == ".gz", source, cancellation);
                File.Move(part, file.FullName);
            }
            finally
            {
                File.Delete(part);
            }
            foreach (var line in source.Notes.Lines())
                Console.Error.WriteLine(line);
            if (source.Taker is not null)
                Console.Error.WriteLine("what takers bought is not among these columns: train on order flow from the files themselves");
            Line($"{count:N0} candles of {DataNotes.Words(source.IntervalSeconds)} in {file.FullName}");
            return 0;
        }));
        return command;
    }

    private static async Task<long> WriteCsvAsync(string path, bool compressed, ICandleSource source, CancellationToken cancellation)
    {
        var count = 0L;
        await using var stream = File.Create(path);
        await using var packed = compressed ? new GZipStream(stream, CompressionLevel.Optimal) : (Stream)stream;
        await using var text = new StreamWriter(packed, new UTF8Encoding(false)) { NewLine = "\n" };
        await text.WriteLineAsync(CandleCsv.Header);
        foreach (var candle in source.All())
        {
            cancellation.ThrowIfCancellationRequested();
            await text.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
                $"{candle.OpenTimeUnixSeconds},{candle.Open},{candle.High},{candle.Low},{candle.Close},{candle.Volume}"));
            count++;
        }
        return count;
    }
}
