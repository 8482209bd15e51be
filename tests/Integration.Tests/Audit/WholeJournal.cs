using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Trading.Core;
using Trading.Hosting.Audit;
using Trading.Hosting.Sealing;
using Trading.Hosting.Secrets;
using Trading.Hosting.Settings;
using Trading.Hosting.Stores;
using Trading.Hosting.Telemetry;
using Trading.Journal.Events;
using Trading.Journal.Keys;
using Trading.Journal.Sealing;
using Trading.Journal.Tables;
using Trading.Journal.Upgrades;
using Trading.Journal.Witnesses;
using Trading.TestKit.Audit;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Audit;

/// <summary>
/// A journal of more than 10,000 events with a row in every table that the system makes: sealed in several batches, cosigned by a witness,
/// stamped by an authority, with the price history that its decisions were made of. A whole check of it finds nothing.
/// </summary>
public sealed class WholeJournal : IAsyncLifetime
{
    private const int Minutes = 5000, Parts = 4;

    private readonly string _folder = Directory.CreateTempSubdirectory("trading-whole-").FullName;
    private StampAuthority _authority = null!;
    private SealKey _key = null!;
    private TradingSettings _settings = null!;

    public NpgsqlDataSource Database { get; private set; } = null!;

    private string Connection { get; set; } = "";

    public async Task InitializeAsync()
    {
        Connection = await PostgresServer.CreateDatabaseAsync();
        Database = NpgsqlDataSource.Create(Connection);
        _authority = await StampAuthority.StartAsync();
        _key = SealKey.Create(Path.Combine(_folder, "seal.key"));
        _settings = new()
        {
            Journal = JournalKind.Postgres, SealIntervalSeconds = 0, WitnessQuorum = 1, WitnessTimeoutSeconds = 60,
            TimeStampUrl = _authority.Url, TimeStampCertificates = _authority.Certificate,
        };
        await SchemaUpgrade.AllAsync(Database, null, DateTimeOffset.UtcNow, default);
        await using var journal = new TradeJournal(Connection, new("test", "1.0.0"), TimeProvider.System);
        await journal.DecideAsync("main", new OpenAccount("main", "recorded", 10_000, InProcessSystem.Start), "test", default);
        await journal.DecideAsync("main", new SetLimits(new TradingSettings().Limits(), "kim", "start", InProcessSystem.Start), "test",
            default);
        await PlayAsync(journal);
        await FillAsync();
        await AttestAsync();
    }

    public async Task DisposeAsync()
    {
        _authority.Dispose();
        await Database.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>The whole check.</summary>
    internal Task<AuditReport> CheckAsync() => new JournalAudit(
        Database, Connection, _settings, SecretStores.Store(_settings, TimeProvider.System)).RunAsync([_key.Public], default);

    /// <summary>The verification in sessions that the server ends when they are silent for a millisecond within a transaction.</summary>
    internal async Task<Verification> VerifyInImpatientSessionsAsync()
    {
        await using var database = SealedJournal.Source(new NpgsqlConnectionStringBuilder(Connection)
        { Options = "-c idle_in_transaction_session_timeout=1" }.ConnectionString);
        return await Verifier.VerifyAsync(database, new([_key.Public], []), null, default);
    }

    private async Task PlayAsync(TradeJournal journal)
    {
        var prices = InProcessSystem.WavePrices(Minutes, seed: 7);
        var (account, version) = (await journal.AccountAsync("main", default))!;
        var pipeline = new ReferencePipeline(InProcessSystem.Symbol, new TradingSettings().Pipeline(), account, version);
        var sealer = new Sealer(Database, _key, TimeProvider.System);
        foreach (var part in prices.Chunk(Minutes / Parts))
        {
            await SealedJournal.AppendAsync(journal, part.SelectMany(pipeline.Step));
            await sealer.SealAsync(default);
        }
        await using var history = new PriceHistory(Connection);
        var stored = new PostgresPrices(history);
        await stored.BackfillAsync([.. prices.Select(StoredPrice.Of)], default);
        // A day from elsewhere, from before the journal.
        var day = DateOnly.FromDateTime(InProcessSystem.Start.UtcDateTime).AddDays(-1);
        await stored.BackfillAsync([new(InProcessSystem.Symbol, 60, InProcessSystem.Start.AddMinutes(-9).ToUnixTimeSeconds(), 59_000, "USD",
            false, null, null, null, ["elsewhere"])], default);
        await PriceCommitments.CommitAsync(journal, stored, InProcessSystem.Symbol, 60, [(day, "elsewhere")], default);
        var end = InProcessSystem.Start.AddMinutes(Minutes);
        await journal.DecideAsync("main", new HaltTrading("kim", "pause", end), "test", default);
        await journal.DecideAsync("main", new ResumeTrading("lee", "goes on", end), "test", default);
        await sealer.SealAsync(default);
    }

    // What decides nothing about trades.
    private Task FillAsync() => SealedJournal.ExecuteAsync(Database, """
        insert into alert_deliveries (key, channel, payload) values ('a', 'log', '{}');
        insert into alert_conditions values ('a', now()); insert into alert_progress values ('a', 1);
        insert into waiting_writes (store, content) values ('s3', '{}'); insert into model_spending values ('2024-03-01', 'bedrock', 1, 1);
        """);

    private async Task AttestAsync()
    {
        var last = (await SealedTree.LastAsync(Database, default))!;
        var own = WitnessKey.LoadOrCreate(Path.Combine(_folder, "witness.key"), "witness.example/1");
        var key = WitnessKey.Of(own);
        using (var state = new WitnessState(Path.Combine(_folder, "witness")))
        {
            var answer = new Witness(own, [_key.Public], [], state, TimeProvider.System).Answer(new WitnessRequest(0, [], last).Text());
            await StoredCosignatures.AddAsync(Database, last, key, answer.Text.TrimEnd('\n'), default);
            await StoredCosignatures.AskedAsync(Database, key, last.Checkpoint.Size, null, default);
        }
        _settings = _settings with { Witnesses = [$"{key}@http://127.0.0.1:1"] };
        await using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        using var stamping = new TimeStamping(Database, _settings,
            new TradingMetrics(services.GetRequiredService<System.Diagnostics.Metrics.IMeterFactory>()), NullLogger.Instance);
        await stamping.StampAsync(last, default);
    }
}
