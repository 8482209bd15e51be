using Npgsql;
using Trading.Core;
using Trading.Hosting;
using Trading.Journal;
using Xunit;

namespace Trading.Integration.Tests.Audit;

/// <summary>
/// A journal of more than 10,000 real events, made once by the pipeline's fold, with operator's events among them, sealed in several batches; each test gets a copy of its own.
/// </summary>
public sealed class SealedJournal : IAsyncLifetime
{
    /// <summary>Where the price of a decision stands in its event's data, as PostgreSQL names it.</summary>
    public const string Price = "{prediction,price,price}";

    private readonly string _folder = Directory.CreateTempSubdirectory("trading-audit-").FullName;
    private string _whole = "";
    private string _older = "";

    public string KeyFile => Path.Combine(_folder, "seal.key");

    public SealKey Key { get; private set; } = null!;

    /// <summary>Number of events.</summary>
    public long Events { get; private set; }

    /// <summary>Sequence of a decision in the middle, the first event of its stream and with another event right behind it: what the attacks aim at.</summary>
    public long Victim { get; private set; }

    /// <summary>The last checkpoint, as somebody else keeps it.</summary>
    public SignedCheckpoint Anchor { get; private set; } = null!;

    /// <summary>The checkpoint that the older copy ends with.</summary>
    public SignedCheckpoint OlderAnchor { get; private set; } = null!;

    public Task<string> CopyAsync() => PostgresServer.CreateDatabaseAsync(_whole);

    /// <summary>The journal as it was when about half of it had been written.</summary>
    public Task<string> OlderCopyAsync() => PostgresServer.CreateDatabaseAsync(_older);

    public async Task InitializeAsync()
    {
        Key = SealKey.Create(KeyFile);
        // Without a pool: a database that somebody is connected to cannot be copied.
        _whole = new NpgsqlConnectionStringBuilder(await PostgresServer.CreateDatabaseAsync()) { Pooling = false }.ConnectionString;
        var steps = Steps(minutes: 5200).Chunk(1300).ToList();
        await using var journal = new TradeJournal(_whole, new("test", "1.0.0"), TimeProvider.System);
        await using var database = Source(_whole);
        await journal.PrepareAsync();
        var sealer = new Sealer(database, Key, TimeProvider.System);
        await sealer.PrepareAsync(default);
        await journal.DecideAsync("main", new OpenAccount("main", "recorded", 10_000, Chain.Start), "test", default);
        await journal.DecideAsync("main", new SetLimits(new TradingSettings().Limits(), "kim", "start", Chain.Start), "test", default);
        for (var part = 0; part < steps.Count; part++)
        {
            // An append that was rolled back leaves a gap.
            await ScalarAsync(database, "select nextval('mt_events_sequence')");
            await AppendAsync(journal, steps[part]);
            var at = Chain.Start.AddDays(part);
            await journal.DecideAsync("main", new HaltTrading("kim", $"pause {part}", at), "test", default);
            await journal.DecideAsync("main", new ResumeTrading("lee", $"goes on {part}", at), "test", default);
            Anchor = (await sealer.SealAsync(default)).Last!;
            if (part != 1)
                continue;
            OlderAnchor = Anchor;
            _older = await PostgresServer.CreateDatabaseAsync(_whole);
        }
        Events = await ScalarAsync(database, "select count(*) from mt_events");
        Victim = await ScalarAsync(database, $"""
            select min(a.seq_id) from mt_events a join mt_events b on b.stream_id = a.stream_id and b.version = 2 join mt_events c on c.seq_id = a.seq_id + 1
            where a.seq_id > 5000 and a.version = 1 and a.data #> '{Price}' is not null
            """);
        Assert.InRange(Victim, 5001, 6000); // where a middle batch is
    }

    public Task DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return Task.CompletedTask;
    }

    /// <summary>A database without a pool, so that it can be copied and dropped.</summary>
    public static NpgsqlDataSource Source(string connectionString) => NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false });

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
        var opened = Portfolio.Evolve(null, new AccountOpened("main", "recorded", 10_000, Chain.Start));
        var pipeline = new Pipeline(Chain.Symbol, settings.Pipeline(), Portfolio.Evolve(opened, new LimitsSet(1, settings.Limits(), "kim", "start", Chain.Start)), accountVersion: 2);
        return Chain.WavePrices(minutes, seed: 7).SelectMany(pipeline.Step);
    }

    private static async Task AppendAsync(TradeJournal journal, IEnumerable<PipelineStep> steps)
    {
        var (state, version) = (await journal.AccountAsync("main", default))!;
        var appends = new List<StreamAppend>();
        foreach (var (assessed, executed) in steps)
        {
            List<object> events = [.. Trade.Assess(assessed)];
            appends.Add(new(Trade.StreamId(assessed.TradeId), 0, events));
            if (executed is not null)
            {
                var at = executed.Execution.ExecutedAt;
                var trade = new Trade(assessed.TradeId, assessed.Prediction, assessed.Assessment, null, [], null);
                events.AddRange(Trade.Place(trade, "paper", simulated: true, new TradingSettings().Pipeline().Costs, at));
                events.AddRange(Trade.Close(trade, executed.Execution));
                var booked = new List<object>();
                foreach (var command in new IAccountCommand[] { new ReserveFunds(assessed.TradeId, assessed.Assessment.Order!, at), new SettleTrade(assessed.TradeId, executed.Execution) })
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
}
