using Trading.Core;
using Trading.Core.Strategies;
using Trading.Hosting.Settings;
using Trading.Research.Backtests;

namespace Trading.Cli.Backtests;

/// <summary>
/// A backtest that can be begun any number of times, also on several threads at once: each has its own strategy, account and ledger.
/// </summary>
/// <param name="Settings">Strategy, limits and costs.</param>
/// <param name="IntervalSeconds">Seconds of a bar.</param>
/// <param name="Size">Size of each purchase of a rule by itself; null for orders within the account's limits, as in live trading.</param>
/// <param name="Timing">Where orders are filled.</param>
/// <param name="Make">Makes a strategy that settings cannot name; null for theirs.</param>
public sealed record BacktestPlan(TradingSettings Settings, int IntervalSeconds, RuleSize? Size = null,
    FillTiming Timing = FillTiming.NextBar, Func<ITradingStrategy>? Make = null)
{
    private const int SecondsPerDay = 86_400;

    /// <summary>A finer series of the same market, which decides what was reached first within a bar; empty where there is none.</summary>
    public Candle[] Detail { get; init; } = [];

    /// <summary>What the result cannot tell of live trading with these settings, in one line; null for nothing.</summary>
    public string? Warning => Settings.Strategy == TradingStrategies.Ensemble && Settings.Models is not [TechnicalModel.Name]
        ? $"Models has {string.Join(", ", Settings.Models)}: a backtest is that of {TechnicalModel.Name} alone, for what the others would "
            + "have said of the past is not known"
        : null;

    /// <summary>What it is run with.</summary>
    /// <param name="account">The account to begin with; null for a new one with the settings' cash.</param>
    public BacktestRules Rules(Portfolio? account = null) => new(
        Settings.Symbols[0], IntervalSeconds, account?.CashUsd ?? Settings.StartingCashUsd, Costs(), Timing,
        Opening: account?.Positions.GetValueOrDefault(Settings.Symbols[0]), DaysPerYear: Settings.DaysPerYear);

    /// <summary>A new strategy, which has not seen any bar.</summary>
    public ITradingStrategy NewStrategy() => Make?.Invoke() ?? Settings.NewStrategy() ?? new EnsembleStrategy(Pipeline(), Limits().Signal);

    /// <summary>A new strategy as decisions hear it; the ensemble speaks at decisions alone.</summary>
    public ITradingStrategy? HeardStrategy() => Make?.Invoke()
        ?? Settings.NewHeardStrategy(IntervalSeconds, Math.Max(Settings.DecisionIntervalSeconds, IntervalSeconds));

    /// <summary>Seconds of data before the first bar that the strategy should have seen: its daily closes, and the running day.</summary>
    public long WarmUpSeconds => NewStrategy().Days is > 0 and var days ? (days + 1L) * SecondsPerDay : 0;

    /// <summary>How many bars before the first one that counts are worth showing to the trader.</summary>
    public int WarmUpBars => (int)Math.Max(
        Math.Max(Math.Max(NewStrategy().Bars, HeardStrategy()?.Bars ?? 0), Pipeline().Window.Capacity),
        WarmUpSeconds / IntervalSeconds + 1);

    /// <summary>A new backtest, which has not seen any bar, and who decides in it.</summary>
    /// <param name="account">The account to begin with, where orders are within its limits; null for a new one.</param>
    /// <exception cref="ArgumentException">The settings cannot be used; the message is one line for a person.</exception>
    public (Backtest Backtest, IBacktestTrader Trader) Begin(Portfolio? account = null)
    {
        var rules = Rules(account);
        if (Size is not null && NewStrategy() is { Targets: true, Name: var name })
            throw new ArgumentException($"{name} asks for a share of the account's equity: it has no orders of a given --size");
        IBacktestTrader trader = Size is { } size
            ? new FixedOrders(NewStrategy(), size, rules.CashUsd, rules.Costs)
            : new PipelineTrader(rules, Pipeline(), Limits(), HeardStrategy(), account);
        return (new(rules, trader) { Detail = Detail }, trader);
    }

    /// <summary>New backtests of several symbols on one account, and who decides in each of them.</summary>
    /// <param name="symbols">The symbols, in the order in which they decide at the same close.</param>
    /// <param name="detail">The finer bars of a symbol; null for none.</param>
    /// <exception cref="ArgumentException">The settings cannot be used; the message is one line for a person.</exception>
    public (SymbolsBacktest Backtest, IReadOnlyList<PipelineTrader> Traders) BeginSeveral(
        IReadOnlyList<string> symbols, Func<string, Candle[]?> detail)
    {
        if (Size is not null)
            throw new ArgumentException("--size plays a rule by itself, in one symbol: several share the limits of an account");
        var (account, rules) = (new BacktestAccount(Settings.StartingCashUsd, Limits(), several: true), Rules());
        var (parts, traders) = (new List<Backtest>(), new List<PipelineTrader>());
        foreach (var symbol in symbols)
        {
            traders.Add(new(rules with { Symbol = symbol }, Pipeline(), account, HeardStrategy()));
            parts.Add(new(rules with { Symbol = symbol }, traders[^1]) { Detail = detail(symbol) ?? [] });
        }
        return (new(rules with { Symbol = string.Join(',', symbols) }, parts), traders);
    }

    /// <summary>The result of a whole series of candles in memory; allocates only what the result holds.</summary>
    /// <param name="candles">The candles, which many may read at the same time.</param>
    /// <param name="before">Candles before them, which the strategy sees and on which it does not trade.</param>
    /// <param name="keepFills">Whether each order is kept.</param>
    public BacktestResult Run(ReadOnlySpan<Candle> candles, ReadOnlySpan<Candle> before = default, bool keepFills = false)
    {
        var (backtest, trader) = Begin();
        if (!before.IsEmpty)
            ResearchData.Show(trader, before[Math.Max(0, before.Length - WarmUpBars)..], IntervalSeconds);
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
        Timing == FillTiming.AtClose
            ? Settings.PaperCosts() : Settings.PaperCosts() with { LatencyMilliseconds = Settings.BacktestLatencyMilliseconds };
}
