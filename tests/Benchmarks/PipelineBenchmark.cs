using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using MassTransit;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Trading.Contracts;
using Trading.Hosting;
using Trading.Hosting.Settings;
using Trading.Journal.Events;
using Trading.Services;

namespace Trading.Benchmarks;

/// <summary>
/// Decisions per second of the whole chain (collector, predictor, risk manager, executor, in-memory bus, journal with fsync) beside commits
/// per second of one prepared insert on one connection to the same server. Rounds of both take turns, so that the machine's moods hit both;
/// medians are printed.
/// </summary>
public static class PipelineBenchmark
{
    private const int Rounds = 7;
    private const int PricesPerRound = 2000;
    private const long BeginUnixSeconds = 1_709_251_200;
    private static readonly TimeSpan InsertRound = TimeSpan.FromSeconds(2);

    /// <summary>Runs the benchmark.</summary>
    public static async Task<int> RunAsync()
    {
        var folder = Directory.CreateTempSubdirectory("trading-benchmark-");
        // As root, the server runs as another user, who has to reach its folder.
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(folder.FullName, (UnixFileMode)0b111_101_101);
        try
        {
            var settings = Recorded(folder.FullName);
            await using var server = await JournalServer.StartAsync(settings, TimeProvider.System.GetUtcNow(),
                NullLogger.Instance, CancellationToken.None);

            var (inserts, decisions, latencies) = (new List<double>(), new List<double>(), new List<double>());
            for (var round = -1; round < Rounds; round++)
            {
                var insertRate = await InsertAsync(server.ConnectionString);
                var (rate, latency) = await DecideAsync(settings, server.ConnectionString, round + 1);
                if (round < 0)
                    continue; // the first round warms both up
                inserts.Add(insertRate);
                decisions.Add(rate);
                latencies.AddRange(latency);
                Print($"round {round + 1}: {rate,7:N0} decisions/s beside {insertRate,7:N0} inserts/s, ratio {rate / insertRate:0.00}");
            }

            var ratios = decisions.Zip(inserts, (decision, insert) => decision / insert).ToList();
            Print($"decisions with the journal on   {Quantile(decisions, 0.5),9:N0} /s (median of {Rounds} rounds of {PricesPerRound:N0} "
                + "prices)");
            Print($"one prepared insert, committed  {Quantile(inserts, 0.5),9:N0} /s (same server, one connection)");
            Print($"ratio                           {Quantile(ratios, 0.5),9:0.00}   (aim: 0.50 or more)");
            Print($"price to decision               {Quantile(latencies, 0.5),9:0.00} ms p50, {Quantile(latencies, 0.99):0.00} ms p99 "
                + "(aim: p99 under 25 ms)");
            return 0;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Settings for a recorded run, with its data and a private journal in a folder.</summary>
    internal static TradingSettings Recorded(string folder)
    {
        // Real minutes where they are at hand: how often the system trades decides what a decision costs.
        var recorded = Path.Combine(Environment.GetEnvironmentVariable("TRADING_DATA") ?? Path.Combine("..", "shared", "data"),
            "binance_btcusdt_1m_2024.csv.gz");
        var candles = File.Exists(recorded) ? recorded : WriteCandles(folder);
        Print($"prices: {(candles == recorded ? "Binance BTCUSDT minutes from 2024-03-01" : "a generated random walk")}");
        var begin = DateTimeOffset.FromUnixTimeSeconds(BeginUnixSeconds);
        return new()
        {
            Feed = FeedKind.Recorded,
            Data = [candles],
            From = begin,
            To = begin.AddMinutes(PricesPerRound),
            Journal = JournalKind.Local,
            JournalFolder = Path.Combine(folder, "postgres"),
            HttpPort = 0
        };
    }

    internal static async Task<double> InsertAsync(string connectionString)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using (var create = new NpgsqlCommand(
            "create table if not exists one_insert (id bigserial primary key, data text not null)", connection))
            await create.ExecuteNonQueryAsync();
        await using var insert = new NpgsqlCommand("insert into one_insert (data) values ($1)", connection)
        { Parameters = { new() { Value = new string('x', 300) } } };
        await insert.PrepareAsync();
        var count = 0;
        var begin = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(begin) < InsertRound)
        {
            await insert.ExecuteNonQueryAsync();
            count++;
        }
        return count / Stopwatch.GetElapsedTime(begin).TotalSeconds;
    }

