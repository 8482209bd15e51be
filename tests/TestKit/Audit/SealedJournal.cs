using Npgsql;
using Trading.Core;
using Trading.Hosting.Settings;
using Trading.Journal.Events;
using Trading.Journal.Keys;
using Trading.Journal.Sealing;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.TestKit.Audit;

/// <summary>
/// A journal of more than 10,000 real events, made once a run by the pipeline's fold, with operator's events among them, sealed in several
/// batches; each test gets a copy of its own.
/// </summary>
public sealed class SealedJournal : IAsyncLifetime
{
    /// <summary>Where the price of a decision stands in its event's data, as PostgreSQL names it.</summary>
    public const string Price = "{prediction,price,price}";

    private static readonly Lazy<Task<Made>> Once = new(MakeAsync);
    private Made _made = null!;

    public string KeyFile => _made.KeyFile;

    public SealKey Key => _made.Key;

    /// <summary>Number of events.</summary>
    public long Events => _made.Events;

    /// <summary>
    /// Sequence of a decision in the middle, the first event of its stream and with another event right behind it: what the attacks aim at.
    /// </summary>
    public long Victim => _made.Victim;

    /// <summary>The last checkpoint, as somebody else keeps it.</summary>
    public SignedCheckpoint Anchor => _made.Anchor;

    /// <summary>The checkpoint that the older copy ends with.</summary>
    public SignedCheckpoint OlderAnchor => _made.OlderAnchor;

    public Task<string> CopyAsync() => PostgresServer.CreateDatabaseAsync(_made.Whole);

    /// <summary>The journal as it was when about half of it had been written.</summary>
    public Task<string> OlderCopyAsync() => PostgresServer.CreateDatabaseAsync(_made.Older);

    public async Task InitializeAsync() => _made = await Once.Value;

    public Task DisposeAsync() => Task.CompletedTask;

    private static async Task<Made> MakeAsync()
    {
        var folder = Directory.CreateTempSubdirectory("trading-audit-").FullName;
        TestRun.AtEnd.Add(() => Directory.Delete(folder, recursive: true));
        var keyFile = Path.Combine(folder, "seal.key");
        var key = SealKey.Create(keyFile);
        var whole = await PostgresServer.CreateDatabaseAsync();
        var (older, checkpoints) = ("", new List<SignedCheckpoint>());
        await using var journal = new TradeJournal(whole, new("test", "1.0.0"), TimeProvider.System);
        var database = journal.Database;
        await journal.PrepareAsync();
        var sealer = new Sealer(database, key, TimeProvider.System);
        await sealer.PrepareAsync(default);
        await journal.DecideAsync("main", new OpenAccount("main", "recorded", 10_000, InProcessSystem.Start), "test", default);
        await journal.DecideAsync("main",
            new SetLimits(new TradingSettings().Limits(), "kim", "start", InProcessSystem.Start), "test", default);
        foreach (var (part, steps) in Steps(minutes: 5200).Chunk(1300).Index())
        {
            // An append that was rolled back leaves a gap.
            await ScalarAsync(database, "select nextval('mt_events_sequence')");
            await AppendAsync(journal, steps);
            var at = InProcessSystem.Start.AddDays(part);
            await journal.DecideAsync("main", new HaltTrading("kim", $"pause {part}", at), "test", default);
            await journal.DecideAsync("main", new ResumeTrading("lee", $"goes on {part}", at), "test", default);
            checkpoints.Add((await sealer.SealAsync(default)).Last!);
            if (part == 1)
            {
                // A database that somebody is connected to cannot be copied.
                database.Clear();
                older = await PostgresServer.CopyAsync(whole);
            }
        }
        var events = await ScalarAsync(database, "select count(*) from mt_events");
        var victim = await ScalarAsync(database, $"""
            select min(a.seq_id) from mt_events a join mt_events b on b.stream_id = a.stream_id and b.version = 2 join mt_events c on
            c.seq_id = a.seq_id + 1
            where a.seq_id > 5000 and a.version = 1 and a.data #> '{Price}' is not null
            """);
        Assert.InRange(victim, 5001, 6000); // where a middle batch is
        return new(whole, older, keyFile, key, events, victim, checkpoints[^1], checkpoints[1]);
    }

