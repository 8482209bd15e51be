using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Trading.Contracts;
using Trading.Core;
using Trading.Journal.Events;
using Trading.TestKit.Exchanges;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Programs;
using Xunit;
using Xunit.Abstractions;
using static Trading.TestKit.Exchanges.ExchangeSystem;

namespace Trading.Integration.Tests.Exchanges;

/// <summary>
/// RiskManager and Executor on a faulty exchange, whose programs are killed or pause for hours, and whose owner trades, pays and cancels by
/// hand meanwhile: some dozen steps, in the long form thousands (TRADING_CAMPAIGN_STEPS says how many, TRADING_CAMPAIGN_MINUTES after how
/// many minutes no more begin, TRADING_CAMPAIGN_SEED from which seed). No position is without a stop, an exit under way or word of why; no
/// limit is exceeded at any version; no trade has two orders; and at the end journal, exchange and account agree to the last unit once the
/// operator has decided what waits to be decided.
/// </summary>
public sealed class AccountCampaignTests(ITestOutputHelper output)
{
    private const string Symbol = InProcessSystem.Symbol;
    private readonly Dictionary<string, int> _done = [];
    private readonly int _operatorComesEvery = 15;

    [Theory]
    [InlineData("binance", 1)]
    [InlineData("coinbase", 2)]
    public async Task whatever_is_done_on_both_sides_the_account_and_its_exchange_stay_one(string name, int seed)
    {
        var steps = Number("STEPS") ?? LongForm.Or(5000, 24);
        var (system, talk) = await ExchangeTalk.CreateAsync(name);
        await using var _ = system;
        system.Settings = FaultCampaign.Settings(system.Settings);
        if (system.Simulator is BinanceSimulator binance)
            binance.CountsWeight = false;
        var random = new Random(Number("SEED") ?? seed);
        var app = await talk.StartAsync();
        system.Simulator.Faults = new(seed, orderRate: 0.1, questionRate: 0.02);
        var (begin, most) = (Stopwatch.GetTimestamp(), TimeSpan.FromMinutes(Number("MINUTES") ?? int.MaxValue));
        for (var step = 1; step <= steps && Stopwatch.GetElapsedTime(begin) < most; step++)
        {
            app = await StepAsync(system, talk, app, random);
            if (step % _operatorComesEvery != 0)
                continue;
            await DecideAsync(system, app, ends: false);
            await ProtectedAsync(system, talk, app);
        }

        system.Simulator.Faults = Faults.None;
        system.Simulator.Instead = null;
        await DecideAsync(system, app, ends: true);
        var journal = await system.AgreesAsync(app);
        journal.KeepsWithin(system.Settings);
        output.WriteLine($"{system.Market.Orders.Count} orders, {system.Market.Fills.Count} fills; "
            + string.Join(", ", _done.OrderBy(entry => entry.Key).Select(entry => $"{entry.Value} {entry.Key}")));
        Assert.True(_done.Count >= 4, "too little was tried");
    }

    private static int? Number(string name) => int.TryParse(Environment.GetEnvironmentVariable($"TRADING_CAMPAIGN_{name}"),
        CultureInfo.InvariantCulture, out var number) ? number : null;

    private async Task<WebApplication> StepAsync(ExchangeSystem system, ExchangeTalk talk, WebApplication app, Random random)
    {
        var what = random.Next(100) switch
        {
            < 35 => "purchases",
            < 50 => "sales",
            < 58 => "prices",
            < 63 => "sales by hand",
            < 66 => "purchases by hand",
            < 70 => "deposits",
            < 72 => "withdrawals",
            < 76 => "cancellations by hand",
            < 82 => "hidden orders",
            < 87 => "refused stops",
            < 95 => "moves of the market",
            < 98 => "kills",
            _ => "pauses",
        };
        _done[what] = _done.GetValueOrDefault(what) + 1;
        system.Simulator.Instead = what == "refused stops"
            ? (method, path, sent) => method == "POST" && path.Contains("order", StringComparison.Ordinal)
                && sent.Contains("stop", StringComparison.OrdinalIgnoreCase) ? (403, "<html>403</html>") : null
            : null;
        switch (what)
        {
            case "hidden orders":
                system.Market.HidesNext = TimeSpan.FromMilliseconds(random.Next(500, 3000));
                await WaitedAsync(system, await talk.AskAsync(app, Direction.Up));
                break;
            case "purchases":
                await WaitedAsync(system, await talk.AskAsync(app, Direction.Up));
                break;
            case "sales":
                await WaitedAsync(system, await talk.AskAsync(app, Direction.Down));
                break;
            case "prices" or "refused stops":
                await talk.PriceAsync(app);
                break;
            case "sales by hand":
                ByHand(system, false, 0.001m);
                break;
            case "purchases by hand":
                ByHand(system, true, 0.001m);
                break;
            case "deposits":
                system.Market.Deposit(system.Quote, random.Next(1, 1000));
                break;
            case "withdrawals":
                system.Market.Deposit(system.Quote, -random.Next(1, 1000));
                break;
            case "cancellations by hand" when system.Market.Orders.LastOrDefault(order => order is
            {
                Open: true,
                Stop: not null
            }) is { } stop:
                system.Market.Cancel(stop);
                break;
            case "moves of the market":
                system.Market.SetPrice(60_000 + random.Next(-2500, 2500));
                await talk.PriceAsync(app);
                break;
            case "kills" or "pauses":
                await system.CrashAsync(app);
                if (what == "pauses")
                    system.Clock.Advance(TimeSpan.FromMinutes(random.Next(1, 180)));
                return await talk.StartAsync(passes: false);
        }
        return app;
    }

