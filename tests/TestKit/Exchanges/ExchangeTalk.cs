using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Trading.Contracts;
using Trading.Core;
using Trading.Hosting.Control;
using Trading.Journal.Events;
using Trading.Services;
using Trading.TestKit.Pipeline;
using Xunit;
using static Trading.TestKit.Exchanges.ExchangeSystem;

namespace Trading.TestKit.Exchanges;

/// <summary>An exchange system with a RiskManager in it, which hears prices and predictions from a test.</summary>
internal sealed class ExchangeTalk(ExchangeSystem system)
{
    private readonly Dictionary<string, DateTimeOffset> _seconds = [];

    /// <summary>The newest price was told, and its prediction asked for nothing or for an order.</summary>
    private sealed record Told(PriceObserved Price, PredictionMade Prediction);

    /// <summary>Makes the exchange; nothing keeps one order from following another.</summary>
    public static async Task<(ExchangeSystem System, ExchangeTalk Talk)> CreateAsync(
        string name, Func<VenueRules, VenueRules>? change = null)
    {
        var system = await ExchangeSystem.CreateAsync(name, change);
        system.Settings = system.Settings with { Models = ["technical"], DuplicateWindowSeconds = 0, CooldownSeconds = 0 };
        return (system, new(system));
    }

    /// <summary>Starts RiskManager and Executor; by default it waits until they may trade.</summary>
    public Task<WebApplication> StartAsync(bool passes = true) =>
        system.StartAsync(passes, more: trading => trading.AddRiskManager());

    /// <summary>Buys: a prediction of a rise that is filled.</summary>
    public async Task<Trade> EnterAsync(WebApplication app, string symbol = InProcessSystem.Symbol)
    {
        var trade = await AskAsync(app, Direction.Up, symbol);
        await UntilAsync(async () => (await system.TradeAsync(trade.TradeId)).Execution is not null, "the purchase did not end");
        return await system.TradeAsync(trade.TradeId);
    }

    /// <summary>Predicts a move at the market's price, and waits for the decision.</summary>
    public async Task<Trade> AskAsync(WebApplication app, Direction direction, string symbol = InProcessSystem.Symbol)
    {
        var told = Of(Next(PriceOf(symbol), symbol), direction);
        await SayAsync(app, told.Prediction);
        await DecidedAsync(told);
        return await system.TradeAsync(DerivedId.Trade(told.Prediction.PredictionId));
    }

    /// <summary>
    /// Tells a price, twice, and a prediction at it that asks for nothing: when that is decided the price was looked at.
    /// </summary>
    public async Task PriceAsync(WebApplication app, decimal? price = null, string symbol = InProcessSystem.Symbol)
    {
        var told = Of(Next(price ?? PriceOf(symbol), symbol), Direction.Stable);
        await SayAsync(app, told.Price);
        await SayAsync(app, told.Price);
        await SayAsync(app, told.Prediction);
        await DecidedAsync(told);
    }

    /// <summary>A price that nobody was told yet, and a prediction at it, to be told by the test.</summary>
    public (PriceObserved Price, PredictionMade Prediction) Make(Direction direction, decimal? price = null)
    {
        var told = Of(Next(price ?? PriceOf(InProcessSystem.Symbol), InProcessSystem.Symbol), direction);
        return (told.Price, told.Prediction);
    }

    /// <summary>Tells prices until something holds.</summary>
    public Task PricesUntilAsync(WebApplication app, Func<Task<bool>> holds, string what, string symbol = InProcessSystem.Symbol) =>
        UntilAsync(async () =>
        {
            await PriceAsync(app, null, symbol);
            return await holds();
        }, what);

    /// <summary>Tells prices until a stop rests on the exchange.</summary>
    public Task RestsAsync(WebApplication app, string symbol = InProcessSystem.Symbol) =>
        PricesUntilAsync(app, () => HasStopAsync(symbol), "no stop rests", symbol);

    /// <summary>Whether a stop rests on the exchange, and the journal has it.</summary>
    public async Task<bool> HasStopAsync(string symbol = InProcessSystem.Symbol) =>
        (await system.StateAsync()).Reservations.Any(open => open.Value.RestsOnExchange() && open.Value.Symbol == symbol)
        && MarketOf(symbol).Orders.Any(order => order is { Stop: not null, Open: true });

