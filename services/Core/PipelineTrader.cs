using Trading.Contracts;
using Trading.Core.Strategies;

namespace Trading.Core;

/// <summary>
/// The decisions of live trading as values: window, models, ensemble, signal, exits, limits, sizes and the account, by the same functions and in the same order as <see cref="Pipeline"/>
/// records them. Nothing is allocated for a bar; records are made for orders alone.
/// </summary>
public sealed class PipelineTrader : IBacktestTrader
{
    private readonly BacktestRules _rules;
    private readonly PipelineRules _pipeline;
    private readonly RiskLimits _limits;
    private readonly ITradingStrategy _strategy;
    private readonly EnsembleStrategy? _ensemble;
    private readonly bool _watches, _chance;
    private readonly PriceWindow _window;
    private readonly Dictionary<RiskRule, int> _refusals = [];
    private Signal _signal;
    private QuietPrices _quiet;
    private bool _open, _exitsLookedAt = true;
    private int _orders;

    /// <summary>A trader.</summary>
    /// <param name="rules">What the backtest is run with.</param>
    /// <param name="pipeline">How predictions are made.</param>
    /// <param name="limits">The account's limits.</param>
    /// <param name="strategy">Another strategy than the ensemble; null for that.</param>
    /// <param name="account">The account to begin with, whose open orders are left aside; null for a new one.</param>
    /// <exception cref="ArgumentException">The limits cannot be put in force.</exception>
    public PipelineTrader(BacktestRules rules, PipelineRules pipeline, RiskLimits limits, ITradingStrategy? strategy = null, Portfolio? account = null)
    {
        if (limits.Violations() is { Count: > 0 } violations)
            throw new ArgumentException(string.Join("; ", violations), nameof(limits));
        (_rules, _pipeline) = (rules, pipeline);
        _ensemble = strategy is null ? new(pipeline, limits.Signal) : strategy as EnsembleStrategy;
        _strategy = strategy ?? _ensemble!;
        _window = _ensemble?.Window ?? new(pipeline.Window);
        _watches = limits.Exits?.TrailingStopPercent is not null || limits.Losses?.MaxDrawdownShare is not null;
        _chance = rules.Costs.LeavesToChance || rules.Costs.TimeoutRate > 0;
        Account = account is null ? Portfolio.Evolve(null, new AccountOpened("backtest", "recorded", rules.CashUsd, default)) : account with { Reservations = account.Reservations.Clear() };
        Account = Portfolio.Evolve(Account, new LimitsSet(Account.LimitsVersion + 1, limits, "settings", "backtest", default));
        // An account that traded on an exchange goes on within what that takes.
        _limits = Account.LimitsIn(rules.Symbol)!;
    }

    /// <summary>The account.</summary>
    public Portfolio Account { get; private set; }

    /// <summary>How often the technical model's directions came true; empty for another strategy than the ensemble.</summary>
    public HitRate HitRate => _ensemble?.HitRate ?? default;

    /// <summary>Orders that a limit refused, by the first rule that did.</summary>
    public IReadOnlyDictionary<RiskRule, int> Refusals => _refusals;

    /// <summary>The limit that made the account reduce, for no operator resumes trading in a backtest; null for none.</summary>
    public LimitLatched? Latched { get; private set; }

    /// <inheritdoc/>
    public string Strategy => _strategy.Name;

    /// <inheritdoc/>
    public void Observe(long closedAtUnixSeconds, in Candle bar)
    {
        var due = closedAtUnixSeconds % _pipeline.DecisionIntervalSeconds == 0;
        if (_ensemble is null)
            _window.TryAdd(closedAtUnixSeconds, bar.Close);
        _signal = _ensemble is null ? _strategy.OnBar(bar) : _ensemble.Observe(bar) && due ? _ensemble.Decide(bar.Close) : default;
        if (!due)
            _signal = default;
        _exitsLookedAt = _quiet.Holds(bar.Close, closedAtUnixSeconds);
        if (_exitsLookedAt)
            return;
        if (_watches)
            Apply(new WatchPrice(_rules.Symbol, bar.Close, DateTimeOffset.FromUnixTimeSeconds(closedAtUnixSeconds)));
    }

