using System.Runtime.InteropServices;
using Trading.Contracts;

namespace Trading.Core;

/// <summary>An event of the journal that is not what its recorded inputs give.</summary>
/// <param name="Sequence">Its place in the journal.</param>
/// <param name="StreamId">Its stream.</param>
/// <param name="Version">Its place in the stream.</param>
/// <param name="What">What differs, for example "trade_assessed: checks".</param>
/// <param name="Recorded">What the journal holds.</param>
/// <param name="Recomputed">What its inputs give.</param>
public sealed record ReplayDifference(long Sequence, string StreamId, long Version, string What, string Recorded, string Recomputed);

/// <summary>An event that this version cannot read.</summary>
/// <param name="Reason">Why, in one line.</param>
public sealed record UnreadableEvent(string Reason);

/// <summary>Asks for the last prices of a symbol up to and including an interval.</summary>
/// <param name="Symbol">For example BTC-USD.</param>
/// <param name="IntervalSeconds">Seconds from one price to the next.</param>
/// <param name="UpToUnixSeconds">Start of the newest price's interval, in seconds since 1970.</param>
/// <param name="Count">How many.</param>
public readonly record struct PriceQuestion(string Symbol, int IntervalSeconds, long UpToUnixSeconds, int Count);

/// <summary>
/// Computes every decision of a journal again, event by event in the journal's order, with the same functions that made it: the price from its quotes, the indicators from
/// the prices, the technical model from the indicators, scores from earlier predictions, weights from scores, the ensemble from the models' answers and weights, the assessment from the account at the version that was read, the order's
/// events from the assessment, paper fills from price and costs, and the account from all of them. What came from outside (quotes, other models' answers, a real
/// exchange's fills, operators) is taken as recorded.
/// </summary>
public sealed class Replay
{
    // A decision may be appended after the account has moved on, but not by so many versions.
    private const int AccountVersionsKept = 10_000;

    private readonly Dictionary<string, AccountSoFar> _accounts = [];
    private readonly Dictionary<Guid, TradeSoFar> _trades = [];
    private readonly Dictionary<(string Symbol, int IntervalSeconds, int HorizonSteps), ReplayedWindow> _windows = [];
    private readonly ReplayedScores _scores = new();
    private readonly Dictionary<string, long> _answers = [];
    private (long Sequence, string Stream, long Version) _at;
    private IReadOnlyList<EarlierPrice>? _earlier;

    /// <summary>Events taken.</summary>
    public long Events { get; private set; }

    /// <summary>Assessments computed again.</summary>
    public long Decisions { get; private set; }

    /// <summary>Ended orders computed again.</summary>
    public long Orders { get; private set; }

    /// <summary>Price windows computed again from the journal's prices alone.</summary>
    public long Windows { get; private set; }

    /// <summary>Scores computed again.</summary>
    public long Scores => _scores.Count;

    /// <summary>Windows computed again from the history's prices, which their digests prove.</summary>
    public long WindowsFromHistory { get; private set; }

    /// <summary>Windows that reach back to prices which nobody holds any more: from before the journal's begin, or at which a decision was due and none was recorded. Their indicators are taken as recorded.</summary>
    public long WindowsTakenAsRecorded { get; private set; }

    /// <summary>Answers of models that are taken as recorded, by model: those from outside, those that are learned, and what a strategy asked for. Only the technical model is computed again.</summary>
    public IReadOnlyDictionary<string, long> AnswersTakenAsRecorded => _answers;

    /// <summary>Approved orders that have not ended yet.</summary>
    public int OpenOrders => _trades.Count(trade => trade.Value.State.Assessment is not null);

    /// <summary>How many events differ.</summary>
    public long DifferenceCount { get; private set; }

    /// <summary>The first event that differs; null when none does.</summary>
    public ReplayDifference? First { get; private set; }

