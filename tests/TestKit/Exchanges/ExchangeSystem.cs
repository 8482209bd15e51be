using System.Collections.Concurrent;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Trading.Contracts;
using Trading.Core;
using Trading.Hosting.Settings;
using Trading.Journal.Events;
using Trading.Journal.Tables;
using Trading.Services;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Programs;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.TestKit.Exchanges;

/// <summary>Executors on a database of their own and a simulated Binance or Coinbase, which the test makes go wrong.</summary>
internal sealed class ExchangeSystem : IAsyncDisposable
{
    private const string CoinbaseKeyId = "organizations/1/apiKeys/2";

    /// <summary>Coinbase's key in this process: secrets are its environment, which all tests share.</summary>
    public static readonly ECDsa CoinbaseKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    private readonly List<WebApplication> _apps = [];
    private readonly ConcurrentDictionary<string, TradeJournal> _journals = [];
    private int _number;

    private ExchangeSystem(string name, Venue venue, ShiftedTime clock)
    {
        (Name, Clock) = (name, clock);
        var variable = $"TRADING_SECRET_TRADING_{name.ToUpperInvariant()}_TEST";
        Environment.SetEnvironmentVariable(variable, JsonSerializer.Serialize(name == "binance"
            ? new { apiKey = "key", apiSecret = "secret" } : new
            {
                apiKey = CoinbaseKeyId,
                apiSecret = CoinbaseKey.ExportECPrivateKeyPem()
            }));
        Simulator = name == "binance"
            ? new BinanceSimulator(venue, Faults.None, clock, "key", "secret"u8.ToArray())
            : new CoinbaseSimulator(venue, Faults.None, clock, CoinbaseKeyId, CoinbaseKey.ExportSubjectPublicKeyInfoPem());
    }

    public string Name { get; }

    public SimulatedExchange Simulator { get; }

    /// <summary>The clock of exchange and programs.</summary>
    public ShiftedTime Clock { get; }

    /// <summary>The market of BTC.</summary>
    public Venue Market => Simulator.Venue;

    public string Quote => Market.Rules.Quote;

    public string Database { get; set; } = "";

    /// <summary>The settings of the next start.</summary>
    public TradingSettings Settings { get; set; } = null!;

    /// <summary>Makes the exchange, with as much cash as the account.</summary>
    public static async Task<ExchangeSystem> CreateAsync(string name, Func<VenueRules, VenueRules>? change = null)
    {
        var rules = new VenueRules("BTC", name == "binance" ? "USDT" : "USD") { FeeInUnits = name == "binance" };
        var clock = new ShiftedTime();
        var system = new ExchangeSystem(name, new((change ?? (given => given))(rules), clock), clock);
        system.Market.Deposit(system.Quote, ExchangeAccount.CashUsd);
        await system.Simulator.StartAsync();
        system.Database = await PostgresServer.CreateDatabaseAsync();
        system.Settings = ExchangeAccount.Settings(system.Simulator.Address) with { Exchange = name };
        return system;
    }

    /// <summary>Another market of the same exchange, and its symbol among the settings.</summary>
    public Venue AddMarket(string baseAsset, decimal price)
    {
        var market = new Venue(Market.Rules with { Base = baseAsset, Depth = Market.Rules.Depth * Market.Price / price },
            Clock, Market);
        market.SetPrice(price);
        // There from its first use on.
        Assert.Contains(market, market.Markets);
        Settings = Settings with { Symbols = [.. Settings.Symbols, $"{baseAsset}-USD"] };
        return market;
    }

    /// <summary>Starts an Executor; by default it waits until it may trade.</summary>
    public async Task<WebApplication> StartAsync(bool passes = true, bool opens = true,
        Action<Trading.Hosting.Messaging.TradingServices>? more = null)
    {
        var app = await InProcessSystem.BuildAsync(Settings, Database, trading =>
        {
            trading.Services.AddSingleton<TimeProvider>(Clock);
            more?.Invoke(trading);
            trading.AddExecutor();
        });
        _apps.Add(app);
        if (opens)
            await ExchangeAccount.OpenAsync(app.Services.GetRequiredService<TradeJournal>(), Settings);
        var passed = await CountAsync<ReconciliationPassed>();
        await app.StartAsync();
        await UntilAsync(async () => passes ? await CountAsync<ReconciliationPassed>() > passed
            : (await StateAsync()).External is not null);
        return app;
    }

