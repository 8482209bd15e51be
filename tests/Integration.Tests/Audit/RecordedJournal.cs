using System.Globalization;
using Npgsql;
using Trading.Core;
using Trading.Hosting.Settings;
using Trading.Journal.Events;
using Trading.Journal.Keys;
using Trading.Journal.Sealing;
using Trading.TestKit.Audit;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Audit;

/// <summary>
/// The journal of a recorded run through all services, on which an operator acts in its middle and at its end, sealed with two checkpoints.
/// </summary>
public sealed class RecordedJournal : IAsyncLifetime
{
    private const int Minutes = 600;

    /// <summary>One at each minute, and the one that was refused at the end.</summary>
    public const int Decisions = Minutes + 1;

    private readonly SealKey _key;

    public RecordedJournal() => _key = SealKey.Create(Path.Combine(Folder, "seal.key"));

    public string Folder { get; } = Directory.CreateTempSubdirectory("trading-commands-").FullName;

    public string Connection { get; private set; } = "";

    /// <summary>A journal with its tables and no event.</summary>
    public string EmptyConnection { get; private set; } = "";

    public NpgsqlDataSource Database { get; private set; } = null!;

    public string PublicKey => SealKey.PublicFile(Path.Combine(Folder, "seal.key"));

    public SignedCheckpoint OlderAnchor { get; private set; } = null!;

    public SignedCheckpoint Anchor { get; private set; } = null!;

    /// <summary>A trade that bought, and the sequence number of its settlement.</summary>
    public Guid Bought { get; private set; }

    public long BoughtSequence { get; private set; }

    /// <summary>A decision that was refused while trading was halted.</summary>
    public Guid Refused { get; private set; }

    public async Task InitializeAsync()
    {
        Connection = await PostgresServer.CreateDatabaseAsync();
        EmptyConnection = await PostgresServer.CreateDatabaseAsync();
        await using (var empty = new TradeJournal(Unpooled(EmptyConnection), new("test", "0"), TimeProvider.System))
            await empty.PrepareAsync();
        await InProcessSystem.PlayAsync(InProcessSystem.Recorded(InProcessSystem.WriteCandles(Folder, Minutes, seed: 21)), Connection);
        await using var journal = new TradeJournal(Unpooled(Connection), new("test", "0"),
            new FixedTime(InProcessSystem.Start.AddHours(20)));
        Database = SealedJournal.Source(Connection);
        var sealer = new Sealer(Database, _key, TimeProvider.System);
        await sealer.PrepareAsync(default);
        OlderAnchor = (await sealer.SealAsync(default)).Last!;
        var at = InProcessSystem.Start.AddHours(20);
        await journal.DecideAsync("main", new HaltTrading("kim", "flash crash", at), "test", default);
        await RefuseAsync(journal, at);
        await journal.DecideAsync("main", new ResumeTrading("kim", "calm again", at), "test", default);
        await journal.DecideAsync("main",
            new SetLimits(new TradingSettings().Limits() with { MaxTradeAmountUsd = 50 }, "lee", "smaller trades", at), "test", default);
        Anchor = (await sealer.SealAsync(default)).Last!;
        BoughtSequence = await SealedJournal.ScalarAsync(Database, "select min(seq_id) from mt_events where type = 'trade_settled'");
        await using var command = Database.CreateCommand(
            string.Create(CultureInfo.InvariantCulture, $"select data ->> 'tradeId' from mt_events where seq_id = {BoughtSequence}"));
        Bought = Guid.Parse((string)(await command.ExecuteScalarAsync())!);
    }

    public async Task DisposeAsync()
    {
        await Database.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }

    // What the risk manager appends for a prediction that asks for a purchase while trading is halted; its price stands alone, so its
    // window is computed from it.
    private async Task RefuseAsync(TradeJournal journal, DateTimeOffset at)
    {
        var account = (await journal.AccountAsync("main", default))!;
        var price = InProcessSystem.Price(61_000, at);
        var window = new PriceWindow(new(60, 60));
        window.Add(at.ToUnixTimeSeconds(), price.Price);
        var outputs = new[] { InProcessSystem.Rise(price).Models[0] with { Model = "http" } };
        var prediction = new Contracts.PredictionMade(
            DerivedId.Prediction(price.PriceId), price, window.Summarize(), outputs,
            Ensemble.Combine(outputs, price.Price), 3600, at, at.AddMinutes(2));
        Refused = DerivedId.Trade(prediction.PredictionId);
        var assessment = Risk.Assess(account.State, account.Version, prediction, at);
        Assert.Equal(Contracts.RiskRule.TradingState, assessment.Refusal);
        Assert.True(await journal.AppendAsync([new(Trade.StreamId(Refused), 0, [.. Trade.Assess(new(Refused, prediction, assessment))])],
            new(Refused, "test"), default));
    }

    private static string Unpooled(string connection) => new NpgsqlConnectionStringBuilder(connection) { Pooling = false }.ConnectionString;

    private sealed class FixedTime(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
