using Trading.Contracts;

namespace Trading.Core;

/// <summary>A decision that would have been another.</summary>
/// <param name="TradeId">The trade.</param>
/// <param name="At">When it was decided.</param>
/// <param name="Recorded">What was decided.</param>
/// <param name="Instead">What would have been.</param>
public sealed record ChangedDecision(Guid TradeId, DateTimeOffset At, Assessment Recorded, Assessment Instead);

/// <summary>
/// The decisions that the same recorded predictions would have led to under other limits, costs and weights, on an account of its own.
/// Orders are filled on paper at once, at the recorded price plus costs. A range of the journal begins with the account as it was then: its
/// positions, and the orders that were open, which end as they did. Nothing is written.
/// </summary>
/// <param name="account">Name of the account.</param>
/// <param name="limits">The limits to decide under.</param>
/// <param name="costs">What trading costs.</param>
/// <param name="weights">How much each model counts; null for as recorded.</param>
/// <param name="from">From when the other limits apply; earlier events stay as they are.</param>
/// <param name="to">Until when; what was written from then on is left out.</param>
public sealed class WhatIf(string account, RiskLimits limits, PaperCosts costs, IReadOnlyDictionary<string, double>? weights,
    DateTimeOffset from = default, DateTimeOffset? to = null)
{
    private readonly Dictionary<Guid, PredictionMade> _proposed = [];
    private readonly string _stream = Portfolio.StreamId(account);
    private Portfolio? _account;
    private long _version;
    private HashSet<Guid>? _openBefore;

    /// <summary>What the journal amounts to.</summary>
    public RunSummary Recorded { get; } = new();

    /// <summary>What it would have amounted to.</summary>
    public RunSummary Instead { get; } = new();

    /// <summary>The limits that were in force at the begin of the range; null before the first are set.</summary>
    public RiskLimits? RecordedLimits { get; private set; }

    /// <summary>The costs of the first paper order in the range; null before one is placed.</summary>
    public PaperCosts? RecordedCosts { get; private set; }

    /// <summary>Decisions with another verdict or another order.</summary>
    public long Changed { get; private set; }

    /// <summary>Takes the next event of the journal.</summary>
    /// <param name="streamId">Its stream.</param>
    /// <param name="at">When it was written.</param>
    /// <param name="happened">The event.</param>
    /// <returns>The decision, where it would have been another.</returns>
    public ChangedDecision? Add(string streamId, DateTimeOffset at, object happened)
    {
        if (at >= to)
            return null;
        if (at < from)
        {
            if (happened is IAccountEvent before && streamId == _stream)
                (_account, _version) = (Portfolio.Evolve(_account, before), _version + 1);
            return null;
        }
        if (_openBefore is null)
            Begin(at);
        if (happened is LimitsSet set && streamId == _stream)
            RecordedLimits ??= set.Limits;
        switch (happened)
        {
            case OrderPlaced placed:
                RecordedCosts ??= placed.Costs;
                Recorded.Add(placed);
                return null;
            case TradeProposed proposed:
                _proposed[proposed.TradeId] = proposed.Prediction;
                Recorded.Add(proposed);
                Watch(proposed.Prediction.Price);
                return null;
            case ExitProposed exit:
                Recorded.Add(exit);
                Watch(exit.Price);
                return null;
            case TradeAssessed assessed when Trade.IdOf(streamId) is { } tradeId && _proposed.Remove(tradeId, out var prediction):
                Recorded.Add(assessed);
                return assessed.Assessment.Account == account && _account is not null
                    ? Decide(tradeId, prediction, assessed.Assessment) : null;
            case IAccountEvent accountEvent when streamId == _stream:
                var before = Recorded.Account;
                Recorded.Add(accountEvent);
                Follow(accountEvent, before);
                return null;
            default:
                Recorded.Add(happened);
                return null;
        }
    }

    private void Begin(DateTimeOffset at)
    {
        _openBefore = [.. _account?.Reservations.Keys ?? []];
        if (_account is null)
            return;
        RecordedLimits = _account.Limits;
        Recorded.Begin(_account);
        Instead.Begin(_account);
        Apply(new LimitsSet(_account.LimitsVersion + 1, limits, "what-if", "other limits", at));
    }

    // Cash, units and the state of trading are the operator's: they are as they were. Limits and orders are this one's own.
    private void Follow(IAccountEvent happened, Portfolio? recorded)
    {
        switch (happened)
        {
            case AccountOpened opened:
                Apply(happened);
                Apply(new LimitsSet(1, limits, "what-if", "other limits", opened.At));
                break;
            case TradeSettled settled when _openBefore!.Contains(settled.TradeId):
            case ReservationReleased released when _openBefore!.Contains(released.TradeId):
            case TradingHalted or TradingReduced or TradingResumed or SymbolStateSet or FlattenOrdered or MarksSet or IExternalEvent:
                Apply(happened);
                break;
            default:
                if (_account is not null && WhatIfOperator.Of(happened, recorded ?? _account, _account) is { } operators)
                    Apply(operators);
                break;
        }
    }

    private ChangedDecision? Decide(Guid tradeId, PredictionMade recorded, Assessment assessment)
    {
        var prediction = weights is null
            ? recorded : recorded with { Ensemble = Ensemble.Combine(recorded.Models, recorded.Price.Price, weights) };
        var instead = Risk.Assess(_account!, _version, prediction, assessment.AssessedAt);
        Instead.Add(new TradeProposed(tradeId, prediction));
        Execute(tradeId, instead, prediction.Price);
        if (instead.Verdict == assessment.Verdict && instead.Order == assessment.Order)
            return null;
        Changed++;
        return new(tradeId, assessment.AssessedAt, assessment, instead);
    }

    // The journal holds the prices that were decided on: each is checked for exits under the other limits before its decision.
    private void Watch(PriceObserved price)
    {
        if (_account?.Limits is null)
            return;
        Apply(new WatchPrice(price.Symbol, price.Price, price.ObservedAt));
        if (Risk.AssessExit(_account, _version, price, price.ObservedAt) is not { } exit)
            return;
        Instead.Add(new ExitProposed(exit.TradeId, price, exit.Assessment.Exit!));
        Execute(exit.TradeId, exit.Assessment, price);
    }

    private void Execute(Guid tradeId, Assessment assessment, PriceObserved price)
    {
        Instead.Add(new TradeAssessed(assessment));
        if (assessment.Order is not { } order)
            return;
        Apply(new ReserveFunds(tradeId, order, assessment.AssessedAt));
        var execution = PaperFill.Of(tradeId, order, price.Price, costs, assessment.AssessedAt);
        Instead.Add(new TradeClosed(execution));
        Apply(new SettleTrade(tradeId, execution));
    }

    private void Apply(IAccountCommand command)
    {
        foreach (var happened in Portfolio.Decide(command, _account))
            Apply(happened);
    }

    private void Apply(IAccountEvent happened)
    {
        _account = Portfolio.Evolve(_account, happened);
        _version++;
        Instead.Add(happened);
    }
}