    /// <summary>Ends an Executor at once, as a crash would.</summary>
    public async Task CrashAsync(WebApplication app)
    {
        _apps.Remove(app);
        await InProcessSystem.CrashAsync(app);
    }

    /// <summary>Approves a trade, tells the Executor, and waits for its end.</summary>
    public async Task<Trade> TradeAsync(WebApplication app, decimal quantity, bool sells = false, decimal margin = 400,
        decimal? stop = null,
        ExitReason? exit = null, string symbol = InProcessSystem.Symbol, decimal? price = null)
    {
        var tradeId = await TellAsync(app, quantity, sells, margin, stop, exit, symbol, price);
        await UntilAsync(async () => (await TradeAsync(tradeId)).Execution is not null);
        return await TradeAsync(tradeId);
    }

    /// <summary>Approves a trade and tells the Executor.</summary>
    public async Task<Guid> TellAsync(WebApplication app, decimal quantity, bool sells = false, decimal margin = 400, decimal? stop = null,
        ExitReason? exit = null, string symbol = InProcessSystem.Symbol, decimal? price = null)
    {
        var market = Market.Markets.Single(market => $"{market.Rules.Base}-USD" == symbol);
        var assessed = await ExchangeAccount.ApproveAsync(app.Services.GetRequiredService<TradeJournal>(), ++_number, price ?? market.Price,
            margin, quantity, sells, stop, exit, symbol);
        await app.Services.GetRequiredService<IBus>()
            .Publish(assessed, publish => publish.MessageId = DerivedId.Message(assessed.TradeId, nameof(RiskAssessed)));
        return assessed.TradeId;
    }

    /// <summary>Sets a stop and waits until it rests on the exchange.</summary>
    public async Task<Guid> RestAsync(WebApplication app, decimal quantity, decimal stop, string symbol = InProcessSystem.Symbol)
    {
        var tradeId = await TellAsync(app, quantity, sells: true, margin: stop * 0.1m, stop: stop, exit: ExitReason.StopLoss,
            symbol: symbol);
        await UntilAsync(async () => (await TradeAsync(tradeId)).ExchangeOrderId is not null);
        return tradeId;
    }

    public async Task<Portfolio> StateAsync() =>
        (await JournalAsync(journal => journal.AccountAsync(ExchangeAccount.Account, default)))!.State;

    public async Task<Trade> TradeAsync(Guid tradeId) => (await JournalAsync(journal => journal.TradeAsync(tradeId, default)))!.State;

    public Task<IReadOnlyList<T>> EventsAsync<T>() => JournalAsync(JournalRecord.EventsAsync<T>);

    /// <summary>
    /// Reads the journal through one that stays open: a test that waits reads often, and to open one costs more than what it reads.
    /// </summary>
    public Task<T> JournalAsync<T>(Func<TradeJournal, Task<T>> read) =>
        read(_journals.GetOrAdd(Database, database => new(database, new("test", "0"), TimeProvider.System)));

    /// <summary>Closes those connections: the database is about to be copied, or to break them.</summary>
    public async Task CloseJournalsAsync()
    {
        foreach (var database in _journals.Keys)
        {
            if (_journals.TryRemove(database, out var journal))
                await journal.DisposeAsync();
        }
    }

    /// <summary>Lets the account do something, as an operator would.</summary>
    public Task DecideAsync(IAccountCommand command) =>
        JournalAsync(journal => journal.DecideAsync(ExchangeAccount.Account, command, "test", default));

    /// <summary>The conditions that hold for alerts, whose names begin with a text.</summary>
    public Task<IReadOnlyList<string>> ConditionsAsync(string begin) => JournalAsync(async journal =>
    {
        await using var command = journal.Database.CreateCommand("select name from alert_conditions where starts_with(name, $1)");
        command.Parameters.Add(new() { Value = begin });
        await using var reader = await command.ExecuteReaderAsync();
        var names = new List<string>();
        while (await reader.ReadAsync())
            names.Add(reader.GetString(0));
        return (IReadOnlyList<string>)names;
    });

