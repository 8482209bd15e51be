using Trading.Core;
using Trading.Core.Strategies;

namespace Trading.Hosting;

/// <summary>A backtest that can be begun any number of times, also on several threads at once: each has its own strategy, account and ledger.</summary>
/// <param name="Settings">Strategy, limits and costs.</param>
/// <param name="IntervalSeconds">Seconds of a bar.</param>
/// <param name="Quantity">Units of each order of a rule by itself; null for orders within the account's limits, as in live trading.</param>
/// <param name="Timing">Where orders are filled.</param>
public sealed record BacktestPlan(TradingSettings Settings, int IntervalSeconds, decimal? Quantity = null, FillTiming Timing = FillTiming.NextBar)
{
    /// <summary>What the result cannot tell of live trading with these settings, in one line; null for nothing.</summary>
    public string? Warning => Settings.Strategy == TradingStrategies.Ensemble && Settings.Models is not [TechnicalModel.Name]
        ? $"Models has {string.Join(", ", Settings.Models)}: a backtest is that of {TechnicalModel.Name} alone, for what the others would have said of the past is not known"
        : null;

    /// <summary>What it is run with.</summary>
    /// <param name="account">The account to begin with; null for a new one with the settings' cash.</param>
    public BacktestRules Rules(Portfolio? account = null) => new(
        Settings.Symbols[0], IntervalSeconds, account?.CashUsd ?? Settings.StartingCashUsd, Costs(), Timing, Opening: account?.Positions.GetValueOrDefault(Settings.Symbols[0]));

    /// <summary>A new strategy, which has not seen any bar.</summary>
    public ITradingStrategy NewStrategy() => Settings.NewStrategy() ?? new EnsembleStrategy(Pipeline(), Limits().Signal);

    /// <summary>A new backtest, which has not seen any bar, and who decides in it.</summary>
    /// <param name="account">The account to begin with, where orders are within its limits; null for a new one.</param>
    /// <exception cref="ArgumentException">The settings cannot be used; the message is one line for a person.</exception>
    public (Backtest Backtest, IBacktestTrader Trader) Begin(Portfolio? account = null)
    {
        var rules = Rules(account);
        IBacktestTrader trader = Quantity is { } quantity
            ? new FixedOrders(NewStrategy(), quantity, rules.CashUsd, rules.Costs)
            : new PipelineTrader(rules, Pipeline(), Limits(), Settings.NewStrategy(), account);
        return (new(rules, trader), trader);
    }

    /// <summary>The result of a whole series of candles in memory; allocates only what the result holds.</summary>
    /// <param name="candles">The candles, which many may read at the same time.</param>
    /// <param name="keepFills">Whether each order is kept.</param>
    public BacktestResult Run(ReadOnlySpan<Candle> candles, bool keepFills = false)
    {
        var (backtest, _) = Begin();
        backtest.Ledger.KeepsFills = keepFills;
        backtest.Add(candles);
        return backtest.Result();
    }

    // So many models as can answer must have: the one that is computed here.
    private RiskLimits Limits() => (Settings with { Models = [TechnicalModel.Name] }).Limits();

    // Live settings speak of the live interval; a backtest goes by that of its data.
    private PipelineRules Pipeline()
    {
        var decision = Math.Max(Settings.DecisionIntervalSeconds, IntervalSeconds);
        return Settings.Pipeline() with
        {
            Window = new(IntervalSeconds, Math.Max(1, Settings.HorizonSeconds / IntervalSeconds)),
            DecisionIntervalSeconds = decision,
            ExpirySeconds = 2 * decision,
            Costs = Costs(),
        };
    }

    private PaperCosts Costs() =>
        Timing == FillTiming.AtClose ? Settings.PaperCosts() : Settings.PaperCosts() with { LatencyMilliseconds = Settings.BacktestLatencyMilliseconds };
}