    /// <inheritdoc/>
    public bool Decide(long closedAtUnixSeconds, in Candle bar, out BacktestOrder order)
    {
        order = default;
        if (_open)
            return false;
        if (!_exitsLookedAt)
        {
            _exitsLookedAt = true;
            if (Leaves(closedAtUnixSeconds, bar, out order))
                return true;
            _quiet = QuietPrices.Of(Account, _limits, _rules.Symbol, closedAtUnixSeconds);
        }
        var signal = _signal;
        _signal = default;
        return signal.Action != TradeAction.Hold && Decides(closedAtUnixSeconds, bar, signal, out order);
    }

    /// <inheritdoc/>
    public void Settle(in BacktestOrder order, in PaperExecution execution, long atUnixSeconds)
    {
        _open = false;
        var record = PaperFill.Record(order.TradeId, Account.Reservations[order.TradeId], execution, DateTimeOffset.FromUnixTimeSeconds(atUnixSeconds));
        Apply(new SettleTrade(order.TradeId, record));
    }

    private bool Decides(long at, in Candle bar, in Signal signal, out BacktestOrder order)
    {
        // An order that waits for its price is worth that price; the account is worth the market's.
        var numbers = RiskAccount.Of(Account, _rules.Symbol, bar.Close, DateTimeOffset.FromUnixTimeSeconds(at));
        var request = Request(signal.Action, signal.Type == OrderType.Market ? bar.Close : signal.Price, bar.Close) with
        {
            Type = signal.Type,
            Lifetime = TimeSpan.FromSeconds(_pipeline.ExpirySeconds),
            Volatility = _window.Volatility,
            Hits = _ensemble is null ? 0 : _window.RuleHits,
            Signals = _ensemble is null ? 0 : _window.RuleSignals,
        };
        request = _ensemble?.Combined is { } combined
            ? request with { ModelsAnswered = combined.ModelsAnswered, Agreement = combined.Agreement, Direction = combined.Direction, Confidence = combined.Confidence }
            : request.Of(signal.Action, signal.Confidence);
        return Orders(numbers, request, at, out order);
    }

    private bool Leaves(long at, in Candle bar, out BacktestOrder order)
    {
        order = default;
        if (Account.Positions.IsEmpty)
            return false;
        var now = DateTimeOffset.FromUnixTimeSeconds(at);
        var numbers = RiskAccount.Of(Account, _rules.Symbol, bar.Close, now);
        return Exits.Due(Account, _limits, numbers, _rules.Symbol, bar.Close, now) is { } exit
            && Orders(numbers, Request(TradeAction.Sell, bar.Close, bar.Close) with { Exit = exit.Reason }, at, out order);
    }

    private bool Orders(in RiskAccount numbers, in RiskRequest request, long at, out BacktestOrder order)
    {
        order = default;
        Span<RiskCheck> checks = stackalloc RiskCheck[Risk.MostChecks];
        var decision = Risk.Decide(numbers, _limits, request, checks, verdictAlone: true);
        if (decision.Verdict != Verdict.Approved)
        {
            if (decision.Refusal is { } rule)
                _refusals[rule] = _refusals.GetValueOrDefault(rule) + 1;
            return false;
        }
        var now = DateTimeOffset.FromUnixTimeSeconds(at);
        var tradeId = TradeId(request.Exit, now);
        var approved = Risk.Recorded(decision.Order, request);
        Apply(new ReserveFunds(tradeId, approved, now));
        order = new(PaperOrder.Of(approved), tradeId, request.Exit);
        return _open = true;
    }

    // The id decides what chance does to an order; where nothing is left to chance it only has to be another one each time.
    private Guid TradeId(ExitReason? exit, DateTimeOffset at)
    {
        if (!_chance)
            return new(++_orders, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
        var price = DerivedId.Price(_rules.Symbol, _rules.IntervalSeconds, at);
        return exit is { } reason ? DerivedId.Exit(price, reason) : DerivedId.Trade(DerivedId.Prediction(price));
    }

    private RiskRequest Request(TradeAction side, decimal price, decimal market) =>
        new() { Side = side, Symbol = _rules.Symbol, Price = price, Market = market, Sources = 1, IntervalSeconds = _rules.IntervalSeconds };

    private void Apply(IAccountCommand command)
    {
        _quiet = default;
        foreach (var happened in Portfolio.Decide(command, Account))
        {
            Account = Portfolio.Evolve(Account, happened);
            Latched ??= happened as LimitLatched;
        }
    }
}
