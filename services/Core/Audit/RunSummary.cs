using Trading.Contracts;

namespace Trading.Core;

/// <summary>What a stretch of the journal amounts to, folded event by event.</summary>
public sealed class RunSummary
{
    private readonly PredictionScores _scores = new();
    private readonly Dictionary<RiskRule, int> _refusals = [];
    private readonly Dictionary<ExitReason, int> _exits = [];
    private readonly Dictionary<Guid, ExitReason> _leaving = [];
    private PriceObserved? _first, _newest;
    private decimal _peakUsd;

    /// <summary>Events taken.</summary>
    public long Events { get; private set; }

    /// <summary>The account after the last event; null when its events are not part of the stretch.</summary>
    public Portfolio? Account { get; private set; }

    /// <summary>Decisions, holds included.</summary>
    public int Decisions { get; private set; }

    /// <summary>Decisions that asked for nothing.</summary>
    public int Holds { get; private set; }

    /// <summary>Orders filled to buy.</summary>
    public int Buys { get; private set; }

    /// <summary>Orders filled to sell.</summary>
    public int Sales { get; private set; }

    /// <summary>Approved orders that ended without any fill.</summary>
    public int Unfilled { get; private set; }

    /// <summary>Orders filled to leave a position that no prediction asked to leave, by reason; they are sales too.</summary>
    public IReadOnlyDictionary<ExitReason, int> Exits => _exits;

    /// <summary>Fees of the filled orders.</summary>
    public decimal FeesUsd { get; private set; }

    /// <summary>Equity at the first decision.</summary>
    public decimal? StartEquityUsd { get; private set; }

    /// <summary>Equity at the price of the last decision, with all that was traded on it, or at prices that came after it.</summary>
    public decimal EndEquityUsd { get; private set; }

    /// <summary>Deepest fall of equity below an earlier peak, as a share of the peak, 0 to 1.</summary>
    public decimal MaxDrawdown { get; private set; }

    /// <summary>Refused orders by the first rule that refused.</summary>
    public IReadOnlyDictionary<RiskRule, int> Refusals => _refusals;

    /// <summary>Hit rates by model and symbol.</summary>
    public IReadOnlyDictionary<(string Model, string Symbol), HitRate> HitRates => _scores.Rates;

    /// <summary>First and newest price of the first symbol; their ratio is what buying and holding made. Null without decisions.</summary>
    public (PriceObserved First, PriceObserved Newest)? Held => _first is null || _newest is null ? null : (_first, _newest);

    /// <summary>Takes the account as it is at the start of the range.</summary>
    public void Begin(Portfolio account) => Account = account;

    /// <summary>Takes the next event of the journal.</summary>
    public void Add(object happened)
    {
        Events++;
        switch (happened)
        {
            case TradeProposed proposed:
                Seen(proposed.Prediction.Price);
                _scores.Add(proposed.Prediction);
                break;
            case ExitProposed exit:
                Seen(exit.Price);
                _leaving[exit.TradeId] = exit.Exit.Reason;
                break;
            case TradeAssessed { Assessment: var assessment }:
                Decisions++;
                Holds += assessment.Verdict == Verdict.Hold ? 1 : 0;
                if (assessment.Refusal is { } rule)
                    _refusals[rule] = _refusals.GetValueOrDefault(rule) + 1;
                StartEquityUsd ??= assessment.EquityUsd;
                Mark(assessment.EquityUsd);
                break;
            case TradeClosed { Execution.FilledQuantity: 0 }:
                Unfilled++;
                break;
            case TradeClosed { Execution: var execution }:
                FeesUsd += execution.FeeUsd + Money.RoundUp((execution.FeeBase ?? 0) * execution.AveragePrice)
                    + Money.RoundUp(execution.FeeValueUsd ?? 0);
                break;
            case IAccountEvent accountEvent:
                if (Account is null && accountEvent is not AccountOpened)
                    break;
                Account = Portfolio.Evolve(Account, accountEvent);
                break;
        }
        if (happened is TradeSettled settled)
        {
            Buys += settled.Side == TradeAction.Buy ? 1 : 0;
            Sales += settled.Side == TradeAction.Sell ? 1 : 0;
            if (_leaving.Remove(settled.TradeId, out var reason))
                _exits[reason] = _exits.GetValueOrDefault(reason) + 1;
            if (Account is not null && _newest is not null)
                Mark(Account.EquityUsd(_newest.Symbol, _newest.Price));
        }
    }

    /// <summary>Values the account at prices that were seen after the last decision, which may be a day old.</summary>
    /// <param name="account">The account after the last event.</param>
    /// <param name="prices">Prices by symbol; a position without one keeps its last price.</param>
    public void Value(Portfolio account, IReadOnlyDictionary<string, decimal> prices) => Mark(account.CashUsd
        + account.Positions.Sum(held => held.Value.Quantity * prices.GetValueOrDefault(held.Key, held.Value.LastPrice)));

    /// <summary>
    /// Whether cash and the cost of positions are what went in, plus what sales made, less the fees that were paid with them, to the last
    /// digit.
    /// </summary>
    public static bool AddsUp(Portfolio account, decimal openingCashUsd) =>
        account.CashUsd + account.Positions.Values.Sum(position => position.CostUsd)
        == openingCashUsd + account.AdjustedUsd + account.RealisedUsd - (account.FeesUsd - account.FeesElsewhereUsd);

    private void Seen(PriceObserved price)
    {
        _first ??= price;
        if (price.Symbol == _first.Symbol)
            _newest = price;
    }

    private void Mark(decimal equityUsd)
    {
        EndEquityUsd = equityUsd;
        _peakUsd = Math.Max(_peakUsd, equityUsd);
        if (_peakUsd > 0)
            MaxDrawdown = Math.Max(MaxDrawdown, 1 - equityUsd / _peakUsd);
    }
}
