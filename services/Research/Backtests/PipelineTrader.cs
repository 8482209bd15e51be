using Trading.Contracts;
using Trading.Core;
using Trading.Core.Strategies;

namespace Trading.Research.Backtests;

/// <summary>
/// The decisions of live trading as values: window, models, ensemble, signal, exits, limits, sizes and the account, by the same functions
/// and in the same order as <see cref="ReferencePipeline"/> records them. A bar allocates nothing; records are made only for orders.
/// </summary>
public sealed class PipelineTrader : IBacktestTrader
{
    private readonly BacktestRules _rules;
    private readonly PipelineRules _pipeline;
    private readonly BacktestAccount _account;
    private readonly RiskLimits _limits;
    private readonly ExitShares _exits;
    private readonly PositionBarriers _barriers;
    private readonly ITradingStrategy _strategy;
    private readonly EnsembleStrategy? _ensemble;
    private readonly bool _watches, _hasExits, _chance, _seesPosition;
    private readonly PriceWindow _window;
    private readonly Dictionary<RiskRule, int> _refusals = [];
    // Written again by each decision: to clear it on the stack would cost more than the checks.
    private readonly RiskCheck[] _checks = new RiskCheck[Risk.MostChecks];
    private Signal _signal;
    private QuietPrices _quiet;
    private bool _asks, _open, _exitsChecked = true, _quietKnown;
    private decimal _signalStop;

    /// <summary>A trader on an account of its own.</summary>
    /// <param name="rules">What the backtest is run with.</param>
    /// <param name="pipeline">How predictions are made.</param>
    /// <param name="limits">The account's limits.</param>
    /// <param name="strategy">A strategy in place of the ensemble; null for the ensemble.</param>
    /// <param name="account">The account to begin with, whose open orders are ignored; null for a new one.</param>
    /// <exception cref="ArgumentException">The limits cannot be put in force.</exception>
    public PipelineTrader(BacktestRules rules, PipelineRules pipeline, RiskLimits limits,
        ITradingStrategy? strategy = null, Portfolio? account = null)
        : this(rules, pipeline, new BacktestAccount(rules.CashUsd, limits, account), strategy)
    {
    }

    /// <summary>A trader on an account that others may share.</summary>
    /// <param name="rules">What the backtest is run with.</param>
    /// <param name="pipeline">How predictions are made.</param>
    /// <param name="account">The account.</param>
    /// <param name="strategy">A strategy in place of the ensemble; null for the ensemble.</param>
    public PipelineTrader(BacktestRules rules, PipelineRules pipeline, BacktestAccount account, ITradingStrategy? strategy = null)
    {
        (_rules, _pipeline, _account) = (rules, pipeline, account);
        // An account that traded on an exchange keeps that exchange's order rules.
        _limits = Account.LimitsIn(rules.Symbol)!;
        _ensemble = strategy is null ? new(pipeline, _limits.Signal) : strategy as EnsembleStrategy;
        _strategy = strategy ?? _ensemble!;
        _seesPosition = _strategy.SeesPosition;
        _window = _ensemble?.Window ?? new(pipeline.Window);
        _exits = ExitShares.Of(_limits.Exits);
        _hasExits = _limits.Exits is not null;
        _barriers = new(_exits);
        _watches = account.Several || _exits.Trailing is not null || _limits.Losses?.MaxDrawdownShare is not null;
        _chance = rules.Costs.LeavesToChance || rules.Costs.TimeoutRate > 0;
    }

    /// <summary>The account.</summary>
    public Portfolio Account => _account.State;

    /// <summary>How often the technical model's directions were right; empty without the ensemble.</summary>
    public HitRate HitRate => _ensemble?.HitRate ?? default;

    /// <summary>Orders that a limit refused, by the first rule that did.</summary>
    public IReadOnlyDictionary<RiskRule, int> Refusals => _refusals;