    /// <summary>The prices that the next event's window may reach back to and the journal does not hold; null when all are there, or were asked for in vain not long ago.</summary>
    /// <param name="happened">The event that <see cref="Add"/> will get next.</param>
    public PriceQuestion? Asks(object happened)
    {
        if (happened is not TradeProposed { Prediction: { Price: { IntervalSeconds: > 0 } price, Window.Between: var between } prediction })
            return null;
        var rules = RulesOf(prediction);
        var second = price.IntervalStart.ToUnixTimeSeconds();
        var asks = !_windows.TryGetValue((price.Symbol, rules.IntervalSeconds, rules.HorizonSteps), out var window) || window.Asks(between ?? [], second);
        return asks ? new(price.Symbol, price.IntervalSeconds, second, rules.Capacity) : null;
    }

    /// <summary>Takes the next event.</summary>
    /// <param name="sequence">Its place in the journal.</param>
    /// <param name="streamId">Its stream.</param>
    /// <param name="version">Its place in the stream.</param>
    /// <param name="happened">The event.</param>
    /// <param name="earlier">The answer to what <see cref="Asks"/> asked for it, oldest first; null for none. It need not be trusted: the recorded window's digest tells whether these are the prices that it was made of.</param>
    /// <returns>How it differs from what its inputs give; null when it does not.</returns>
    public ReplayDifference? Add(long sequence, string streamId, long version, object happened, IReadOnlyList<EarlierPrice>? earlier = null)
    {
        Events++;
        _earlier = earlier;
        _at = (sequence, streamId, version);
        ReplayDifference? difference;
        try
        {
            difference = happened switch
            {
                ITradeEvent tradeEvent => Check(tradeEvent),
                IAccountEvent accountEvent => Check(accountEvent),
                PredictionScored scored => _scores.Check(scored) is { } wrong ? Differs(scored, wrong.What, wrong.Recorded, wrong.Recomputed) : Version(scored, scored.Record.Scored),
                UnreadableEvent unreadable => Differs(unreadable, "it cannot be read", unreadable.Reason, "an event of this version"),
                _ => null,
            };
        }
        catch (Exception impossible) when (impossible is InvalidOperationException or ArgumentException or OverflowException or DivideByZeroException)
        {
            difference = Differs(happened, "it could not have happened", $"{happened}", impossible.Message);
        }
        if (difference is null)
            return null;
        DifferenceCount++;
        First ??= difference;
        return difference;
    }

    /// <summary>To be called after the last event: proposals that nobody assessed, for both are appended together.</summary>
    public IReadOnlyList<ReplayDifference> End()
    {
        var unassessed = _trades.Values.Where(trade => trade.State.Assessment is null)
            .Select(trade => new ReplayDifference(trade.Sequence, Trade.StreamId(trade.State.TradeId), 1, $"{nameof(TradeProposed)}: assessment", "nothing", "an assessment")).ToList();
        DifferenceCount += unassessed.Count;
        First ??= unassessed.FirstOrDefault();
        return unassessed;
    }

    private ReplayDifference? Check(ITradeEvent happened)
    {
        switch (happened)
        {
            case TradeProposed proposed:
                return Begins(proposed, proposed.TradeId) ?? Check(proposed);
            case ExitProposed exit:
                return Begins(exit, exit.TradeId) ?? Same(exit, "trade id", exit.TradeId, RestingStops.TradeId(exit.Exit, exit.Price)) ?? CheckPrice(exit, exit.Price);
        }
        if (Trade.IdOf(_at.Stream) is not { } tradeId || !_trades.TryGetValue(tradeId, out var trade))
            return Differs(happened, "the trade", _at.Stream, "a trade that was proposed and has not ended");
        var before = trade.State;
        trade.State = Trade.Evolve(before, happened);
        return Version(happened, ++trade.Version) ?? happened switch
        {
            TradeAssessed { Assessment: var assessment } => Check(trade, assessment),
            OrderPlaced placed => Same(placed, "the order", placed, Trade.Place(before, placed.Exchange, placed.Simulated, placed.Costs, placed.At, placed.Sent).SingleOrDefault()),
            TradeClosed closed => Check(trade, closed),
            _ => trade.Ending(happened),
        };
    }

