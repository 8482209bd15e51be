using System.CommandLine;
using Trading.Cli.Backtests;
using Trading.Cli.Shared;
using Trading.Core;
using Trading.Hosting.Audit;
using Trading.Services;
using Trading.Services.Downloads;
using Trading.Services.Feeds;

namespace Trading.Cli.Data;

/// <summary>Past candles of an exchange, into a file or the price history.</summary>
public static class DownloadCommand
{
    // Well below what each allows without a key: Binance 3,000 queries of klines a minute, Coinbase 10 a second, Kraken about one.
    private static readonly Dictionary<string, double> QueriesPerSecond = new() { ["binance"] = 10, ["coinbase"] = 5, ["kraken"] = 1 };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var options = new DataOptions();
        var interval = new Option<string>("--interval")
        { Description = "length of a candle, as 1m, 1h or 1d", HelpName = "length", DefaultValueFactory = _ => "1m" };
        var exchange = new Option<string>("--exchange")
        { Description = string.Join(", ", LiveFeeds.Exchanges), HelpName = "name", DefaultValueFactory = _ => LiveFeeds.Exchanges[0] };
        var output = new Option<FileInfo?>("--output", "-o")
        { Description = "file to write, .csv, .csv.gz or .parquet; the price history when left out", HelpName = "file" }
            .Written();
        var archive = new Option<string>("--archive")
        {
            Description = "where Binance's archive of whole months is", HelpName = "url",
            DefaultValueFactory = _ => BinanceArchive.PublicAddress
        };
        var rate = new Option<double?>("--queries-per-second")
        { Description = "most queries in a second; 10 of Binance, 5 of Coinbase, 1 of Kraken when left out", HelpName = "number" };
        var command = new Command("download",
            "Downloads past candles of an exchange into a file or the price history. What was interrupted goes on where it was. Months of "
            + "Binance come from its archive and are checked against its checksums.\n"
            + "Example: trading data download --symbol BTC-USD --from 2020-01-01 --interval 1m --output btc.csv.gz")
        { interval, exchange, output, archive, rate };
        options.Act(command, creates: true, async run =>
        {
            var name = run.Parsed.GetValue(exchange)!;
            if (!LiveFeeds.Exchanges.Contains(name))
                throw new CommandException($"--exchange must be among {string.Join(", ", LiveFeeds.Exchanges)}, was {name}");
            if (run.From is null)
                throw new CommandException("from when on? --from 2020-01-01");
            var pace = run.Parsed.GetValue(rate) ?? QueriesPerSecond[name];
            if (!(pace > 0))
                throw new CommandException($"--queries-per-second must be above 0, was {pace}");
            if (!Uri.TryCreate(run.Parsed.GetValue(archive), UriKind.Absolute, out var place) || place.Scheme is not ("http" or "https"))
                throw new CommandException($"--archive must be a web address, was {run.Parsed.GetValue(archive)}");
            using var http = LiveFeeds.NewHttpClient();
            var download = new CandleDownload(run.Settings.CandlesOf(name, http, TimeProvider.System),
                name == "binance" ? new(http, place, TimeProvider.System) : null, pace, TimeProvider.System);
            return run.Parsed.GetValue(output) is { } file
                ? await ToFileAsync(run, name, download, file) : await ToHistoryAsync(run, name, download);
        }, withoutHistory: parsed => parsed.GetValue(output) is not null,
            intervalSeconds: parsed => BacktestOptions.Seconds("--interval", parsed.GetValue(interval)!));
        return command;
    }

    private static async Task<int> ToFileAsync(DataRun run, string exchange, CandleDownload download, FileInfo file)
    {
        var (from, to) = run.WholeCandles();
        using var kept = new DownloadFile(file, new(exchange, run.Symbol, run.IntervalSeconds, from));
        var begun = kept.Next;
        await CommandProgress.RunAsync("candles", (to - from) / run.IntervalSeconds, run.Json, async progress =>
        {
            await foreach (var (prices, until) in DownloadFault.Named(exchange, download.PartsAsync(
                run.Symbol, run.IntervalSeconds, begun, to, run.Cancellation)))
            {
                await kept.AddAsync(prices);
                progress.Report((until - from) / run.IntervalSeconds);
            }
            return 0;
        });
        var (candles, notes) = kept.Complete();
        foreach (var line in notes)
            Console.Error.WriteLine(line);
        if (run.Json)
            JournalRun.Print(new { run.Symbol, Exchange = exchange, Candles = candles, Resumed = begun > from, File = file.FullName });
        else
            Words.Line($"{candles:N0} candles of {run.Symbol} from {exchange} in {file.FullName}");
        return JournalOptions.Clean;
    }

    // What is there already is not asked for again.
    private static async Task<int> ToHistoryAsync(DataRun run, string exchange, CandleDownload download)
    {
        var (from, to) = run.WholeCandles();
        var times = await run.History.ReadAsync(run.Symbol, run.IntervalSeconds, from + run.IntervalSeconds, to + 1, run.Cancellation)
            .Where(price => price.Bar is not null).Select(price => price.UnixSeconds).ToListAsync(run.Cancellation);
        var gaps = PriceGap.Find(times, run.IntervalSeconds, from + run.IntervalSeconds, to + 1).ToList();
        var (missing, done, got, added) = (gaps.Sum(gap => gap.Count), 0L, 0L, 0L);
        var days = new HashSet<(DateOnly, string)>();
        try
        {
            await CommandProgress.RunAsync("candles", missing, run.Json, async progress =>
            {
                foreach (var gap in gaps)
                {
                    await foreach (var (prices, until) in DownloadFault.Named(exchange, download.PartsAsync(run.Symbol, run.IntervalSeconds,
                        gap.FirstUnixSeconds - run.IntervalSeconds, gap.LastUnixSeconds, run.Cancellation)))
                    {
                        got += prices.Count;
                        var more = await run.History.BackfillAsync(prices, run.Cancellation);
                        if (more > 0)
                            days.UnionWith(PriceCommitments.DaysOf(prices));
                        added += more;
                        progress.Report(done + (until - gap.FirstUnixSeconds) / run.IntervalSeconds + 1);
                    }
                    done += gap.Count;
                }
                return 0;
            });
        }
        finally
        {
            // Under the seal from now on, also what came before something failed: whoever changes one of them is found.
            if (run.Journal is { } journal)
                await PriceCommitments.CommitAsync(journal, run.History, run.Symbol, run.IntervalSeconds, days, CancellationToken.None);
        }
        if (run.Json)
            JournalRun.Print(new { run.Symbol, Exchange = exchange, Missing = missing, Candles = got, Added = added });
        else
            Words.Line(
                $"{got:N0} of {missing:N0} missing candles of {run.Symbol} came from {exchange}, {added:N0} of their prices are new");
        return got == missing ? JournalOptions.Clean : JournalOptions.FoundWrong;
    }
}
