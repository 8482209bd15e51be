using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Trading.Contracts;
using Trading.Core;
using Trading.Hosting.Settings;
using Trading.Journal.Events;
using Trading.Services;
using Trading.TestKit.Exchanges;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Programs;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Exchanges;

/// <summary>The Executor on a simulated Binance.</summary>
public abstract class ExchangeExecutorTest : IAsyncLifetime, IAsyncDisposable
{
    private protected const decimal Price = 60_000;

    private protected Venue _venue = new(new("BTC", "USDT"), TimeProvider.System);
    private protected readonly List<WebApplication> _apps = [];
    private protected BinanceSimulator _simulator = null!;
    private protected string _database = "";

    public async Task InitializeAsync()
    {
        // The test network's key, and the real one's for the program that believes to trade there.
        foreach (var name in new[] { "BINANCE_TEST", "BINANCE" })
            Environment.SetEnvironmentVariable($"TRADING_SECRET_TRADING_{name}", """{"apiKey":"key","apiSecret":"secret"}""");
        await MeetAsync(_venue);
        _database = await PostgresServer.CreateDatabaseAsync();
    }

    async ValueTask IAsyncDisposable.DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await DisposeAsync();
    }

    public async Task DisposeAsync()
    {
        foreach (var app in _apps)
            await InProcessSystem.CrashAsync(app);
        await HangGuard.EndAsync(_simulator);
    }

    private protected async Task MeetAsync(Venue venue)
    {
        if (_simulator is not null)
            await _simulator.DisposeAsync();
        (_venue, _simulator) = (venue, new(venue, Faults.None, TimeProvider.System, "key", "secret"u8.ToArray()));
        venue.Deposit("USDT", ExchangeAccount.CashUsd);
        await _simulator.StartAsync();
    }

    private protected async Task<WebApplication> StartAsync(Func<TradingSettings, TradingSettings>? change = null, bool active = true)
    {
        // Money and units from nowhere are told here; what is booked by itself has tests of its own.
        var settings = (change ?? (given => given))(ExchangeAccount.Settings(_simulator.Address) with { BookDeposits = false });
        var app = await InProcessSystem.BuildAsync(settings, _database, trading => trading.AddExecutor());
        _apps.Add(app);
        var journal = app.Services.GetRequiredService<TradeJournal>();
        await ExchangeAccount.OpenAsync(journal, settings);
        await app.StartAsync();
        await ExchangeSystem.UntilAsync(async () => (await StateAsync(journal)).External is { } external && (!active || !external.Pending));
        return app;
    }

    private protected async Task StopAsync(WebApplication app)
    {
        _apps.Remove(app);
        await app.StopAsync();
        await HangGuard.EndAsync(app);
    }

    private protected static async Task<Portfolio> StateAsync(TradeJournal journal) => (await journal.AccountAsync("main", default))!.State;

    // Approved, told, and ended.
    private protected static async Task<Trade> TradeAsync(
        WebApplication app, int number, decimal quantity, decimal margin = 400, bool sells = false,
        decimal? stop = null, ExitReason? exit = null)
    {
        var journal = app.Services.GetRequiredService<TradeJournal>();
        var assessed = await ExchangeAccount.ApproveAsync(journal, number, Price, margin, quantity, sells, stop, exit);
        await app.Services.GetRequiredService<IBus>()
            .Publish(assessed, publish => publish.MessageId = DerivedId.Message(assessed.TradeId, nameof(RiskAssessed)));
        await ExchangeSystem.UntilAsync(async () => (await journal.TradeAsync(assessed.TradeId, default))!.State.Execution is not null);
        return (await journal.TradeAsync(assessed.TradeId, default))!.State;
    }

    private protected static async Task ComparedAsync(WebApplication app) =>
        Assert.True(await ActivatorUtilities.CreateInstance<Reconciliation>(app.Services).CompareAsync(default));

    // Journal and exchange, to the last unit, and no difference is told.
    private protected async Task AgreesAsync(WebApplication app)
    {
        await ComparedAsync(app);
        var account = await StateAsync(app.Services.GetRequiredService<TradeJournal>());
        Assert.Empty(account.External!.Differences);
        Assert.Equal((_venue.Balance("USDT"), _venue.Balance("BTC")),
            (account.CashUsd, account.PositionIn(InProcessSystem.Symbol).Quantity));
    }
}