    /// <summary>What an operator's commands act through.</summary>
    public static JournalControl Control(WebApplication app) =>
        Control(app.Services.GetRequiredService<TradeJournal>(), app.Services.GetRequiredService<TimeProvider>());

    /// <summary>What commands act through that something in this process gives by itself.</summary>
    public static JournalControl Control(TradeJournal journal, TimeProvider clock) => new(journal, ExchangeAccount.Account, clock);

    /// <summary>The lines of status that tell what waits for an operator or does not work.</summary>
    public static async Task<IReadOnlyList<string>> StatusAsync(WebApplication app) => (await Control(app).StatusAsync(default)).Latches;

    /// <summary>
    /// Compares, and adopts each fill of others with the command that status offers for it, until no difference is left.
    /// </summary>
    public static Task AdoptAllAsync(ExchangeSystem system, WebApplication app) => UntilAsync(async () =>
    {
        await ComparedAsync(app);
        var open = (await system.StateAsync()).External!;
        foreach (var key in open.Differences.Keys.Where(key => key.StartsWith("fill/", StringComparison.Ordinal)))
            await AdoptAsync(app, key);
        return open is { Pending: false, Differences.Count: 0 };
    }, "the differences do not end", system.OpenAsync);

    private static async Task AdoptAsync(WebApplication app, string key)
    {
        var command = new OperatorCommand(OperatorAction.Adopt, "kim", "it happened while the journal was away") { Difference = key };
        var lines = await StatusAsync(app);
        try
        {
            await Control(app).ActAsync(command, default);
        }
        catch (ControlException gone) when (gone.Message.Contains("is no open difference", StringComparison.Ordinal))
        {
            // The Executor's own comparison explained it meanwhile.
            return;
        }
        Assert.Contains(lines, line => line.Contains($"trading control adopt --difference {key} ", StringComparison.Ordinal));
    }

    private Venue MarketOf(string symbol) => system.Market.Markets.Single(market => $"{market.Rules.Base}-USD" == symbol);

    private decimal PriceOf(string symbol) => MarketOf(symbol).Price;

    private Task DecidedAsync(Told told) => UntilAsync(
        async () => await system.JournalAsync(
            journal => journal.TradeAsync(DerivedId.Trade(told.Prediction.PredictionId), default)) is not null, "it was not decided");

    private static Task SayAsync<T>(WebApplication app, T message)
        where T : class => app.Services.GetRequiredService<IBus>().Publish(message);

    // An answer of a model from outside, which a replay takes as recorded.
    private static Told Of(PriceObserved price, Direction direction)
    {
        var move = direction switch { Direction.Up => 1.01, Direction.Down => 0.99, _ => 1 };
        List<ModelOutput> models = [new("http", (double)price.Price * move, direction, 0.9, null)];
        return new(price, InProcessSystem.Rise(price) with { Models = models, Ensemble = Ensemble.Combine(models, price.Price) });
    }

    // Each newer than the one before, of a second of its own, and a little ago: nobody believes what is dated ahead.
    private PriceObserved Next(decimal price, string symbol)
    {
        var now = system.Clock.GetUtcNow();
        var earliest = new DateTimeOffset(now.UtcTicks - now.UtcTicks % TimeSpan.TicksPerSecond, TimeSpan.Zero).AddMinutes(-1);
        var second = _seconds.TryGetValue(symbol, out var last) && last.AddSeconds(1) > earliest ? last.AddSeconds(1) : earliest;
        _seconds[symbol] = second;
        // Many prices at once would run ahead of the clock: a second passes for each.
        if (second > now)
        {
            system.Clock.Advance(second - now);
            now = second;
        }
        var observed = InProcessSystem.Price(price, second, symbol) with
        { IntervalSeconds = 1, PriceId = DerivedId.Price(symbol, 1, second) };
        return observed with
        { ObservedAt = now, Quotes = [.. observed.Quotes.Select(quote => quote with { Quote = quote.Quote with { QuotedAt = now } })] };
    }
}