    /// <summary>The limit that made the account reduce; null when none did.</summary>
    public LimitLatched? Latched => _account.Latched;

    /// <inheritdoc/>
    public string Strategy => _strategy.Name;

    /// <inheritdoc/>
    public bool Observe(long closedAtUnixSeconds, in Candle bar)
    {
        var due = closedAtUnixSeconds % _pipeline.DecisionIntervalSeconds == 0;
        if (_ensemble is null)
            _window.TryAdd(closedAtUnixSeconds, bar.Close);
        _asks = false;
        if (_ensemble is not null)
        {
            // It asks for no stop of its own.
            if (_ensemble.Observe(bar) && due)
                Ask(_ensemble.Decide(bar.Close));
        }
        else if (due || !_strategy.Targets || _seesPosition)
        {
            var signal = Signal(bar);
            StopAt(signal.Stop);
            if (due)
                Ask(signal);
        }
        else
        {
            _strategy.Skip(bar);
            StopAt(0);
        }
        if (!_quietKnown)
            FindQuietPrices(closedAtUnixSeconds);
        _exitsChecked = _quiet.Holds(bar.Close, closedAtUnixSeconds);
        if (!_exitsChecked)
            Watch(closedAtUnixSeconds, bar.Close);
        return _hasExits || _signalStop != 0;
    }

    /// <inheritdoc/>
    public bool Decide(long closedAtUnixSeconds, in Candle bar, out BacktestOrder order)
    {
        order = default;
        if (_open)
            return false;
        if (!_exitsChecked)
        {
            _exitsChecked = true;
            if (Leaves(closedAtUnixSeconds, bar, out order))
                return true;
        }
        if (!_asks)
            return false;
        _asks = false;
        return Decides(closedAtUnixSeconds, bar, _signal, out order);
    }

    /// <inheritdoc/>
    public void Settle(in BacktestOrder order, in PaperExecution execution, long atUnixSeconds)
    {
        _open = false;
        var record = PaperFill.Record(Account.Reservations[order.TradeId], execution,
            DateTimeOffset.FromUnixTimeSeconds(atUnixSeconds));
        Apply(new SettleTrade(order.TradeId, record));
    }

    /// <inheritdoc/>
    public bool Reaches(in Candle part, bool entered, out decimal reference) =>
        _barriers.Reach(Account, _rules.Symbol, _signalStop, part, entered, out reference);

    /// <inheritdoc/>
    public bool Leaves(in Candle part, decimal reference, out BacktestOrder order)
    {
        order = default;
        var at = part.OpenTimeUnixSeconds;
        var numbers = RiskAccount.Of(Account, _rules.Symbol, reference, DateTimeOffset.FromUnixTimeSeconds(at));
        return _limits.IsSellable(numbers.FreeQuantity, reference) && Orders(numbers,
            Request(TradeAction.Sell, reference, reference) with { Exit = _barriers.Reached }, at, out order);
    }

    private void FindQuietPrices(long at)
    {
        // What the other symbols do changes what is due at the same price.
        var position = Account.PositionIn(_rules.Symbol);
        _quiet = _account.Several ? default : QuietPrices.Of(Account, _limits, _exits, position, _barriers.Entry(position), at);
        _quietKnown = true;
    }

    private void Watch(long at, decimal price)
    {
        _quietKnown = false;
        if (_watches)
            Apply(new WatchPrice(_rules.Symbol, price, DateTimeOffset.FromUnixTimeSeconds(at)));
    }

    // A signal is copied only where it asks for something.
    private void Ask(in Signal signal)
    {
        if (signal.Action != TradeAction.Hold || signal.Target is not null)
            (_signal, _asks) = (signal, true);
    }

    // A strategy's stop holds for one bar.
    private void StopAt(decimal price)
    {
        if (price == 0 && _signalStop == 0)
            return;
        _signalStop = price;
        _barriers.Forget();
    }

