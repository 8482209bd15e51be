using Trading.Contracts;

namespace Trading.Core;

/// <summary>A decision that would have been another.</summary>
/// <param name="TradeId">The trade.</param>
/// <param name="At">When it was decided.</param>
/// <param name="Recorded">What was decided.</param>
/// <param name="Instead">What would have been.</param>
public sealed record ChangedDecision(Guid TradeId, DateTimeOffset At, Assessment Recorded, Assessment Instead);

/// <summary>
/// The decisions that the same recorded predictions would have led to under other limits, costs and weights, on an account of its own. Orders are filled on paper at once,
/// at the recorded price plus costs. A stretch of the journal begins with the account as it was then: its positions, and the orders that were open, which end as they did. Nothing is written anywhere.
/// </summary>
/// <param name="account">Name of the account.</param>
/// <param name="limits">The limits to decide under.</param>
/// <param name="costs">What trading costs.</param>
/// <param name="weights">How much each model counts; null for as recorded.</param>
/// <param name="from">When the other limits begin; what was written before is as it was.</param>
/// <param name="to">Until when; what was written from then on is left out.</param>
public sealed class WhatIf(string account, RiskLimits limits, PaperCosts costs, IReadOnlyDictionary<string, double>? weights, DateTimeOffset from = default, DateTimeOffset? to = null)
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
        switch (happened)
        {
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
                return assessed.Assessment.Account == account && _account is not null ? Decide(tradeId, prediction, assessed.Assessment) : null;
            case IAccountEvent accountEvent when streamId == _stream:
                Recorded.Add(accountEvent);
                Follow(accountEvent);
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
        Recorded.Begin(_account);
        Instead.Begin(_account);
        Apply(new LimitsSet(_account.LimitsVersion + 1, limits, "what-if", "other limits", at));
    }

    // Cash and the state of trading are the operator's: they are as they were. Limits and orders are this one's own.
    private void Follow(IAccountEvent happened)
    {
        switch (happened)
        {
            case AccountOpened opened:
                Apply(happened);
                Apply(new LimitsSet(1, limits, "what-if", "other limits", opened.At));
                break;
            case TradeSettled settled when _openBefore!.Contains(settled.TradeId):
            case ReservationReleased released when _openBefore!.Contains(released.TradeId):
            case TradingHalted or TradingReduced or TradingResumed or SymbolStateSet or FlattenOrdered or IExternalEvent:
            case CashAdjusted adjusted when _account!.FreeCashUsd() + adjusted.AmountUsd >= 0:
                Apply(happened);
                break;
        }
    }

    private ChangedDecision? Decide(Guid tradeId, PredictionMade recorded, Assessment assessment)
    {
        var prediction = weights is null ? recorded : recorded with { Ensemble = Ensemble.Combine(recorded.Models, recorded.Price.Price, weights) };
        var instead = Risk.Assess(_account!, _version, prediction, assessment.AssessedAt);
        Instead.Add(new TradeProposed(tradeId, prediction));
        Execute(tradeId, instead, prediction.Price);
        if (instead.Verdict == assessment.Verdict && instead.Order == assessment.Order)
            return null;
        Changed++;
        return new(tradeId, assessment.AssessedAt, assessment, instead);
    }

    // The journal holds the prices that were decided on: at these the other limits' exits are looked for, before the decision as it was.
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
