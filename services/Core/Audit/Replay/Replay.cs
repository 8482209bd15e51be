using Trading.Contracts;

namespace Trading.Core;

/// <summary>
/// Computes every decision of a journal again, event by event in the journal's order, with the same functions that made it: the price from
/// its quotes, the indicators from the prices, the technical model from the indicators, scores from earlier predictions, weights from
/// scores, the ensemble from the models' answers and weights, the assessment from the account at the version that was read, the order's
/// events from the assessment, paper fills from price and costs, and the account from all of them. What came from outside (quotes, other
/// models' answers, a real exchange's fills, operators) is taken as recorded.
/// </summary>
public sealed partial class Replay
{
    private readonly Dictionary<string, ReplayedAccount> _accounts = [];
    private readonly Dictionary<Guid, ReplayedTrade> _trades = [];
    private readonly Dictionary<(string Symbol, int IntervalSeconds, int HorizonSteps), ReplayedWindow> _windows = [];
    private readonly ReplayedScores _scores = new();
    private readonly Dictionary<string, long> _answers = [];
    private JournalPlace _at;
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

    /// <summary>Answers that could have been scored and were not.</summary>
    public long ScoresOmitted => _scores.Omitted;

    /// <summary>The first of those in words; null when there is none.</summary>
    public string? FirstScoreOmitted => _scores.FirstOmitted;

    /// <summary>Windows computed again from the history's prices, which their digests prove.</summary>
    public long WindowsFromHistory { get; private set; }

    /// <summary>
    /// Windows that need prices which are no longer available: from before the journal's start, or from a decision that was due and is not
    /// recorded. Their indicators are taken as recorded.
    /// </summary>
    public long WindowsTakenAsRecorded { get; private set; }

    /// <summary>
    /// Answers of models that are taken as recorded, by model: those from outside, and those that are learned. Only the technical model is
    /// computed again; what a strategy asked for is taken as recorded too, and not counted here.
    /// </summary>
    public IReadOnlyDictionary<string, long> AnswersTakenAsRecorded => _answers;

    /// <summary>Approved orders that have not ended yet.</summary>
    public int OpenOrders => _trades.Count(trade => trade.Value.State.Assessment is not null);

    /// <summary>How many events differ.</summary>
    public long DifferenceCount { get; private set; }

    /// <summary>The first event that differs; null when none does.</summary>
    public ReplayDifference? First { get; private set; }

    /// <summary>An account as it was at a version; null where that is too long ago, or has not been yet.</summary>
    /// <param name="account">Name of the account.</param>
    /// <param name="version">Version of its stream.</param>
    public Portfolio? Account(string account, long version) => _accounts.GetValueOrDefault(Portfolio.StreamId(account))?.At(version);

    /// <summary>
    /// The prices that the next event's window may reach back to and the journal does not hold; null when all are known, or were asked for
    /// without success a short time ago.
    /// </summary>
    /// <param name="happened">The event that <see cref="Add"/> will get next.</param>
    public PriceQuestion? Asks(object happened)
    {
        if (happened is not TradeProposed { Prediction: { Price: { IntervalSeconds: > 0 } price, Window.Between: var between } prediction })
            return null;
        var rules = RulesOf(prediction);
        var second = price.IntervalStart.ToUnixTimeSeconds();
        var asks = !_windows.TryGetValue((price.Symbol, rules.IntervalSeconds, rules.HorizonSteps), out var window)
            || window.Asks(between ?? [], second);
        return asks ? new(price.Symbol, price.IntervalSeconds, second, rules.Capacity) : null;
    }

    /// <summary>Takes the next event.</summary>
    /// <param name="sequence">Its place in the journal.</param>
    /// <param name="streamId">Its stream.</param>
    /// <param name="version">Its place in the stream.</param>
    /// <param name="happened">The event.</param>
    /// <param name="earlier">
    /// The prices that <see cref="Asks"/> asked for, oldest first; null without any. It need not be trusted: the recorded window's digest
    /// shows whether it was made of these prices.
    /// </param>
    /// <returns>How it differs from what its inputs give; null when it does not.</returns>
    public ReplayDifference? Add(long sequence, string streamId, long version, object happened, IReadOnlyList<EarlierPrice>? earlier = null)
    {
        Events++;
        _earlier = earlier;
        _at = new(sequence, streamId, version);
        ReplayDifference? difference;
        try
        {
            difference = happened switch
            {
                ITradeEvent tradeEvent => Check(tradeEvent),
                IAccountEvent accountEvent => Check(accountEvent),
                PredictionScored scored => _scores.Check(scored) is { } wrong
                    ? _at.Differs(scored, wrong.What, wrong.Recorded, wrong.Recomputed) : _at.HasVersion(scored, scored.Record.Scored),
                UnreadableEvent unreadable => _at.Differs(unreadable, "it cannot be read", unreadable.Reason, "an event of this version"),
                _ => null,
            };
        }
        catch (Exception impossible)
            when (impossible is InvalidOperationException or ArgumentException or OverflowException or DivideByZeroException)
        {
            difference = _at.Differs(happened, "it could not have happened", $"{happened}", impossible.Message);
        }
        if (difference is null)
            return null;
        DifferenceCount++;
        First ??= difference;
        return difference;
    }