    private ReplayDifference? Begins(ITradeEvent proposed, Guid tradeId)
    {
        if (!_trades.TryAdd(tradeId, new(Trade.Evolve(null, proposed), _at.Sequence)))
            return Differs(proposed, "the trade", $"{tradeId}", "a trade that was not proposed before");
        return Version(proposed, 1) ?? Same(proposed, "stream", _at.Stream, Trade.StreamId(tradeId));
    }

    private ReplayDifference? Check(TradeProposed proposed)
    {
        var (prediction, price) = (proposed.Prediction, proposed.Prediction.Price);
        foreach (var output in prediction.Models)
        {
            if (output.Model != TechnicalModel.Name && output.Abstained is null)
                CollectionsMarshal.GetValueRefOrAddDefault(_answers, output.Model, out _)++;
        }
        if (prediction.Strategy is { } strategy)
            CollectionsMarshal.GetValueRefOrAddDefault(_answers, strategy.Name, out _)++;
        return Same(proposed, "trade id", proposed.TradeId, DerivedId.Trade(prediction.PredictionId))
            ?? Same(proposed, "prediction id", prediction.PredictionId, DerivedId.Prediction(price.PriceId))
            ?? CheckPrice(proposed, price)
            ?? CheckWindow(proposed)
            ?? prediction.Models.Where(output => output.Model == TechnicalModel.Name)
                .Select(output => Same(proposed, "technical model", output, TechnicalModel.Output(prediction.Window, price.Price))).FirstOrDefault(difference => difference is not null)
            ?? (_scores.Check(prediction) is { } weight ? Differs(proposed, weight.What, weight.Recorded, weight.Recomputed) : null)
            ?? Same(proposed, "ensemble", prediction.Ensemble, Ensemble.Combine(prediction.Models, price.Price, prediction.Weights));
    }

    private ReplayDifference? CheckPrice(ITradeEvent proposed, PriceObserved price)
    {
        var consensus = Consensus.Of([.. price.Quotes.Select(quote => quote.Quote)], price.Rules, price.ObservedAt);
        if (consensus.Price is null)
            return Differs(proposed, "price", $"{price.Price}", consensus.Failure!);
        var again = consensus.ToPrice(price.Symbol, price.IntervalStart, price.IntervalSeconds, price.ObservedAt, price.Simulated, price.Missing);
        return All(proposed, "quotes", price.Quotes, again.Quotes)
            ?? Same(proposed, "price", price with { Rules = again.Rules, Quotes = again.Quotes, Missing = again.Missing }, again);
    }

    private ReplayDifference? CheckWindow(TradeProposed proposed)
    {
        var (price, recorded) = (proposed.Prediction.Price, proposed.Prediction.Window);
        var rules = RulesOf(proposed.Prediction);
        var key = (price.Symbol, rules.IntervalSeconds, rules.HorizonSteps);
        if (!_windows.TryGetValue(key, out var window))
            _windows.Add(key, window = new(rules));
        var second = price.IntervalStart.ToUnixTimeSeconds();
        if (!window.Add(recorded.Between ?? [], second, price.Price))
        {
            // Appended out of order, by another replica: this price's window cannot be told from those that came first.
            WindowsTakenAsRecorded++;
            return null;
        }
        var again = window.Prices.Summarize();
        if (again.Digest == recorded.Digest || !window.MayMiss)
        {
            window.MayMiss = false;
            Windows++;
            return Same(proposed, "price window", recorded with { Between = null }, again);
        }
        if (_earlier is not null && window.Load(_earlier, second) is { } loaded && loaded.Summarize() is { } looked && looked.Digest == recorded.Digest)
        {
            window.Found(loaded);
            WindowsFromHistory++;
            return Same(proposed, "price window", recorded with { Between = null }, looked);
        }
        WindowsTakenAsRecorded++;
        return null;
    }

    private static WindowRules RulesOf(PredictionMade prediction) => new(prediction.Price.IntervalSeconds, Math.Max(1, prediction.HorizonSeconds / prediction.Price.IntervalSeconds));

