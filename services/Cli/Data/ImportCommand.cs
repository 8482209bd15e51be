using System.CommandLine;
using Trading.Cli.Shared;
using Trading.Core;
using Trading.Hosting.Audit;
using Trading.MarketData;
using Trading.Services.Feeds;

namespace Trading.Cli.Data;

/// <summary>Prices from files.</summary>
public static class ImportCommand
{
    private const int PricesAtOnce = 50_000;

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var options = new DataOptions();
        var files = new Argument<FileInfo[]>("file")
        {
            Description = $"candles (\"{CandleCsv.Header}\", .csv or .csv.gz), of which each gives its close when it has closed, "
                + "or what data export wrote",
            Arity = ArgumentArity.OneOrMore
        };
        var command = new Command("import", "Adds the prices of files to the history; prices that are there stay as they are.\n"
            + "Example: trading data import btcusdt_1m_2024.csv.gz --symbol BTC-USD") { files };
        options.Act(command, creates: true, async run =>
        {
            var paths = run.Parsed.GetValue(files)!.Select(file => file.FullName).ToList();
            if (paths.FirstOrDefault(path => !File.Exists(path)) is { } absent)
                throw new CommandException($"there is no file {absent}");
            var (read, added) = (0L, 0L);
            var (refused, days) = (0L, new HashSet<(DateOnly, string)>());
            foreach (var (path, prices) in Read(run, paths, count => refused = count))
            {
                await CommandProgress.RunAsync($"prices of {Path.GetFileName(path)}", 0, run.Json, async progress =>
                {
                    foreach (var chunk in prices.Where(price => InRange(run, price)).Chunk(PricesAtOnce))
                    {
                        var before = added;
                        added += await run.History.BackfillAsync(chunk, run.Cancellation);
                        if (added > before)
                            days.UnionWith(PriceCommitments.DaysOf(chunk));
                        progress.Report(read += chunk.Length);
                    }
                    return 0;
                });
            }
            // Under the seal from now on: whoever changes one of them is found.
            if (run.Journal is { } journal)
                await PriceCommitments.CommitAsync(journal, run.History, run.Symbol, run.IntervalSeconds, days, run.Cancellation);
            if (run.Json)
                JournalRun.Print(new { run.Symbol, Read = read, Added = added, RefusedRows = refused });
            else
                Console.WriteLine(Words.Text($"{added:N0} of {read:N0} prices of {run.Symbol} were ")
                    + Words.Text($"new{(refused > 0 ? $"; {refused:N0} rows are no candles and were not imported" : "")}"));
            return JournalOptions.Clean;
        });
        return command;
    }

    private static bool InRange(DataRun run, StoredPrice price) =>
        price.UnixSeconds >= (run.From?.ToUnixTimeSeconds() ?? 0) && price.UnixSeconds < (run.To?.ToUnixTimeSeconds() ?? long.MaxValue);

    private static IEnumerable<(string Path, IEnumerable<StoredPrice> Prices)> Read(DataRun run, List<string> paths, Action<long> refused)
    {
        foreach (var path in paths)
            yield return (path, PriceCsv.Is(path) ? PriceCsv.Read(path, run.Symbol, run.IntervalSeconds) : Candles(run, path, refused));
    }

    private static IEnumerable<StoredPrice> Candles(DataRun run, string path, Action<long> refused)
    {
        using var source = MarketFiles.Open([path], whole: true);
        var (interval, currency) = (run.IntervalSeconds, RecordedFeed.CurrencyOf(run.Symbol, [path]));
        // Finer candles than the history's prices give every one of them that is due; coarser ones cannot.
        if (interval % source.IntervalSeconds != 0)
            throw new CommandException($"the candles of {path} are {source.IntervalSeconds} s apart, which do not make prices of "
                + $"{interval} s: --set PriceIntervalSeconds={source.IntervalSeconds}");
        var bars = new Resampler(interval);
        foreach (var candle in source.All())
        {
            var at = candle.OpenTimeUnixSeconds + source.IntervalSeconds;
            bars.Add(candle, out _);
            // A price is known where a candle ends; its bar is made of all candles since the price before.
            if (at % interval == 0 && bars.End(out var bar))
                yield return new(run.Symbol, interval, at, candle.Close, currency, false, null, null, null, [RecordedFeed.Name])
                { Bar = PriceBar.Of(bar) };
            refused(source.RefusedCount);
        }
        foreach (var line in source.Notes.Lines())
            Console.Error.WriteLine(line);
    }
}
