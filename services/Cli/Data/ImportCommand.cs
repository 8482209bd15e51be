using System.CommandLine;
using Trading.Cli.Audit;
using Trading.Core;
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
        var files = new Argument<FileInfo[]>("file") { Description = $"candles (\"{CandleCsv.Header}\", .csv or .csv.gz), of which each gives its close when it has closed, or what data export wrote", Arity = ArgumentArity.OneOrMore };
        var command = new Command("import", "Adds the prices of files to the history; prices that are there stay as they are.\nExample: trading data import btcusdt_1m_2024.csv.gz --symbol BTC-USD") { files };
        options.Act(command, creates: true, async run =>
        {
            var paths = run.Parsed.GetValue(files)!.Select(file => file.FullName).ToList();
            if (paths.FirstOrDefault(path => !File.Exists(path)) is { } absent)
                throw new AuditException($"there is no file {absent}");
            var (read, added) = (0L, 0L);
            var refused = 0L;
            foreach (var (path, prices) in Read(run, paths, count => refused = count))
            {
                await AuditProgress.RunAsync($"prices of {Path.GetFileName(path)}", 0, run.Json, async progress =>
                {
                    foreach (var chunk in prices.Where(price => InRange(run, price)).Chunk(PricesAtOnce))
                    {
                        added += await run.History.BackfillAsync(chunk, run.Cancellation);
                        progress.Report(read += chunk.Length);
                    }
                    return 0;
                });
            }
            if (run.Json)
                AuditRun.Print(new { run.Symbol, Read = read, Added = added, RefusedRows = refused });
            else
                Console.WriteLine(Words.Invariant($"{added:N0} of {read:N0} prices of {run.Symbol} were new{(refused > 0 ? $"; {refused:N0} rows are no candles and were left out" : "")}"));
            return AuditOptions.Clean;
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
        using var feed = new RecordedFeed(run.Symbol, [path]);
        // Finer candles than the history's prices give every one of them that is due; coarser ones cannot.
        if (run.IntervalSeconds % feed.IntervalSeconds != 0)
            throw new AuditException($"the candles of {path} are {feed.IntervalSeconds} s apart, which do not make prices of {run.IntervalSeconds} s: --set PriceIntervalSeconds={feed.IntervalSeconds}");
        foreach (var quote in feed.Quotes())
        {
            var at = quote.QuotedAt.ToUnixTimeSeconds();
            if (at % run.IntervalSeconds == 0)
                yield return new(run.Symbol, run.IntervalSeconds, at, quote.Price, feed.Currency, false, null, null, null, [RecordedFeed.Name]);
            refused(feed.RefusedCount);
        }
    }
}
