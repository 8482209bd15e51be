using System.Globalization;
using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Trading.Cli.Backtests;
using Trading.Contracts;
using Trading.Core;
using Trading.Hosting;
using Trading.Hosting.Messaging;
using Trading.Hosting.Settings;
using Trading.Journal.Events;
using Trading.MarketData;
using Trading.Research.Backtests;
using Trading.Services;
using Trading.Services.Feeds;
using Trading.TestKit.Programs;
using Xunit;

namespace Trading.TestKit.Pipeline;

/// <summary>The services of the pipeline in this process, on the in-memory bus and a real database.</summary>
internal static class InProcessSystem
{
    public const string Symbol = "BTC-USD";

    public static readonly DateTimeOffset Start = new(2024, 3, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>The local profile on recorded candles.</summary>
    public static TradingSettings Recorded(string candles) =>
        new() { Feed = FeedKind.Recorded, Data = [candles], HttpPort = 0, SealIntervalSeconds = 0 };

    /// <summary>The local profile where the test itself publishes what happens.</summary>
    public static TradingSettings Told { get; } = new() { Feed = FeedKind.Simulated, HttpPort = 0, SealIntervalSeconds = 0 };

    /// <summary>All four services.</summary>
    public static void Everything(TradingServices trading)
    {
        trading.AddPriceCollector();
        trading.AddPredictor();
        trading.AddRiskManager();
        trading.AddExecutor();
    }

    public static Task<WebApplication> BuildAsync(
        TradingSettings settings, string database, Action<TradingServices> register, WriterKey? writers = null) =>
        TradingHost.BuildAsync(new("test", "", trading =>
        {
            // Kept for a test that fails.
            var log = new LogCapture(LogLevel.Warning);
            TestLogs.Add("host in this process", log.ToString);
            trading.Services.AddLogging(logging => logging.ClearProviders().AddProvider(log));
            // What a test publishes before the queues are subscribed is lost.
            trading.Services.Configure<MassTransitHostOptions>(options =>
                (options.WaitUntilStarted, options.StartTimeout) = (true, HangGuard.Limit));
            register(trading);
        }), new(settings, Verbose: false), database, writers);

    /// <summary>Plays the recorded candles to their end.</summary>
    public static async Task<JournalRecord> PlayAsync(
        TradingSettings settings, string database, Action<TradingServices>? more = null, WriterKey? writers = null)
    {
        await using var app = await BuildAsync(settings, database, trading =>
        {
            Everything(trading);
            more?.Invoke(trading);
        }, writers);
        var run = app.Services.GetRequiredService<RecordedRun>();
        await app.StartAsync();
        await app.WaitForShutdownAsync();
        Assert.True(run.Completed, app.Services.GetRequiredService<EarlyEnd>().Reason?.Message ?? "the run ended before its data");
        return await JournalRecord.ReadAsync(database);
    }

    /// <summary>Stops a host at once, as a crash would: what its consumers have not finished stays unfinished.</summary>
    public static async Task CrashAsync(WebApplication app)
    {
        await app.StopAsync(new CancellationToken(canceled: true)).ContinueWith(_ => { }, TaskScheduler.Default);
        await HangGuard.EndAsync(app);
    }

    /// <summary>The same candles through Core alone, without services, bus or journal.</summary>
    public static (IReadOnlyList<TradeRecord> Trades, Portfolio Account) Fold(TradingSettings settings)
    {
        using var feed = new RecordedFeed(Symbol, settings.Data, settings.From, settings.To);
        var rules = settings.Consensus() with { Quorum = 1, Currencies = [feed.Currency] };
        var opened = Portfolio.Evolve(null, new AccountOpened(settings.Account, "recorded", settings.StartingCashUsd, Start));
        var pipeline = new ReferencePipeline(Symbol, settings.Pipeline(),
            Portfolio.Evolve(opened, new LimitsSet(1, settings.Limits(), "settings", "", Start)),
            accountVersion: 2, settings.NewStrategy());
        var trades = feed.Quotes()
            .Select(quote => Consensus.Of([quote], rules, quote.QuotedAt)
                .ToPrice(Symbol, quote.QuotedAt, settings.PriceIntervalSeconds, quote.QuotedAt, false, []))
            .SelectMany(pipeline.Step)
            .Select(step => new TradeRecord(step.Assessed, step.Executed?.Execution))
            .ToList();
        return (trades, pipeline.Account);
    }

    /// <summary>The same candles through the backtest, filled at once as the paper exchange does.</summary>
    public static BacktestResult Backtest(TradingSettings settings)
    {
        using var candles = new CandleFile(settings.Data, settings.From, settings.To);
        var (backtest, _) = new BacktestPlan(settings, candles.IntervalSeconds, Timing: FillTiming.AtClose).Begin();
        backtest.Add([.. candles.Candles()]);
        return backtest.Result();
    }

    /// <summary>The same candles of several symbols through the backtest, filled at once as the paper exchange does.</summary>
    public static (BacktestResult Whole, IReadOnlyList<BacktestResult> Symbols, IReadOnlyList<PipelineTrader> Traders) SymbolsBacktest(
        TradingSettings settings)
    {
        var candles = new List<(int Symbol, Candle Bar)>();
        for (var symbol = 0; symbol < settings.Symbols.Count; symbol++)
        {
            using var file = new CandleFile(NamedFiles.PathsOf(settings.Data, settings.Symbols[symbol]), settings.From, settings.To);
            candles.AddRange(file.Candles().Select(bar => (symbol, bar)));
        }
        var (backtest, traders) = new BacktestPlan(settings, settings.PriceIntervalSeconds, Timing: FillTiming.AtClose)
            .BeginSeveral(settings.Symbols, _ => null);
        foreach (var together in candles.GroupBy(one => one.Bar.OpenTimeUnixSeconds).OrderBy(group => group.Key))
            backtest.Add([.. together]);
        var (whole, symbols) = backtest.Result();
        return (whole, symbols, traders);
    }

    /// <summary>
    /// Writes a candle for each minute: three waves a day with noise on them. The technical rule buys on the first rise, around minute 150,
    /// and sells on the fall around minute 390.
    /// </summary>
    public static string WriteCandles(string folder, int minutes, int seed)
    {
        var path = Path.Combine(folder, $"btcusd_1m_{minutes}_{seed}.csv");
        var open = WavePrice(new Random(seed), -1);
        var random = new Random(seed);
        using var file = new StreamWriter(path);
        file.WriteLine("open_time_unix_s,open,high,low,close,volume");
        for (var minute = 0; minute < minutes; minute++)
        {
            var close = WavePrice(random, minute);
            file.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{Start.AddMinutes(minute).ToUnixTimeSeconds()},{open},{Math.Max(open, close)},{Math.Min(open, close)},{close},1"));
            open = close;
        }
        return path;
    }

    /// <summary>The waves as prices that a test publishes itself.</summary>
    public static IReadOnlyList<PriceObserved> WavePrices(int minutes, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, minutes).Select(minute => Price(WavePrice(random, minute), Start.AddMinutes(minute)))];
    }

    public static PriceObserved Price(decimal price, DateTimeOffset at, string symbol = Symbol) => new(
        DerivedId.Price(symbol, 60, at), symbol, at, 60, at, price, "USD", null, null, null, Simulated: true, new(60, 1, 1, ["USD"]),
        [new(new Quote("simulated", "USD", price, null, null, null, at), null)], []);

    /// <summary>A prediction that the local limits approve a purchase on.</summary>
    public static PredictionMade Rise(PriceObserved price, double confidence = 0.9)
    {
        var expected = (double)price.Price * 1.01;
        return new(
            DerivedId.Prediction(price.PriceId), price, new WindowSummary(100, null, null, null, null, 0, 0, ""),
            [new ModelOutput("technical", expected, Direction.Up, confidence, null)],
            new EnsemblePrediction(expected, 1, Direction.Up, confidence, 1, 1), 3600, price.ObservedAt,
            price.IntervalStart.AddSeconds(120));
    }

    private static decimal WavePrice(Random random, int minute) =>
        decimal.Round((decimal)(60_000 + 1500 * Math.Sin((minute - 150) * 2 * Math.PI / 480) + 20 * (random.NextDouble() - 0.5)), 2);
}