    // An order of somebody else that the market takes, where it takes it.
    private static void ByHand(ExchangeSystem system, bool buys, decimal quantity)
    {
        try
        {
            system.Market.Place($"web_{Guid.NewGuid():N}", buys, SimKind.Market, quantity, null, null);
        }
        catch (NotTakenException)
        {
        }
    }

    // Waited for a moment: an order whose answer is lost comes to its end later.
    private static Task WaitedAsync(ExchangeSystem system, Trade asked) => asked.Assessment!.Verdict != Verdict.Approved
        ? Task.CompletedTask : Task.WhenAny(
            UntilAsync(async () => (await system.TradeAsync(asked.TradeId)).Execution is not null), Task.Delay(400));

    // At prices that are told, a position soon has its stop or its exit; until then the account says what keeps it from that.
    private static async Task ProtectedAsync(ExchangeSystem system, ExchangeTalk talk, WebApplication app)
    {
        system.Simulator.Instead = null;
        await talk.PricesUntilAsync(app, async () =>
        {
            var account = await system.StateAsync();
            var position = account.PositionIn(Symbol);
            return account.LimitsIn(Symbol)?.IsSellable(position.Quantity, system.Market.Price) != true
                || account.Reservations.Values.Any(order => order.Side == TradeAction.Sell)
                || position.StopRefused is not null || position.ExitRefused is not null || position.StopDeclined
                || account.External is { Pending: true } || account.StateOf(Symbol) == TradingState.Halted;
        }, "a position has neither stop nor exit, and nobody is told why");
    }

    // What an operator does about what is told: fills are adopted, money that is gone is booked, trading is resumed; at the end every open
    // order is ended too.
    private static async Task DecideAsync(ExchangeSystem system, WebApplication app, bool ends)
    {
        await UntilAsync(async () =>
        {
            await ComparedAsync(app);
            var account = await system.StateAsync();
            if ((account.Reservations.IsEmpty || !ends) && account.External is { Pending: false, Differences.Count: 0 })
                return true;
            foreach (var tradeId in account.Reservations.Keys)
                await EndAsync(system, tradeId, ends);
            await AdoptAsync(system, account);
            await Task.Delay(200);
            return false;
        }, "the differences do not end", system.OpenAsync);
        await system.DecideAsync(new ResumeTrading("kim", "looked at", system.Clock.GetUtcNow()));
    }

    // One that is unknown for long because the owner moved money meanwhile ends by an operator's word alone.
    private static async Task EndAsync(ExchangeSystem system, Guid tradeId, bool ends)
    {
        var (trade, version) = (await system.JournalAsync(journal => journal.TradeAsync(tradeId, default)))!;
        if (trade is { Cancel: null, Execution: null, Placed: { } placed } && (trade.ExchangeOrderId is not null
            ? ends : system.Clock.GetUtcNow() - placed.At > TimeSpan.FromSeconds(25)))
            await system.JournalAsync(journal => journal.AppendAsync([new(Trade.StreamId(tradeId), version,
                [new CancelRequested("kim", "the end", system.Clock.GetUtcNow())])], new(tradeId, "test"), default));
    }

    private static async Task AdoptAsync(ExchangeSystem system, Portfolio account)
    {
        var keys = account.External!.Differences.Keys.ToList();
        var fills = await system.JournalAsync(journal => JournalReader.FoundFillsAsync(
            journal.Database, ExchangeAccount.Account, keys, default));
        // Purchases first: a sale of what was bought by hand needs its units.
        foreach (var fill in fills.OrderBy(fill => fill.Side).ThenBy(fill => fill.FilledAt))
            await system.DecideAsync(new BookExternalFill(ExternalFillBooked.Of(fill, "BTC", system.Quote, null, "kim", "by hand",
                system.Clock.GetUtcNow())));
        // What is left of a difference in cash when nothing else is open was paid by hand.
        if (fills.Count == 0 && account.Reservations.Values.All(order => order.RestsOnExchange())
            && account.External.Differences.TryGetValue($"balance/{system.Quote}", out var cash)
            && cash.Observed != cash.Expected)
            await system.DecideAsync(new AdjustCash(cash.Observed - cash.Expected, "kim", "paid by hand", system.Clock.GetUtcNow()));
    }
}