    private ReplayDifference? Check(TradeSoFar trade, Assessment recorded)
    {
        var happened = new TradeAssessed(recorded);
        var tradeId = trade.State.TradeId;
        if (recorded.Order is null)
            _trades.Remove(tradeId);
        if (!_accounts.TryGetValue(Portfolio.StreamId(recorded.Account), out var account) || account.At(recorded.AccountVersion) is not { } state)
            return Differs(happened, "account version", $"{recorded.AccountVersion}", $"a version of account {recorded.Account} that the journal held by then");
        Decisions++;
        var again = trade.State switch
        {
            { Prediction: { } prediction } => Risk.Assess(state, recorded.AccountVersion, prediction, recorded.AssessedAt),
            { ExitAt: { } price } => (Risk.AssessExit(state, recorded.AccountVersion, price, recorded.AssessedAt) ?? Risk.AssessStop(state, recorded.AccountVersion, price, recorded.AssessedAt))?.Assessment,
            _ => null,
        };
        if (again is null)
            return Differs(happened, "exit", Text(recorded.Exit), "no exit that was due");
        return All(happened, "checks", recorded.Checks, again.Checks) ?? Same(happened, "assessment", recorded with { Checks = again.Checks }, again);
    }

    private ReplayDifference? Check(TradeSoFar trade, TradeClosed closed)
    {
        Orders++;
        var execution = closed.Execution;
        var (placed, expected) = (trade.State.Placed, trade.BeforeEnd);
        return placed switch
        {
            null when execution.FilledQuantity != 0 => Differs(closed, "execution", $"{execution}", "no fill of an order that was never placed"),
            { Costs: { } costs } => Same(closed, "paper fill", execution,
                PaperFill.Of(trade.State.TradeId, placed.Order, trade.State.Cause().Price, costs, execution.ExecutedAt)),
            _ => null,
        } ?? All(closed, "end of the order", [.. trade.End, closed],
            Trade.Close(expected, execution, placed is { Costs: null } ? [.. trade.End.OfType<OrderFilled>()] : null));
    }

    private ReplayDifference? Check(IAccountEvent happened)
    {
        if (!_accounts.TryGetValue(_at.Stream, out var account))
            _accounts.Add(_at.Stream, account = new());
        var before = account.Newest;
        if (account.Due.TryDequeue(out var due))
        {
            account.Add(Portfolio.Evolve(before, happened));
            return Version(happened, account.Version) ?? Same(happened, "account", happened, due);
        }
        var again = happened switch
        {
            AccountOpened opened => Portfolio.Decide(new OpenAccount(opened.Account, opened.MarketData, opened.CashUsd, opened.At), before),
            LimitsSet set => Portfolio.Decide(new SetLimits(set.Limits, set.By, set.Reason, set.At), before),
            FundsReserved reserved => Reserve(reserved, before),
            ReservationReleased released => Settle(released.TradeId, before),
            TradeSettled settled => Settle(settled.TradeId, before),
            TradingHalted halted => Portfolio.Decide(new HaltTrading(halted.By, halted.Reason, halted.At), before),
            TradingReduced reduced => Portfolio.Decide(new ReduceTrading(reduced.By, reduced.Reason, reduced.At), before),
            TradingResumed resumed => Portfolio.Decide(new ResumeTrading(resumed.By, resumed.Reason, resumed.At), before),
            SymbolStateSet set => Portfolio.Decide(new SetSymbolState(set.Symbol, set.State, set.By, set.Reason, set.At), before),
            FlattenOrdered flatten => Portfolio.Decide(new FlattenPositions(flatten.By, flatten.Reason, flatten.At), before),
            PriceMarked marked => Portfolio.Decide(new WatchPrice(marked.Symbol, marked.Price, marked.At), before),
            LimitLatched { Symbol: { } symbol, Price: { } price } latched => Portfolio.Decide(new WatchPrice(symbol, price, latched.At), before),
            OperatorCommanded commanded => [commanded],
            CashAdjusted adjusted => Portfolio.Decide(new AdjustCash(adjusted.AmountUsd, adjusted.By, adjusted.Reason, adjusted.At), before),
            // What was seen on an exchange and what operators said to it is taken as recorded.
            IExternalEvent external => [external],
            _ => throw new InvalidOperationException($"{happened.GetType().Name} is no event that this version computes."),
        };
        account.Add(Portfolio.Evolve(before, happened));
        // What one command makes happen is appended together: the rest comes next.
        foreach (var next in again.Skip(1))
            account.Due.Enqueue(next);
        return Version(happened, account.Version) ?? All(happened, "account", [happened], [.. again.Take(1)]);
    }

