using Trading.Cli.Backtests;
using Trading.Core;
using Trading.Core.Strategies;
using Trading.Hosting.Settings;
using Trading.Research.Statistics;
using Trading.Research.Tournaments;

namespace Trading.Cli.Tournaments;

/// <summary>A model of a horizon and what it said.</summary>
/// <param name="Name">What it is and how far ahead it looks, for example learned 1 h.</param>
/// <param name="IntervalSeconds">Seconds of the candles that it was trained on.</param>
/// <param name="Steps">How many of them ahead it looks.</param>
/// <param name="Walked">What it said about what it had not seen.</param>
/// <param name="Kind">Whether it took part from the beginning.</param>
/// <param name="Inputs">What it sees.</param>
public sealed record WalkedModel(string Name, int IntervalSeconds, int Steps, WalkForwardModel.Walked Walked, ContestantKind Kind,
    BoostedInputs Inputs = BoostedInputs.Prices);

/// <summary>Who takes part: docs/adr/0007-choosing-the-default.md names them, and nobody is added after a look at the results.</summary>
/// <param name="settings">The settings, whose costs and cash hold for everyone.</param>
/// <param name="hours">Hourly candles of all data.</param>
/// <param name="models">What the models said.</param>
/// <param name="seed">Where chance comes from.</param>
public sealed class Contestants(TradingSettings settings, Candle[] hours, IReadOnlyList<WalkedModel> models, ulong seed)
{
    /// <summary>Seconds of an hour.</summary>
    public const int Hour = 3600;

    /// <summary>Seconds of a day.</summary>
    public const int Day = 86_400;

    /// <summary>The name of holding, which everything is compared with.</summary>
    public const string Holding = "hold";

    /// <summary>How the exposures at random begin their names.</summary>
    public const string AtRandom = "random ";

    /// <summary>How many exposures at random there are.</summary>
    public const int Randoms = 99;

    private const double TargetVolatility = 30;
    private const long SecondsPerWeek = 7 * Day;

    // Nothing but the rule decides; costs and cash are those of the settings.
    private readonly TradingSettings _open = new TradingSettings
    {
        Symbols = settings.Symbols, StartingCashUsd = settings.StartingCashUsd,
        // So much volatility is never reached: a buy is for all of the equity, and an order is as large as it must be.
        Sizing = SizingMethod.Volatility, TargetVolatilityPercent = 100, MaxTradeAmountUsd = 1_000_000_000,
        MaxPositionShare = 1, MaxExposureShare = 1, CashReserveShare = 0,
        MaxDailyLossShare = 1, MaxDrawdownShare = 0, MaxOrdersPerDay = 0, MaxOrdersPerMinute = 0, DuplicateWindowSeconds = 0,
        CooldownSeconds = 0, StopLossPercent = 0, TrailingStopPercent = 0, TakeProfitPercent = 0, TimeLimitSeconds = 0,
        ExitAtDailyLoss = false, ExitAtDrawdown = false, HorizonSeconds = Hour,
    }.WithCostsOf(settings);

    private readonly SortedDictionary<long, double> _trend = GivenExposure.Of(
        new VolatilityTarget(new Trend([.. Trend.Lookbacks]), TargetVolatility), hours, Hour, Hour);

    private readonly SortedDictionary<long, double> _daily = GivenExposure.Of(
        new VolatilityTarget(new Trend([10, 20, 40]), TargetVolatility), hours, Hour, Day);

    /// <summary>What buying and selling again costs, as a share.</summary>
    public double RoundTrip => settings.RoundTripShare();

    /// <summary>Everyone, yardsticks first; made once.</summary>
    public IReadOnlyList<Contestant> All => field ??= [.. Yardsticks(), .. Rules(), .. OfModels(), .. Parts(), .. AtChance()];

    private IEnumerable<Contestant> Yardsticks()
    {
        yield return Given(Holding, "buys at the begin and holds", () => new FixedShare(Holding, 1));
        yield return new("dca", "buys for the same amount each week", ContestantKind.Yardstick, 0, Hour, Hour,
            seconds => (Open(_open with
            {
                Sizing = SizingMethod.Fixed,
                MaxTradeAmountUsd = Math.Max(_open.LeastOrderValueUsd, decimal.Round(
                    _open.StartingCashUsd / Math.Max(1, seconds / SecondsPerWeek + 1), 2)),
            }, Hour, Hour) with
            { Make = () => new WeeklyPurchase() }).Begin(), 0);
        yield return Given("60/40", "60 % held, brought back by the band", () => new FixedShare("60/40", 0.6));
        var chosen = TradingSettings.ForProfile(TradingSettings.DefaultProfile)!;
        var plan = new BacktestPlan(
            chosen.WithCostsOf(settings) with { Symbols = settings.Symbols, StartingCashUsd = settings.StartingCashUsd }, Hour);
        yield return new("profile local", "the default profile with its limits and exits", ContestantKind.Yardstick, 0, Hour,
            chosen.DecisionIntervalSeconds, _ => plan.Begin(), plan.WarmUpSeconds);
    }