    /// <summary>A database without a pool, so that it can be copied and dropped.</summary>
    public static NpgsqlDataSource Source(string connectionString) =>
        NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false });

    public static async Task<long> ScalarAsync(NpgsqlDataSource database, string query)
    {
        await using var command = database.CreateCommand(query);
        return Convert.ToInt64(await command.ExecuteScalarAsync(), System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>Runs statements as somebody with every right, who passes by foreign keys too.</summary>
    public static async Task ExecuteAsync(NpgsqlDataSource database, string statements)
    {
        await using var command = database.CreateCommand($"set session_replication_role = replica; {statements}");
        await command.ExecuteNonQueryAsync();
    }

    public Task<Verification> VerifyAsync(NpgsqlDataSource database, params SignedCheckpoint[] outside) =>
        Verifier.VerifyAsync(database, new([Key.Public], outside), null, default);

    private static IEnumerable<PipelineStep> Steps(int minutes)
    {
        var settings = new TradingSettings();
        var opened = Portfolio.Evolve(null, new AccountOpened("main", "recorded", 10_000, InProcessSystem.Start));
        var pipeline = new ReferencePipeline(InProcessSystem.Symbol, settings.Pipeline(),
            Portfolio.Evolve(opened, new LimitsSet(1, settings.Limits(), "kim", "start", InProcessSystem.Start)), accountVersion: 2);
        return InProcessSystem.WavePrices(minutes, seed: 7).SelectMany(pipeline.Step);
    }

    /// <summary>Appends what the services append for these steps; the account is there already.</summary>
    internal static async Task AppendAsync(TradeJournal journal, IEnumerable<PipelineStep> steps)
    {
        var (state, version) = (await journal.AccountAsync("main", default))!;
        var appends = new List<StreamAppend>();
        foreach (var (assessed, executed) in steps)
        {
            var price = assessed.Cause();
            List<object> watched = [.. Portfolio.Decide(new WatchPrice(price.Symbol, price.Price, price.ObservedAt), state)];
            if (watched.Count > 0)
            {
                state = watched.Cast<IAccountEvent>().Aggregate(state, Portfolio.Evolve);
                appends.Add(new(state.Id, version, watched));
                version += watched.Count;
                await FlushAsync();
            }
            List<object> events = [.. Trade.Assess(assessed)];
            appends.Add(new(Trade.StreamId(assessed.TradeId), 0, events));
            if (executed is not null)
            {
                var at = executed.Execution.ExecutedAt;
                var trade = new Trade(assessed.TradeId, assessed.Prediction, assessed.Assessment, null, [], null);
                events.AddRange(Trade.Place(trade, "paper", simulated: true, new TradingSettings().Pipeline().Costs, at));
                events.AddRange(Trade.Close(trade, executed.Execution));
                var booked = new List<object>();
                foreach (var command in new IAccountCommand[] { new ReserveFunds(assessed.TradeId, assessed.Assessment.Order!, at),
                    new SettleTrade(assessed.TradeId, executed.Execution) })
                {
                    foreach (var happened in Portfolio.Decide(command, state))
                    {
                        state = Portfolio.Evolve(state, happened);
                        booked.Add(happened);
                    }
                }
                appends.Add(new(state.Id, version, booked));
                version += booked.Count;
            }
            // The account's events come before the next decision, as they do where it is made.
            if (executed is not null || appends.Count >= 200)
                await FlushAsync();
        }
        await FlushAsync();

        async Task FlushAsync()
        {
            Assert.True(await journal.AppendAsync(appends, new(DerivedId.Trade(Guid.Empty), "test"), default));
            appends.Clear();
        }
    }

    private sealed record Made(
        string Whole, string Older, string KeyFile, SealKey Key, long Events, long Victim,
        SignedCheckpoint Anchor, SignedCheckpoint OlderAnchor);
}
