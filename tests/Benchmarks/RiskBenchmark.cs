using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Trading.Contracts;
using Trading.Core;
using Trading.Hosting;
using Trading.Hosting.Settings;
using Trading.Journal.Events;
using Trading.Services;
using Trading.Services.Exchanges;
using Trading.Services.Feeds;
using Trading.TestKit.Aws;

namespace Trading.Benchmarks;

/// <summary>
/// Risk assessments per second: of one core in memory, approvals and refusals, with the memory that they take; and through the journal,
/// each with its own transaction, by one and by eight replicas that share an account, beside the commits per second of the same server in
/// the same run.
/// </summary>
public static class RiskBenchmark
{
    private const int Rounds = 5;
    private const int DecisionsPerRound = 2_000_000;
    private static readonly TimeSpan JournalRound = TimeSpan.FromSeconds(3);
    private static readonly string[] Sources = ["binance", "coinbase", "kraken"];
    private static readonly string[] Models = ["technical", "bedrock", "huggingface"];
    private static readonly DateTimeOffset Noon = new(2024, 3, 1, 12, 0, 0, TimeSpan.Zero);

    // Every rule is on, as in prod; the amounts are large enough for the account never to run dry.
    private static readonly TradingSettings Settings = TradingSettings.ForProfile("prod")! with
    {
        EnableRealTrading = false,
        StartingCashUsd = 1_000_000_000,
        MaxTradeAmountUsd = 100,
        Quorum = 1,
        MaxOpenOrders = 1_000_000,
        MaxOrdersPerMinute = 1_000_000_000,
        MaxOrdersPerDay = 1_000_000_000,
        DuplicateWindowSeconds = 0,
        MaxUnreviewedExecutions = 0,
        Feed = FeedKind.Recorded,
    };

    /// <summary>Runs the benchmark.</summary>
    public static async Task<int> RunAsync()
    {
        var limits = Settings.Limits();
        var account = Portfolio.Evolve(Portfolio.Evolve(null, new AccountOpened("main", "recorded", Settings.StartingCashUsd, Noon)),
            new LimitsSet(1, limits, "benchmark", "", Noon));
        account = Portfolio.Evolve(account, new TradeSettled(Guid.Empty, "BTC-USD", TradeAction.Buy, 1, 60_000, 60, Noon.AddHours(-1)));
        var prediction = Prediction(0, 60_000);
        InMemory("approvals, every rule on", account, limits, prediction, Verdict.Approved);
        InMemory("refusals (confidence)", account, limits,
            prediction with { Ensemble = prediction.Ensemble! with { Confidence = 0.5, PredictedMovePercent = -3 } }, Verdict.Refused);
        await ThroughTheJournalAsync();
        return 0;
    }

    private static void InMemory(string what, Portfolio account, RiskLimits limits, PredictionMade prediction, Verdict expected)
    {
        var (rates, bytes) = (new List<double>(), 0L);
        Span<RiskCheck> checks = stackalloc RiskCheck[Risk.MostChecks];
        var last = default(RiskDecision);
        for (var round = -1; round < Rounds; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            var begin = Stopwatch.GetTimestamp();
            for (var i = 0; i < DecisionsPerRound; i++)
            {
                // The account is read and the request is made for each decision, as the services and the backtest do.
                var price = 60_000 + i % 100;
                var numbers = RiskAccount.Of(account, "BTC-USD", price, Noon);
                var request = RiskRequest.Of(prediction, limits.Signal.Of(prediction.Ensemble), Noon, false) with { Price = price };
                last = Risk.Decide(numbers, limits, request, checks);
            }
            var rate = DecisionsPerRound / Stopwatch.GetElapsedTime(begin).TotalSeconds;
            bytes = GC.GetAllocatedBytesForCurrentThread() - before;
            if (round >= 0)
                rates.Add(rate);
        }
        if (last.Verdict != expected)
            throw new InvalidOperationException($"The decision was {last.Verdict} ({last.Refusal}), {expected} was to be measured.");
        Print($"{what,-32} {PipelineBenchmark.Quantile(rates, 0.5),12:N0} /s on one core, {last.Checks} checks, "
            + $"{bytes / (double)DecisionsPerRound:0.00} bytes a decision (median of {Rounds} rounds of {DecisionsPerRound:N0})");
    }