    private IReadOnlyList<IAccountEvent> Reserve(FundsReserved reserved, Portfolio? account)
    {
        if (!_trades.TryGetValue(reserved.TradeId, out var trade) || trade.State.Assessment is not { Order: { } order } assessment)
            throw new InvalidOperationException($"No order of trade {reserved.TradeId} was approved.");
        if (assessment.AccountVersion + 1 != _at.Version)
            throw new InvalidOperationException($"The order was approved at version {assessment.AccountVersion} of the account and cannot be reserved as version {_at.Version}.");
        return Portfolio.Decide(new ReserveFunds(reserved.TradeId, order, assessment.AssessedAt), account);
    }

    private IReadOnlyList<IAccountEvent> Settle(Guid tradeId, Portfolio? account)
    {
        if (!_trades.Remove(tradeId, out var trade) || trade.State.Execution is not { } execution)
            throw new InvalidOperationException($"No order of trade {tradeId} has ended.");
        return Portfolio.Decide(new SettleTrade(tradeId, execution, trade.State.Cancel is not null), account);
    }

    private ReplayDifference? Version(object happened, long expected) => Same(happened, "version", _at.Version, expected);

    private ReplayDifference? Same<T>(object happened, string what, T recorded, T again) =>
        EqualityComparer<T>.Default.Equals(recorded, again) ? null : Differs(happened, what, Text(recorded), Text(again));

    private ReplayDifference? All<T>(object happened, string what, IReadOnlyList<T> recorded, IReadOnlyList<T> again)
    {
        for (var i = 0; i < Math.Max(recorded.Count, again.Count); i++)
        {
            if (i >= recorded.Count || i >= again.Count || !EqualityComparer<T>.Default.Equals(recorded[i], again[i]))
                return Differs(happened, what, i < recorded.Count ? Text(recorded[i]) : "nothing", i < again.Count ? Text(again[i]) : "nothing");
        }
        return null;
    }

    private ReplayDifference Differs(object happened, string what, string recorded, string again) =>
        new(_at.Sequence, _at.Stream, _at.Version, $"{happened.GetType().Name}: {what}", recorded, again);

    internal static string Text<T>(T value) => FormattableString.Invariant($"{(object?)value ?? "nothing"}");

    // An account with the states that decisions may still refer to.
    private sealed class AccountSoFar
    {
        private readonly List<Portfolio> _states = [];
        private long _dropped;

        public Queue<IAccountEvent> Due { get; } = new();

        public long Version => _dropped + _states.Count;

        public Portfolio? Newest => _states.Count == 0 ? null : _states[^1];

        public Portfolio? At(long version) => version > _dropped && version <= Version ? _states[(int)(version - _dropped - 1)] : null;

        public void Add(Portfolio state)
        {
            if (_states.Count == 2 * AccountVersionsKept)
            {
                _states.RemoveRange(0, AccountVersionsKept);
                _dropped += AccountVersionsKept;
            }
            _states.Add(state);
        }
    }

    private sealed class TradeSoFar(Trade proposed, long sequence)
    {
        public long Sequence => sequence;

        public Trade State { get; set; } = proposed;

        public long Version { get; set; } = 1;

        /// <summary>The events that end the order, but for the last.</summary>
        public List<ITradeEvent> End { get; } = [];

        /// <summary>The trade before the first of them.</summary>
        public Trade BeforeEnd => State with { Fills = [], Execution = null };

        public ReplayDifference? Ending(ITradeEvent happened)
        {
            // What an exchange did not tell ends nothing, and neither does what an operator wishes.
            if (happened is not (OrderUnknown or OrderAcknowledged or OrderReplaced or CancelRequested))
                End.Add(happened);
            return null;
        }
    }
}