    /// <summary>Makes conditions older, as if time had passed.</summary>
    public Task<int> AgeConditionsAsync(string begin, TimeSpan by) => JournalAsync(async journal =>
    {
        await using var command = journal.Database.CreateCommand(
            "update alert_conditions set since = since - $2 where starts_with(name, $1)");
        command.Parameters.Add(new() { Value = begin });
        command.Parameters.Add(new() { Value = by });
        return await command.ExecuteNonQueryAsync();
    });

    /// <summary>The alerts that were raised, whose keys begin with a text.</summary>
    public Task<IReadOnlyList<RaisedAlert>> AlertsAsync(string begin) => JournalAsync(async journal => (IReadOnlyList<RaisedAlert>)[
        .. (await AlertClaims.NewestAsync(journal.Database, 1000, DateTimeOffset.UnixEpoch, default))
            .Where(alert => alert.Key.StartsWith(begin, StringComparison.Ordinal))]);

    /// <summary>Compares as the Executor does, until nothing more is booked by it.</summary>
    public static async Task ComparedAsync(WebApplication app)
    {
        var comparison = ActivatorUtilities.CreateInstance<Reconciliation>(app.Services);
        for (var times = 0; times < 3; times++)
            await comparison.CompareAsync(default);
    }

    /// <summary>
    /// Journal and exchange agree to the last unit, no difference is left, no order of ours was placed twice, and the journal replays.
    /// </summary>
    public async Task<JournalRecord> AgreesAsync(WebApplication app)
    {
        await ComparedAsync(app);
        JournalRecord journal = null!;
        // One by the Executor that began earlier may still tell what it saw, an order that is cancelled by now; its next one ends that.
        await UntilAsync(async () =>
        {
            journal = await JournalRecord.ReadAsync(Database);
            return journal.Account!.External!.Differences.IsEmpty;
        }, "journal and exchange differ", OpenAsync);
        var account = journal.Account!;
        var accepted = account.External!.AcceptedBalances;
        Assert.Equal(Market.Balance(Quote), account.CashUsd + accepted.GetValueOrDefault(Quote));
        Assert.All(Market.Markets, market => Assert.Equal(market.Balance(market.Rules.Base),
            account.PositionIn($"{market.Rules.Base}-USD").Quantity + accepted.GetValueOrDefault(market.Rules.Base)));
        Assert.All(Market.Markets.SelectMany(market => market.Orders).GroupBy(order => order.ClientId), same => Assert.Single(same));
        Assert.True(RunSummary.AddsUp(account, ExchangeAccount.CashUsd));
        Replays(journal);
        return journal;
    }

    /// <summary>Every decision of the journal is what its inputs give.</summary>
    public static void Replays(JournalRecord journal)
    {
        var replay = new Replay();
        foreach (var happened in journal.Stored)
        {
            // Approvals that a test wrote itself are not what risk decides.
            var differs = replay.Add(happened.Sequence, happened.StreamId, happened.Version, happened.Event());
            Assert.True(differs is null || happened.StreamId.StartsWith("trade-", StringComparison.Ordinal), $"{differs}");
        }
    }

    public static async Task UntilAsync(Func<Task<bool>> holds, string what = "it did not come", Func<Task<string>>? instead = null)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        var begin = Stopwatch.GetTimestamp();
        while (!await holds())
        {
            if (Stopwatch.GetElapsedTime(begin) > HangGuard.Limit)
                Assert.Fail(instead is null ? what : $"{what}: {await instead()}");
            await timer.WaitForNextTickAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var app in _apps)
            await InProcessSystem.CrashAsync(app);
        await CloseJournalsAsync();
        await HangGuard.EndAsync(Simulator);
    }

    /// <summary>What is open between the account and its exchange, for the message of a test that waits for its end.</summary>
    public async Task<string> OpenAsync()
    {
        var account = await StateAsync();
        var orders = new List<string>();
        foreach (var (tradeId, order) in account.Reservations)
            orders.Add($"{order} {(await JournalAsync(journal => journal.TradeAsync(tradeId, default)))?.State}");
        return $"{account.External}; differences: {string.Join(", ", account.External?.Differences.AsEnumerable() ?? [])}; "
            + $"orders: {string.Join(", ", orders)}";
    }

    private async Task<int> CountAsync<T>() => (await EventsAsync<T>()).Count;
}