    private static async Task ThroughTheJournalAsync()
    {
        var folder = Directory.CreateTempSubdirectory("trading-benchmark-");
        // As root, the server runs as another user, who has to reach its folder.
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(folder.FullName, (UnixFileMode)0b111_101_101);
        try
        {
            var settings = Settings with
            { Journal = JournalKind.Local, JournalFolder = Path.Combine(folder.FullName, "postgres"), Data = ["none"] };
            await using var server = await JournalServer.StartAsync(settings, TimeProvider.System.GetUtcNow(),
                NullLogger.Instance, CancellationToken.None);
            var results = new Dictionary<string, List<double>>
            { ["commits"] = [], ["refused 1"] = [], ["refused 8"] = [], ["approved 1"] = [], ["approved 8"] = [] };
            for (var round = -1; round < Rounds; round++)
            {
                Add("commits", await PipelineBenchmark.InsertAsync(server.ConnectionString));
                foreach (var replicas in new[] { 1, 8 })
                {
                    Add($"refused {replicas}",
                        await DecideAsync(server.ConnectionString, $"refused_{replicas}_{round + 1}", replicas, approve: false));
                    Add($"approved {replicas}",
                        await DecideAsync(server.ConnectionString, $"approved_{replicas}_{round + 1}", replicas, approve: true));
                }

                void Add(string what, double rate)
                {
                    if (round >= 0)
                        results[what].Add(rate);
                }
            }
            var commits = PipelineBenchmark.Quantile(results["commits"], 0.5);
            Print($"{"one prepared insert, committed",-32} {commits,12:N0} /s (same server, one connection)");
            foreach (var (what, rates) in results.Skip(1))
            {
                var rate = PipelineBenchmark.Quantile(rates, 0.5);
                Print($"{what + (what[^1] == '1' ? " replica" : " replicas"),-32} {rate,12:N0} /s through the journal, "
                    + $"{rate / commits:0.00} of the commits (median of {Rounds} rounds)");
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    // What RiskManager does for a prediction: read the account, decide, append decision and reservation in one transaction, again when
    // another replica was faster.
    private static async Task<double> DecideAsync(string server, string name, int replicas, bool approve)
    {
        var database = new NpgsqlConnectionStringBuilder(server) { Database = name };
        await using (var connection = new NpgsqlConnection(server))
        {
            await connection.OpenAsync();
            await using var create = new NpgsqlCommand($"create database {name}", connection);
            await create.ExecuteNonQueryAsync();
        }
        var journals = Enumerable.Range(0, replicas)
            .Select(_ => new TradeJournal(database.ConnectionString, new("benchmark", "0"), TimeProvider.System)).ToList();
        await journals[0].PrepareAsync();
        await journals[0].DecideAsync("main", new OpenAccount("main", "recorded", Settings.StartingCashUsd, Noon),
            "benchmark", CancellationToken.None);
        await journals[0].DecideAsync("main", new SetLimits(Settings.Limits(), "benchmark", "", Noon), "benchmark", CancellationToken.None);
        var (decided, number) = (0L, 0);
        // Each looks at its tables once, as a service does at its start.
        foreach (var journal in journals)
            await DecideAsync(journal, Asked());
        var begin = Stopwatch.GetTimestamp();
        await Task.WhenAll(journals.Select(journal => Task.Run(async () =>
        {
            while (Stopwatch.GetElapsedTime(begin) < JournalRound)
            {
                await DecideAsync(journal, Asked());
                Interlocked.Increment(ref decided);
            }
        })));
        var rate = decided / Stopwatch.GetElapsedTime(begin).TotalSeconds;
        foreach (var journal in journals)
            await journal.DisposeAsync();
        return rate;

        PredictionMade Asked()
        {
            var prediction = Prediction(Interlocked.Increment(ref number), 60_000);
            return approve ? prediction : prediction with { Ensemble = prediction.Ensemble! with { Confidence = 0.8 } };
        }
    }

    private static async Task DecideAsync(TradeJournal journal, PredictionMade prediction)
    {
        var tradeId = DerivedId.Trade(prediction.PredictionId);
        while (true)
        {
            var account = (await journal.AccountAsync("main", CancellationToken.None))!;
            var assessed = new RiskAssessed(tradeId, prediction,
                Risk.Assess(account.State, account.Version, prediction, prediction.Price.ObservedAt));
            List<StreamAppend> appends = [new(Trade.StreamId(tradeId), 0, Trade.Assess(assessed))];
            if (assessed.Assessment.Order is { } order)
            {
                // The order ends at once, so that the account stays as small as it is in service.
                var reserved = Portfolio.Decide(new ReserveFunds(tradeId, order, prediction.Price.ObservedAt), account.State);
                var state = reserved.Aggregate(account.State, Portfolio.Evolve);
                var ended = new Execution(TradeOutcome.Cancelled, "paper", true, DerivedId.ClientOrderId(tradeId), null, 0, 0, 0,
                    "benchmark", prediction.Price.ObservedAt);
                appends.Add(
                    new(account.State.Id, account.Version, [.. reserved, .. Portfolio.Decide(new SettleTrade(tradeId, ended), state)]));
            }
            if (await journal.AppendAsync(appends, new(tradeId, "benchmark"), CancellationToken.None))
                return;
        }
    }

    private static PredictionMade Prediction(int number, decimal price)
    {
        var at = Noon.AddMinutes(5 * number);
        var observed = new PriceObserved(
            DerivedId.Price("BTC-USD", 60, at), "BTC-USD", at, 60, at, price, "USD", null, null, null, false, new(60, 1, 1, ["USD"]),
            [.. Sources.Select(source => new JudgedQuote(new(source, "USD", price, null, null, null, at), null))], []);
        return new(
            DerivedId.Prediction(observed.PriceId), observed,
            new(311, 60_000, 59_000, 0.01, 0.0005, 120, 200, "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"),
            [.. Models.Select(model => new ModelOutput(model, (double)price * 1.03, Direction.Up, 0.9, null))],
            new((double)price * 1.03, 3, Direction.Up, 0.9, 1, 3), 3600, at, at.AddMinutes(10));
    }

    private static void Print(string text) => Console.WriteLine(text);
}
