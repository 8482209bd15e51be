using Microsoft.Extensions.DependencyInjection;
using Trading.Contracts;
using Trading.Core;
using Trading.Hosting.Settings;
using Trading.Journal.Events;
using Trading.Journal.Keys;
using Trading.Journal.Sealing;
using Trading.Journal.Tables;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Dashboard.Tests;

/// <summary>The dashboard on the journal of a recorded run: 12 hours of waves, sealed.</summary>
public sealed class RecordedDashboard : IAsyncLifetime
{
    private const int Minutes = 720;
    private string _database = "";

    internal string Folder { get; } = Directory.CreateTempSubdirectory("trading-test-").FullName;

    internal DashboardHost Host { get; private set; } = null!;

    internal SealKey Key { get; private set; } = null!;

    /// <summary>The database, for a dashboard of a test's own.</summary>
    internal string Database => _database;

    internal TradingSettings Settings { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        _database = await PostgresServer.CreateDatabaseAsync();
        var recorded = InProcessSystem.Recorded(InProcessSystem.WriteCandles(Folder, Minutes, seed: 11));
        await InProcessSystem.PlayAsync(recorded, _database);
        Settings = DashboardHost.WithTokens(Folder) with { SealKeyFile = Path.Combine(Folder, "seal.key"), SealIntervalSeconds = 0 };
        Key = SealKey.Create(Settings.SealKeyFile!);
        Host = await DashboardHost.StartAsync(Settings with { SealIntervalSeconds = 1 }, _database);
        await SealAsync();
    }

    public async Task DisposeAsync()
    {
        await Host.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }

    /// <summary>Seals what is not sealed yet.</summary>
    internal async Task SealAsync()
    {
        var sealer = new Sealer(Host.App.Services.GetRequiredService<TradeJournal>().Database, Key, TimeProvider.System);
        await sealer.PrepareAsync(default);
        await sealer.SealAsync(default);
    }

    /// <summary>Appends a decision as RiskManager would: a hold at a price.</summary>
    internal async Task<Guid> DecideAsync(decimal price)
    {
        var journal = Host.App.Services.GetRequiredService<TradeJournal>();
        var (account, version) = (await journal.AccountAsync("main", default))!;
        var at = InProcessSystem.Start.AddMinutes(Minutes + Interlocked.Increment(ref _decided));
        var seen = InProcessSystem.Price(price, at);
        var prediction = InProcessSystem.Rise(seen) with { Ensemble = null };
        var tradeId = DerivedId.Trade(prediction.PredictionId);
        var assessed = new RiskAssessed(tradeId, prediction, Risk.Assess(account, version, prediction, at));
        Assert.True(await journal.AppendAsync([new(Trade.StreamId(tradeId), 0, [.. Trade.Assess(assessed)])], new(tradeId, "test"),
            default));
        await Host.App.Services.GetRequiredService<PriceHistory>().AddAsync(seen, default);
        return tradeId;
    }

    private static int _decided;
}
