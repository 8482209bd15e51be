using System.Text.Json;
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

/// <summary>
/// Stops that RiskManager sets and the Executor keeps on an exchange, from the purchase to the sale, on a simulated Binance and a simulated
/// Coinbase.
/// </summary>
public abstract class StopOnExchangeTest : IAsyncLifetime, IAsyncDisposable
{
    private protected const string CoinbaseKeyId = "organizations/1/apiKeys/2";

    private protected readonly List<WebApplication> _apps = [];
    private protected readonly ExecutedApprovals _executed = new();
    private protected SimulatedExchange _simulator = null!;
    private protected TradingSettings _settings = null!;
    private protected DateTimeOffset _second;
    private protected string _database = "";
    private protected TradeJournal? _journal;

    private protected Venue Market => _simulator.Venue;

    private protected SimOrder Stop => Market.Orders.Last(order => order.Stop is not null);

    public async Task InitializeAsync() => _database = await PostgresServer.CreateDatabaseAsync();

    async ValueTask IAsyncDisposable.DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await DisposeAsync();
    }

    public async Task DisposeAsync()
    {
        foreach (var app in _apps)
            await InProcessSystem.CrashAsync(app);
        if (_journal is not null)
            await _journal.DisposeAsync();
        await HangGuard.EndAsync(_simulator);
    }

    private protected static decimal Lots(decimal quantity) => Math.Floor(quantity / 0.00001m) * 0.00001m;

    private protected async Task<WebApplication> StartAsync(
        string name, (string Asset, decimal Price)? feesIn = null, bool takesStops = true,
        decimal leastNotional = 5, OrderPlacement placement = OrderPlacement.LimitIoc)
    {
        if (_simulator is null)
        {
            Environment.SetEnvironmentVariable($"TRADING_SECRET_TRADING_{name.ToUpperInvariant()}_TEST",
                JsonSerializer.Serialize(name == "binance"
                    ? new { apiKey = "key", apiSecret = "secret" }
                    : new { apiKey = CoinbaseKeyId, apiSecret = ExchangeSystem.CoinbaseKey.ExportECPrivateKeyPem() }));
            var venue = new Venue(new("BTC", name == "binance"
                ? "USDT"
                : "USD")
            { FeeInUnits = name == "binance", FeesIn = feesIn, TakesStops = takesStops, LeastNotional = leastNotional },
                TimeProvider.System);
            venue.Deposit("BNB", 1);
            venue.Deposit(venue.Rules.Quote, ExchangeAccount.CashUsd);
            _simulator = name == "binance"
                ? new BinanceSimulator(venue, Faults.None, TimeProvider.System, "key", "secret"u8.ToArray())
                : new CoinbaseSimulator(venue, Faults.None, TimeProvider.System, CoinbaseKeyId,
                    ExchangeSystem.CoinbaseKey.ExportSubjectPublicKeyInfoPem());
            await _simulator.StartAsync();
            _settings = ExchangeAccount.Settings(_simulator.Address) with
            { Exchange = name, OrderPlacement = placement, Models = ["technical"], DuplicateWindowSeconds = 0, CooldownSeconds = 0 };
        }
        var app = await InProcessSystem.BuildAsync(_settings, _database, trading =>
        {
            trading.AddRiskManager();
            trading.AddExecutor();
        });
        _apps.Add(app);
        await ExchangeAccount.OpenAsync(app.Services.GetRequiredService<TradeJournal>(), _settings);
        app.Services.GetRequiredService<IBus>().ConnectConsumeObserver(_executed);
        var passed = await PassedAsync();
        await app.StartAsync();
        await ExchangeSystem.UntilAsync(async () => await PassedAsync() > passed);
        return app;
    }

    private protected async Task<int> PassedAsync() => (await JournalAsync(JournalRecord.EventsAsync<ReconciliationPassed>)).Count;

    private protected async Task EnterAsync(WebApplication app)
    {
        var settled = (await StateAsync()).TradesSettled;
        await SayAsync(app, Told(Next(60_000), 1.01, Direction.Up));
        await ExchangeSystem.UntilAsync(async () => (await StateAsync()).TradesSettled == settled + 1);
    }

    private protected static PredictionMade Fall(PriceObserved price) => Told(price, 0.99, Direction.Down);

    // An answer of a model from outside, which a replay takes as recorded.
    private protected static PredictionMade Told(PriceObserved price, double move, Direction direction)
    {
        List<ModelOutput> models = [new("http", (double)price.Price * move, direction, 0.9, null)];
        return InProcessSystem.Rise(price) with { Models = models, Ensemble = Ensemble.Combine(models, price.Price) };
    }

    // Each newer than what was traded before it.
    private protected PriceObserved Next(decimal price)
    {
        // A second of its own for each, a little ago: nobody believes what is dated ahead.
        var now = DateTimeOffset.UtcNow;
        var earliest = new DateTimeOffset(now.UtcTicks - now.UtcTicks % TimeSpan.TicksPerSecond, TimeSpan.Zero).AddMinutes(-1);
        _second = _second.AddSeconds(1) > earliest ? _second.AddSeconds(1) : earliest;
        var observed = InProcessSystem.Price(price, _second) with
        { IntervalSeconds = 1, PriceId = DerivedId.Price(InProcessSystem.Symbol, 1, _second) };
        return observed with
        { ObservedAt = now, Quotes = [.. observed.Quotes.Select(quote => quote with { Quote = quote.Quote with { QuotedAt = now } })] };
    }

    // A price that is told twice, and a prediction at it that asks for nothing: when that is decided the price was looked at.
    private protected async Task SayAsync(WebApplication app, decimal price)
    {
        var flat = Told(Next(price), 1, Direction.Stable);
        await SayAsync(app, flat.Price);
        await SayAsync(app, flat.Price);
        await SayAsync(app, flat);
        await ExchangeSystem.UntilAsync(
            async () => await JournalAsync(journal => journal.TradeAsync(DerivedId.Trade(flat.PredictionId), default)) is not null);
    }

    private protected static async Task SayAsync<T>(WebApplication app, T message)
        where T : class => await app.Services.GetRequiredService<IBus>().Publish(message);

    private protected Task RestsAsync(decimal? quantity = null) => ExchangeSystem.UntilAsync(() => Task.FromResult(
        Market.Orders.Any(
            order => order is { Stop: not null, Status: SimStatus.New } && (quantity is null || order.Quantity == quantity))));

    private protected Task<T> JournalAsync<T>(Func<TradeJournal, Task<T>> read) =>
        read(_journal ??= new(_database, new("test", "0"), TimeProvider.System));

    private protected async Task<Trade> TradeAsync(Guid tradeId) =>
        (await JournalAsync(journal => journal.TradeAsync(tradeId, default)))!.State;

    private protected async Task<Portfolio> StateAsync() =>
        (await JournalAsync(journal => journal.AccountAsync(ExchangeAccount.Account, default)))!.State;

    private protected static async Task ComparedAsync(WebApplication app) =>
        Assert.True(await ActivatorUtilities.CreateInstance<Reconciliation>(app.Services).CompareAsync(default));

    // Journal and exchange, to the last unit; no order of ours was placed twice, and the journal replays.
    private protected async Task<JournalRecord> AgreesAsync(WebApplication app)
    {
        await ComparedAsync(app);
        var journal = await JournalRecord.ReadAsync(_database);
        Assert.Empty(journal.Account!.External!.Differences);
        Assert.Equal((Market.Balance(Market.Rules.Quote), Market.Balance("BTC")),
            (journal.Account.CashUsd, journal.Account.PositionIn(InProcessSystem.Symbol).Quantity));
        Assert.All(Market.Orders.GroupBy(order => order.ClientId), same => Assert.Single(same));
        var replay = new Replay();
        foreach (var happened in journal.Stored)
            Assert.Null(replay.Add(happened.Sequence, happened.StreamId, happened.Version, happened.Event()));
        Assert.Empty(replay.End());
        Assert.Equal(journal.Account.Reservations.Count, replay.OpenOrders);
        return journal;
    }
}