    private Signal Signal(in Candle bar) => _seesPosition
        ? _strategy.OnBar(bar, HeldPosition.Of(Account, _rules.Symbol)) : _strategy.OnBar(bar);

    private bool Decides(long at, in Candle bar, in Signal signal, out BacktestOrder order)
    {
        // An order that waits for its price is worth that price; the account is worth the market's.
        var numbers = RiskAccount.Of(Account, _rules.Symbol, bar.Close, DateTimeOffset.FromUnixTimeSeconds(at));
        decimal? target = signal.Target is { } wanted ? Rebalancing.Share(wanted) : null;
        var side = target is { } share ? Rebalancing.Side(numbers, _limits, bar.Close, share) : signal.Action;
        if (side == TradeAction.Hold)
        {
            order = default;
            return false;
        }
        var request = _ensemble?.Combined is { } combined ? Request(side, bar, combined) : Request(side, bar, signal, target);
        return Orders(numbers, request, at, out order);
    }

    private RiskRequest Request(TradeAction side, in Candle bar, in Signal signal, decimal? target) =>
        (Request(side, signal.Type == OrderType.Market ? bar.Close : signal.Price, bar.Close) with
        {
            Type = signal.Type,
            Target = target,
            Lifetime = TimeSpan.FromSeconds(_pipeline.ExpirySeconds),
            Volatility = Volatility(),
        }).Of(side, signal.Confidence);

    private RiskRequest Request(TradeAction side, in Candle bar, in CombinedForecast combined) =>
        Request(side, bar.Close, bar.Close) with
        {
            Lifetime = TimeSpan.FromSeconds(_pipeline.ExpirySeconds),
            Volatility = Volatility(),
            Hits = _window.RuleHits,
            Signals = _window.RuleSignals,
            ModelsAnswered = combined.ModelsAnswered,
            Agreement = combined.Agreement,
            Direction = combined.Direction,
            Confidence = combined.Confidence,
            ExpectedMovePercent = combined.PredictedMovePercent,
            VolumeUsd = bar.Volume * bar.Close,
        };

    // Found only for the sizes that depend on it.
    private double Volatility() => _limits.Sizing?.Method == SizingMethod.Volatility ? _window.Volatility : double.NaN;

    private bool Leaves(long at, in Candle bar, out BacktestOrder order)
    {
        order = default;
        if (Account.Positions.IsEmpty)
            return false;
        var now = DateTimeOffset.FromUnixTimeSeconds(at);
        var numbers = RiskAccount.Of(Account, _rules.Symbol, bar.Close, now);
        return Exits.DueExit(Account, _limits, numbers, _rules.Symbol, bar.Close, now) is { } exit
            && Orders(numbers, Request(TradeAction.Sell, bar.Close, bar.Close) with { Exit = exit.Reason }, at, out order);
    }

    private bool Orders(in RiskAccount numbers, in RiskRequest request, long at, out BacktestOrder order)
    {
        order = default;
        var decision = Risk.Decide(numbers, _limits, request, _checks, verdictAlone: true);
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

    // Random fills derive from the id; without them it must only be unique.
    private Guid TradeId(ExitReason? exit, DateTimeOffset at)
    {
        if (!_chance)
            return new(_account.NextOrder(), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
        var price = DerivedId.Price(_rules.Symbol, _rules.IntervalSeconds, at);
        return exit is { } reason ? DerivedId.Exit(price, reason) : DerivedId.Trade(DerivedId.Prediction(price));
    }

    private RiskRequest Request(TradeAction side, decimal price, decimal market) =>
        new()
        {
            Side = side, Symbol = _rules.Symbol, Price = price, Market = market, Spread = new(1, 0),
            IntervalSeconds = _rules.IntervalSeconds,
        };

    private void Apply(IAccountCommand command)
    {
        _quietKnown = false;
        _barriers.Forget();
        _account.Apply(command);
    }
}