    /// <summary>Call it after the last event. Returns proposals without an assessment: both are appended together.</summary>
    public IReadOnlyList<ReplayDifference> End()
    {
        _scores.End();
        var unassessed = _trades.Values.Where(trade => trade.State.Assessment is null)
            .Select(trade => new ReplayDifference(trade.Sequence, Trade.StreamId(trade.State.TradeId), 1,
                $"{nameof(TradeProposed)}: assessment", "nothing", "an assessment")).ToList();
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
                return Begins(exit, exit.TradeId) ?? _at.Same(exit, "trade id", exit.TradeId, StopOnExchange.TradeId(exit.Exit, exit.Price))
                    ?? CheckPrice(exit, exit.Price);
        }
        if (Trade.IdOf(_at.Stream) is not { } tradeId || !_trades.TryGetValue(tradeId, out var trade))
            return _at.Differs(happened, "the trade", _at.Stream, "a trade that was proposed and has not ended");
        var before = trade.State;
        trade.State = Trade.Evolve(before, happened);
        return _at.HasVersion(happened, ++trade.Version) ?? happened switch
        {
            TradeAssessed { Assessment: var assessment } => Check(trade, assessment),
            OrderPlaced placed => _at.Same(placed, "the order", placed,
                Trade.Place(before, placed.Exchange, placed.Simulated, placed.Costs, placed.At, placed.Sent).SingleOrDefault()),
            TradeClosed closed => Check(trade, closed),
            _ => trade.Ending(happened),
        };
    }

    private ReplayDifference? Check(ReplayedTrade trade, Assessment recorded)
    {
        var happened = new TradeAssessed(recorded);
        var tradeId = trade.State.TradeId;
        if (recorded.Order is null)
            _trades.Remove(tradeId);
        if (!_accounts.TryGetValue(Portfolio.StreamId(recorded.Account), out var account)
            || account.At(recorded.AccountVersion) is not { } state)
            return _at.Differs(happened, "account version", $"{recorded.AccountVersion}",
                $"a version of account {recorded.Account} that the journal held by then");
        Decisions++;
        var again = trade.State switch
        {
            { Prediction: { } prediction } => Risk.Assess(state, recorded.AccountVersion, prediction, recorded.AssessedAt),
            { ExitAt: { } price } => (Risk.AssessExit(state, recorded.AccountVersion, price, recorded.AssessedAt)
                ?? Risk.AssessStop(state, recorded.AccountVersion, price, recorded.AssessedAt))?.Assessment,
            _ => null,
        };
        if (again is null)
            return _at.Differs(happened, "exit", JournalPlace.Text(recorded.Exit), "no exit that was due");
        return _at.All(happened, "checks", recorded.Checks, again.Checks)
            ?? _at.Same(happened, "assessment", recorded with { Checks = again.Checks }, again);
    }

    private ReplayDifference? Check(ReplayedTrade trade, TradeClosed closed)
    {
        Orders++;
        var execution = closed.Execution;
        var (placed, expected) = (trade.State.Placed, trade.BeforeEnd);
        return placed switch
        {
            null when execution.FilledQuantity != 0 =>
                _at.Differs(closed, "execution", $"{execution}", "no fill of an order that was never placed"),
            { Costs: { } costs } => _at.Same(closed, "paper fill", execution,
                PaperFill.Of(trade.State.TradeId, placed.Order, trade.State.Cause().Price, costs, execution.ExecutedAt)),
            _ => null,
        } ?? _at.All(closed, "end of the order", [.. trade.End, closed],
            Trade.Close(expected, execution, placed is { Costs: null } ? [.. trade.End.OfType<OrderFilled>()] : null));
    }
}