    private IEnumerable<Contestant> Rules()
    {
        yield return Named("technical", "the original's rule, hourly", 3, Hour, Hour, _open with { Strategy = TradingStrategies.Ensemble });
        yield return Named("technical, gated", "the same where it expects more than its costs", 4, Hour, Hour,
            _open with { Strategy = TradingStrategies.Ensemble, CostMultiple = 1 });
        foreach (var (interval, of) in new[] { (Hour, "hours"), (Day, "days") })
        {
            // What only holds or only buys is a yardstick, and trend takes part with several lookbacks.
            foreach (var rule in TradingStrategies.All.Where(rule => !rule.Create(new(rule, [])).Targets
                && rule.Name is not (BuyAndHold.StrategyName or CostAveraging.StrategyName)))
            {
                yield return Named($"{rule.Name}, {of}", $"{rule.Explanation}, on bars of {of}, all in or all out",
                    rule.Parameters.Count, interval, interval, _open with { Strategy = rule.Name });
            }
        }
        foreach (var lookbacks in new[] { "10/20/40", "20/50/100", "50/100/200", "10/20/50/100/200" })
        {
            foreach (var (decision, often) in new[] { (Day, "daily"), (Hour, "hourly") })
            {
                yield return Named($"trend {lookbacks}, {often}", $"share of lookbacks that rose, decided {often}",
                    lookbacks.Count(c => c == '/') + 3, Hour, decision, OfTrend(lookbacks));
            }
        }
    }

    private IEnumerable<Contestant> OfModels()
    {
        foreach (var model in models)
        {
            var shares = ModelShares.AllOrNothing(model.Walked.Said, RoundTrip);
            yield return Known(model.Name, "all in or out by the model, through the cost gate", shares) with { Kind = model.Kind };
            var scaled = ModelShares.Times(_trend, model.Walked.Said, RoundTrip, (long)model.IntervalSeconds * model.Steps);
            yield return Known($"trend × {model.Name}", "trend 20/50/100 hourly times the model's chance of a rise", scaled) with
            { Kind = model.Kind };
            // What ExposureModel does to the default; it was added after the first look, and volumes and flow are not known live.
            if (model.Inputs != BoostedInputs.Prices)
                continue;
            yield return Known($"trend 10/20/40, daily × {model.Name}", "the default's trend, daily, times the model's chance of a rise",
                ModelShares.Times(_daily, model.Walked.Said, RoundTrip, (long)model.IntervalSeconds * model.Steps)) with
            { Kind = ContestantKind.Late };
        }
    }

    private IEnumerable<Contestant> Parts()
    {
        yield return Part("trend 20", OfTrend("20"));
        yield return Part("trend 50", OfTrend("50"));
        yield return Part("trend 100", OfTrend("100"));
        yield return Part("trend 20/50/100 without volatility target", OfTrend("20/50/100") with { TargetVolatility = 0 });
        yield return Part("trend 20/50/100 with target 40 %", OfTrend("20/50/100") with { TargetVolatility = 40 });
        yield return Part("trend 20/50/100 without band", OfTrend("20/50/100") with { RebalanceBand = 0 });
        yield return Part("trend 20/50/100 with band 20 %", OfTrend("20/50/100") with { RebalanceBand = 0.2m });
        yield return Given("volatility target alone", "holds 30 % of volatility, without trend",
            () => new VolatilityTarget(new FixedShare("volatility", 1), TargetVolatility)) with
        { Kind = ContestantKind.Part };
    }

    private IEnumerable<Contestant> AtChance()
    {
        // Data shorter than the longest lookback has no exposure that could be moved.
        var random = new SeededRandom(seed);
        for (var run = 0; run < Randoms && _trend.Count > 0; run++)
        {
            var places = (int)random.NextIndex(_trend.Count);
            IReadOnlyDictionary<long, double>? moved = null;
            yield return Given(FormattableString.Invariant($"{AtRandom}{run + 1}"), "the exposure of trend 20/50/100 at other times",
                () => new GivenExposure("random", Hour, LazyInitializer.EnsureInitialized(ref moved,
                    () => GivenExposure.Moved(_trend, places))!));
        }
    }

    private TradingSettings OfTrend(string lookbacks) => _open with
    { Strategy = Trend.StrategyName, StrategyParameters = [$"lookbacks={lookbacks}"], TargetVolatility = TargetVolatility };

    private static Contestant Part(string name, TradingSettings settings) =>
        Named(name, "decided daily", 0, Hour, Day, settings) with { Kind = ContestantKind.Part };

    private Contestant Given(string name, string what, Func<ITradingStrategy> make) =>
        Of(name, what, ContestantKind.Yardstick, 0, Hour, Hour, Open(_open, Hour, Hour) with { Make = make });

    private Contestant Known(string name, string what, IReadOnlyDictionary<long, double> shares) =>
        Of(name, what, ContestantKind.Model, 0, Hour, Hour,
            Open(_open, Hour, Hour) with { Make = () => new GivenExposure(name, Hour, shares) });

    private static Contestant Named(string name, string what, int parameters, int interval, int decision, TradingSettings settings) =>
        Of(name, what, ContestantKind.Rule, parameters, interval, decision, Open(settings, interval, decision));

    private static Contestant Of(
        string name, string what, ContestantKind kind, int parameters, int interval, int decision, BacktestPlan plan) =>
        new(name, what, kind, parameters, interval, decision, _ => plan.Begin(),
            Math.Max(plan.WarmUpSeconds, plan.NewStrategy().Bars * (long)interval));

    private static BacktestPlan Open(TradingSettings settings, int interval, int decision) => new(
        settings with { DecisionIntervalSeconds = decision, HorizonSeconds = Math.Max(settings.HorizonSeconds, interval) }, interval);
}