    private static async Task<(double Rate, IEnumerable<double> LatencyMs)> DecideAsync(
        TradingSettings settings, string connectionString, int round)
    {
        var database = $"round_{round}";
        await using (var admin = new NpgsqlConnection(connectionString))
        {
            await admin.OpenAsync();
            await using var create = new NpgsqlCommand($"create database {database}", admin);
            await create.ExecuteNonQueryAsync();
        }

        var stopwatch = new LatencyWatch();
        var program = new TradingProgram("benchmark", "", trading =>
        {
            trading.AddPriceCollector();
            trading.AddPredictor();
            trading.AddRiskManager();
            trading.AddExecutor();
        })
        { Interactive = true };
        await using var app = await TradingHost.BuildAsync(program, new(settings, false),
            new NpgsqlConnectionStringBuilder(connectionString) { Database = database }.ConnectionString);
        app.Services.GetRequiredService<IBusControl>().ConnectPublishObserver(stopwatch);
        var run = app.Services.GetRequiredService<RecordedRun>();
        await app.StartAsync();
        await app.WaitForShutdownAsync();
        if (!run.Completed)
            throw new InvalidOperationException("The recorded run did not complete.");
        return (run.Prices / stopwatch.Elapsed.TotalSeconds, stopwatch.LatenciesMs);
    }

    // A fixed random walk with the steps of Bitcoin's minutes: the same file every time, with enough movement to trade.
    private static string WriteCandles(string folder)
    {
        var random = new Random(20240301);
        var path = Path.Combine(folder, "btcusd_1m.csv");
        using var file = new StreamWriter(path);
        file.WriteLine("open_time_unix_s,open,high,low,close,volume");
        var (time, price, drift) = (BeginUnixSeconds, 62_000m, 0.0);
        for (var minute = 0; minute < PricesPerRound; minute++, time += 60)
        {
            drift = drift * 0.98 + (random.NextDouble() - 0.5) * 0.0003;
            var close = decimal.Round(price * (decimal)(1 + drift + (random.NextDouble() - 0.5) * 0.0006), 2);
            file.WriteLine(
                string.Create(CultureInfo.InvariantCulture, $"{time},{price},{Math.Max(price, close)},{Math.Min(price, close)},{close},1"));
            price = close;
        }
        return path;
    }

    internal static double Quantile(IEnumerable<double> values, double share)
    {
        var sorted = values.Order().ToList();
        return sorted[(int)Math.Min(sorted.Count - 1, share * sorted.Count)];
    }

    private static void Print(string text) => Console.WriteLine(text);
}

/// <summary>
/// Times each price from its publication to that of the decision on it, and to that of the trade, which the journal holds by then.
/// </summary>
public sealed class LatencyWatch : IPublishObserver
{
    private readonly ConcurrentDictionary<Guid, long> _published = new();
    private readonly ConcurrentQueue<double> _latencies = new();
    private readonly ConcurrentDictionary<Guid, long> _approved = new();
    private readonly ConcurrentQueue<double> _tradeLatencies = new();
    private long _first, _last;

    /// <summary>From price to decision, in milliseconds.</summary>
    public IEnumerable<double> LatenciesMs => _latencies;

    /// <summary>From price to trade, in milliseconds.</summary>
    public IEnumerable<double> TradeLatenciesMs => _tradeLatencies;

    /// <summary>From the first price to the last decision.</summary>
    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(_first, _last);

    /// <inheritdoc/>
    public Task PrePublish<T>(PublishContext<T> context)
        where T : class
    {
        if (context.Message is PriceObserved price)
        {
            var now = Stopwatch.GetTimestamp();
            _published[price.PriceId] = now;
            Interlocked.CompareExchange(ref _first, now, 0);
        }
        else if (context.Message is RiskAssessed assessed && _published.TryRemove(assessed.Cause().PriceId, out var published))
        {
            _last = Stopwatch.GetTimestamp();
            if (assessed.Assessment.Verdict == Verdict.Approved)
                _approved[assessed.TradeId] = published;
            _latencies.Enqueue(Stopwatch.GetElapsedTime(published, _last).TotalMilliseconds);
        }
        else if (context.Message is TradeExecuted executed && _approved.TryRemove(executed.TradeId, out var began))
            _tradeLatencies.Enqueue(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task PostPublish<T>(PublishContext<T> context)
        where T : class => Task.CompletedTask;

    /// <inheritdoc/>
    public Task PublishFault<T>(PublishContext<T> context, Exception exception)
        where T : class => Task.CompletedTask;
}
