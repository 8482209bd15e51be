using System.Text.Json;
using Trading.Contracts;
using Trading.Core;
using Trading.Hosting.Settings;
using Trading.Journal.Events;
using Xunit;

namespace Trading.TestKit.Pipeline;

/// <summary>A decision and, when it was approved and its order has ended, that end.</summary>
internal sealed record TradeRecord(RiskAssessed Assessed, Execution? Execution)
{
    public bool Approved => Assessed.Assessment.Verdict == Verdict.Approved;

    public bool Filled => Execution is { FilledQuantity: > 0 };
}

/// <summary>All that a journal holds, as it can be read back.</summary>
internal sealed record JournalRecord(IReadOnlyList<StoredEvent> Stored, IReadOnlyList<TradeRecord> Trades,
    IReadOnlyList<IAccountEvent> AccountEvents, Portfolio? Account)
{
    private static readonly JsonSerializerOptions Options = new() { WriteIndented = true };

    public static async Task<JournalRecord> ReadAsync(string database, string account = "main")
    {
        await using var journal = new TradeJournal(database, new("test", "0"), TimeProvider.System);
        var stored = new List<StoredEvent>();
        await foreach (var happened in JournalReader.ReadAsync(journal.Database))
            stored.Add(happened);

        var trades = stored.Where(happened => happened.StreamId.StartsWith("trade-", StringComparison.Ordinal))
            .GroupBy(happened => happened.StreamId)
            .Select(stream => stream.Aggregate(default(Trade), (trade, happened) => Trade.Evolve(trade, (ITradeEvent)happened.Event()))!)
            .Select(trade => new TradeRecord(trade.Assessed(), trade.Execution))
            .ToList();
        var accountEvents = stored.Where(happened => happened.StreamId == Portfolio.StreamId(account))
            .Select(happened => (IAccountEvent)happened.Event()).ToList();
        return new(stored, trades, accountEvents, (await journal.AccountAsync(account, CancellationToken.None))?.State);
    }

    /// <summary>The events of one kind, in order.</summary>
    public static async Task<IReadOnlyList<T>> EventsAsync<T>(TradeJournal journal) => await JournalReader
        .OfAsync(journal.Database, 0, [JournalReader.EventName(typeof(T))], [], default).Select(stored => (T)stored.Event()).ToListAsync();

    /// <summary>A value as text, so that records with lists in them can be compared, to the last digit.</summary>
    public static string Text<T>(T value) => JsonSerializer.Serialize(value, Options);

    /// <summary>Each event without its place in the journal: what two runs must have in common.</summary>
    public IEnumerable<string> Events() =>
        Stored.Select(happened => $"{happened.StreamId}/{happened.Version} {happened.Timestamp:O} {Text(happened.Event())}");

    /// <summary>
    /// Each trade has one decision, and one order and one end when it was approved; each approval is one reservation and one settlement or
    /// release; nothing stays reserved; the stored account is the fold of its events, and its money adds up.
    /// </summary>
    public void AddsUp(decimal openingCashUsd)
    {
        var kindsOf = Stored.ToLookup(happened => happened.StreamId, happened => happened.Type);
        foreach (var trade in Trades)
        {
            var id = trade.Assessed.TradeId;
            var kinds = kindsOf[Trade.StreamId(id)];
            string[] decided = [trade.Assessed.Prediction is null ? "exit_proposed" : "trade_proposed", "trade_assessed"];
            Assert.Equal(trade switch
            {
                { Approved: false } => decided,
                { Filled: true } => [.. decided, "order_placed", "order_filled", "trade_closed"],
                { Execution.Outcome: TradeOutcome.Expired } => [.. decided, "order_cancelled", "trade_closed"],
                _ => [.. decided, "order_placed", "order_cancelled", "trade_closed"],
            }, kinds);

            Assert.Equal(trade.Approved ? 1 : 0, AccountEvents.OfType<FundsReserved>().Count(reserved => reserved.TradeId == id));
            Assert.Equal(trade.Filled ? 1 : 0, AccountEvents.OfType<TradeSettled>().Count(settled => settled.TradeId == id));
            Assert.Equal(trade.Approved && !trade.Filled ? 1 : 0,
                AccountEvents.OfType<ReservationReleased>().Count(released => released.TradeId == id));
        }

        Assert.Equal(AccountEvents.OfType<FundsReserved>().Count(), Trades.Count(trade => trade.Approved));
        Assert.Equal(Text(AccountEvents.Aggregate(default(Portfolio), Portfolio.Evolve)), Text(Account));
        Assert.Empty(Account!.Reservations);
        Assert.True(RunSummary.AddsUp(Account, openingCashUsd));
        var bookings = Trades.Where(trade => trade.Filled)
            .Sum(trade => (trade.Assessed.Assessment.Signal == TradeAction.Buy ? -1 : 1)
                * decimal.Round(trade.Execution!.FilledQuantity * trade.Execution.AveragePrice, 8) - trade.Execution.FeeUsd);
        Assert.Equal(openingCashUsd + bookings, Account.CashUsd);
    }

    /// <summary>Every decision, order and booking is what its recorded inputs give.</summary>
    public void ReplaysWithoutDifference()
    {
        var replay = new Replay();
        foreach (var happened in Stored)
            Assert.Null(replay.Add(happened.Sequence, happened.StreamId, happened.Version, happened.Event()));
        Assert.Empty(replay.End());
        Assert.Equal((Trades.Count, 0), (replay.Decisions, replay.OpenOrders));
    }

    /// <summary>
    /// Folds the account and checks each approval against the account at the version before it: no limit was exceeded, however many
    /// decided.
    /// </summary>
    public void KeepsWithin(TradingSettings settings)
    {
        var limits = settings.Limits();
        var approved = Trades.Where(trade => trade.Approved).ToDictionary(trade => trade.Assessed.TradeId);
        Portfolio? account = null;
        var version = 0;
        foreach (var happened in AccountEvents)
        {
            if (happened is FundsReserved reserved)
                Keeps(approved[reserved.TradeId].Assessed, reserved.Order, account!, version, limits);
            account = Portfolio.Evolve(account, happened);
            version++;
            Assert.True(account.FreeCashUsd() >= 0, $"version {version}: {account.FreeCashUsd()} USD are free");
            Assert.All(account.Positions.Keys, symbol =>
                Assert.True(account.FreeQuantity(symbol) >= 0, $"version {version}: {account.FreeQuantity(symbol)} {symbol} are free"));
        }
    }

    private static void Keeps(RiskAssessed assessed, Order order, Portfolio account, int version, RiskLimits limits)
    {
        var (assessment, prediction, price) = (assessed.Assessment, assessed.Prediction, assessed.Cause());
        Assert.Equal(version, assessment.AccountVersion);
        Assert.Equal(Text(assessment.Order), Text(order));
        Assert.All(assessment.Checks, check => Assert.True(check.Passed, $"{check}"));
        Assert.True(assessment.AssessedAt - price.ObservedAt <= TimeSpan.FromSeconds(limits.MaxPriceAgeSeconds));
        Assert.True(assessment.AssessedAt < assessment.ExpiresAt);
        Assert.True(assessment.Exit is not null || SignalThresholds.ConfidenceIn(prediction!) >= limits.LeastConfidence);
        Assert.Equal(0, order.Quantity % limits.LotSize);

        var equity = account.EquityUsd(price.Symbol, price.Price);
        if (order.Side == TradeAction.Sell)
        {
            Assert.InRange(order.Quantity, limits.LotSize, account.FreeQuantity(price.Symbol));
            Assert.InRange(order.Quantity * price.Price, limits.LeastOrderValueUsd,
                assessment.Exit is null or { Reason: ExitReason.Flatten }
                    ? limits.MaxTradeAmountUsd : limits.Exits?.MaxAmountUsd ?? decimal.MaxValue);
            return;
        }

        Assert.InRange(order.Quantity * order.WorstPrice, limits.LeastOrderValueUsd, limits.MaxTradeAmountUsd);
        Assert.True(order.ReservedUsd <= account.FreeCashUsd() - equity * limits.CashReserveShare,
            $"version {version}: {order.ReservedUsd} USD reserved");
        var promised = account.Reservations.Values.Where(open => open.Side == TradeAction.Buy && open.Symbol == order.Symbol)
            .Sum(open => open.Quantity);
        var share = (account.PositionIn(order.Symbol).Quantity + promised + order.Quantity) * price.Price / equity;
        Assert.True(share <= limits.MaxPositionShare, $"version {version}: {share} of equity in {order.Symbol}");

        var today = DateOnly.FromDateTime(assessment.AssessedAt.UtcDateTime);
        var open = account.Positions.Sum(entry =>
            Math.Min(0, entry.Value.Quantity * (entry.Key == price.Symbol ? price.Price : entry.Value.LastPrice) - entry.Value.CostUsd));
        var loss = -((account.Day == today ? account.RealisedOnDayUsd : 0) + open);
        Assert.True(loss < equity * limits.MaxDailyLossShare, $"version {version}: bought after a loss of {loss} USD that day");
    }
}
