using Trading.Contracts;
using Trading.Core.Strategies;

namespace Trading.Core;

/// <summary>One decision and, when it was approved, its execution.</summary>
public sealed record PipelineStep(RiskAssessed Assessed, TradeExecuted? Executed);

/// <summary>
/// The whole chain price, prediction, signal, risk, execution, account as one fold over prices, in one thread and without input or output.
/// No program runs it: services, backtests and replay call the same parts in the same order, and tests compare each of them with this one.
/// Time is the price's time, so a recorded run through the services decides the same to the last digit.
/// </summary>
/// <param name="symbol">What is traded.</param>
/// <param name="rules">How predictions are made and filled.</param>
/// <param name="account">The account; its limits must have been set.</param>
/// <param name="accountVersion">Version of its stream.</param>
/// <param name="strategy">Another strategy than the ensemble; null where the ensemble decides.</param>
public sealed class ReferencePipeline(string symbol, PipelineRules rules, Portfolio account, long accountVersion,
    ITradingStrategy? strategy = null)
{
    private readonly PriceWindow _window = new(rules.Window);
    private readonly TrackRecords? _records = rules.NewTrackRecords(models: 1);

    /// <summary>The account after the last step.</summary>
    public Portfolio Account { get; private set; } = account;

    /// <summary>Version of the account's stream after the last step.</summary>
    public long AccountVersion { get; private set; } = accountVersion;

    /// <summary>Takes the next price: the exit that it causes, if any, and then the decision that is due at it, if one is.</summary>
    public IReadOnlyList<PipelineStep> Step(PriceObserved price)
    {
        if (price.Symbol != symbol)
            throw new ArgumentException($"This pipeline trades {symbol}, the price is one of {price.Symbol}.", nameof(price));
        var second = price.IntervalStart.ToUnixTimeSeconds();
        _window.Add(second, price.Price);
        _records?.Observe(second, _window.NewestPrice);
        var signal = strategy?.OnBar(
            new(second - rules.Window.IntervalSeconds, price.Price, price.Price, price.Price, price.Price, 0),
            HeldPosition.Of(Account, symbol));
        Apply(new WatchPrice(price.Symbol, price.Price, price.ObservedAt));
        var exit = Risk.AssessExit(Account, AccountVersion, price, price.ObservedAt) is { } leaving ? Execute(leaving) : null;
        if (!Predictions.DecisionDue(price, rules.DecisionIntervalSeconds))
            return exit is null ? [] : [exit];

        IReadOnlyList<ModelWeight>? weights = _records is null ? null : [TrackRecord.Weigh(TechnicalModel.Name, _records[0])];
        var prediction = Predictions.Predict(price, _window, [TechnicalModel.Output(_window)], rules, price.ObservedAt, weights) with
        { Strategy = signal?.Record(strategy!.Name) };
        _records?.Predict(second, _window.NewestPrice, [TechnicalModel.Predict(_window) ?? Forecast.None]);
        var decided = Execute(
            new(DerivedId.Trade(prediction.PredictionId), prediction, Risk.Assess(Account, AccountVersion, prediction, price.ObservedAt)));
        return exit is null ? [decided] : [exit, decided];
    }

    private PipelineStep Execute(RiskAssessed assessed)
    {
        if (assessed.Assessment is not { Order: { } order, AssessedAt: var at })
            return new(assessed, null);
        Apply(new ReserveFunds(assessed.TradeId, order, at));
        var execution = PaperFill.Of(assessed.TradeId, order, assessed.Cause().Price, rules.Costs, at);
        Apply(new SettleTrade(assessed.TradeId, execution));
        return new(assessed, new(assessed.TradeId, assessed, execution));
    }

    private void Apply(IAccountCommand command)
    {
        foreach (var happened in Portfolio.Decide(command, Account))
        {
            Account = Portfolio.Evolve(Account, happened);
            AccountVersion++;
        }
    }
}
