using Trading.Core;
using Trading.Core.Strategies;
using Trading.Research.Backtests;
using Trading.Research.Statistics;
using Trading.Research.Tournaments;

namespace Trading.Research.Tests.Tournaments;

/// <summary>What contestants are compared on, and which of them is chosen.</summary>
public class TournamentTests
{
    private const int Day = 86_400;
    private const int Hour = 3600;

    [Fact]
    public void a_day_has_the_regime_that_was_known_before_it()
    {
        // Rises by 1 % a day for 100 days, then falls by 5 % a day.
        decimal price = 100;
        var days = Enumerable.Range(0, 160).Select(day => Daily(day, price *= day < 100 ? 1.01m : 0.95m)).ToArray();

        var regimes = Regimes.Of(days, 0, 160);

        Assert.All(regimes[..91], regime => Assert.Equal(MarketRegime.Range, regime));
        Assert.Equal(MarketRegime.Bull, regimes[91]);
        Assert.Equal(MarketRegime.Bull, regimes[100]);
        Assert.Equal(MarketRegime.Bear, regimes[159]);
        // What comes later changes no day.
        Assert.Equal(regimes[..100], Regimes.Of(days.AsSpan(0, 100), 0, 100));
    }

    [Fact]
    public void shuffled_days_have_the_same_returns_in_another_order()
    {
        var random = new Random(1);
        var price = 20_000m;
        var candles = Enumerable.Range(0, 24 * 200).Select(hour =>
        {
            var open = price;
            price = Math.Round(price * (1 + (decimal)(random.NextDouble() - 0.5) / 50), 2);
            return new Candle(hour * (long)Hour, open, Math.Max(open, price), Math.Min(open, price), price, 1);
        }).ToArray();

        var shuffled = ShuffledReturns.Of(candles, 7, 3);

        Assert.Equal(candles.Select(candle => candle.OpenTimeUnixSeconds), shuffled.Select(candle => candle.OpenTimeUnixSeconds));
        Assert.InRange(shuffled[^1].Close / candles[^1].Close, 0.999m, 1.001m);
        Assert.Equal(Rounded(candles).Order(), Rounded(shuffled).Order());
        Assert.NotEqual(Returns(candles)[0], Returns(shuffled)[0]);
        Assert.All(shuffled, candle => Assert.True(candle.Low <= candle.Close && candle.Close <= candle.High && candle.Low > 0));
        Assert.Equal(shuffled, ShuffledReturns.Of(candles, 7, 3));
        Assert.NotEqual(shuffled, ShuffledReturns.Of(candles, 7, 4));

        static IEnumerable<double> Rounded(Candle[] candles) => Returns(candles).Select(gain => Math.Round(gain, 4));
        static double[] Returns(Candle[] candles) =>
            [.. candles.Chunk(24).Select(day => (double)(day[^1].Close / day[0].Open) - 1)];
    }

    [Fact]
    public void the_chance_of_a_higher_sharpe_ratio_is_sure_where_one_is_always_better_and_half_where_both_are_the_same_coin()
    {
        var random = new Random(5);
        double[] noise = [.. Enumerable.Range(0, 1000).Select(_ => random.NextDouble() - 0.5)];
        double[] other = [.. Enumerable.Range(0, 1000).Select(_ => random.NextDouble() - 0.5)];

        Assert.Equal(1, Tournament.ChanceAbove([.. noise.Select(one => one + 0.2)], noise, 200, 20, 1));
        Assert.InRange(Tournament.ChanceAbove(noise, other, 500, 20, 1), 0.02, 0.98);
        Assert.Equal(Tournament.ChanceAbove(noise, other, 200, 20, 1), Tournament.ChanceAbove(noise, other, 200, 20, 1));
    }

    [Fact]
    public void blocks_of_the_stationary_bootstrap_have_the_mean_length_that_is_asked_for()
    {
        var places = new int[100_000];
        Bootstrap.DrawStationary(places, 1000, 20, new(3));

        var blocks = 1 + Enumerable.Range(1, places.Length - 1).Count(i => places[i] != (places[i - 1] + 1) % 1000);
        Assert.InRange(places.Length / (double)blocks, 18, 22);
        Assert.All(places, place => Assert.InRange(place, 0, 999));
    }

    [Fact]
    public void the_rule_takes_the_simplest_of_those_that_are_as_good_and_leaves_out_what_costs_too_much()
    {
        var holding = Play("hold", ContestantKind.Yardstick, 0, Day, new FixedShare("hold", 1));
        // The same exposures under other names: as good to the last digit.
        var model = Play("model", ContestantKind.Model, 1, Day, new FixedShare("half", 0.5));
        var complex = Play("complex", ContestantKind.Rule, 5, Day, new FixedShare("half", 0.5));
        var often = Play("often", ContestantKind.Rule, 3, Hour, new FixedShare("half", 0.5));
        var simple = Play("simple", ContestantKind.Rule, 3, Day, new FixedShare("half", 0.5));
        var costly = Play("costly", ContestantKind.Rule, 1, Hour, new Flip());

        Assert.Equal("simple", ChoosingRule.Choose([holding, model, complex, often, simple, costly], holding)!.Contestant.Name);
        Assert.Equal("model", ChoosingRule.Choose([holding, model, costly], holding)!.Contestant.Name);
        Assert.Null(ChoosingRule.Choose([holding, costly], holding));
        // What takes the place of one that does not hold afterwards is what fell least, and not what made most.
        Assert.Null(ChoosingRule.LostLeast([holding, costly], holding));
        var least = ChoosingRule.LostLeast([holding, model, complex, often, simple, costly], holding)!;
        Assert.All(new[] { model, complex, often, simple }, one =>
            Assert.True(least.Result.MaxDrawdown <= one.Result.MaxDrawdown));
        Assert.False(ChoosingRule.Beats(holding, holding));
        Assert.StartsWith("turnover ", ChoosingRule.Excluded(costly, holding), StringComparison.Ordinal);
        Assert.Equal("a yardstick", ChoosingRule.Excluded(holding, holding));
        Assert.Equal("it fell as deeply as holding",
            ChoosingRule.Excluded(holding with { Contestant = simple.Contestant }, holding));
    }

    private static Played Play(string name, ContestantKind kind, int parameters, int decision, ITradingStrategy strategy)
    {
        // Down by half and up again, with a wave each day.
        var candles = Enumerable.Range(0, 24 * 100).Select(hour =>
        {
            var close = Math.Round(10_000 * (decimal)(0.75 + 0.25 * Math.Cos(hour / 190.0) + 0.01 * Math.Sin(hour / 4.0)), 2);
            return new Candle(hour * (long)Hour, close, close, close, close, 1);
        }).ToArray();
        var limits = new RiskLimits(new(1, 0.5), 0, 1_000_000, 1, 0, 1, 90, 0.5m, 0.1m, 0.00001m, 5,
            Sizing: new(SizingMethod.Fixed, WithinLimits: true), Rebalance: new(0.1m));
        var costs = new PaperCosts(0.1m, 0.02m, 0.02m, 0.01m);
        var rules = new BacktestRules("BTC-USD", Hour, 10_000, costs);
        return Tournament.Play(
            new(name, name, kind, parameters, Hour, decision, _ =>
            {
                var trader = new PipelineTrader(rules, new(new(Hour, 1), Hour, 2 * Hour, costs), limits, strategy);
                return (new(rules, trader), trader);
            }, 0),
            candles, new("all", 0, 100 * Day));
    }

    private static Candle Daily(int day, decimal close) => new(day * (long)Day, close, close, close, close, 1);

    // In and out again, each other hour.
    private sealed class Flip : ITradingStrategy
    {
        private bool _in;

        public string Name => "flip";

        public int Bars => 1;

        public bool Targets => true;

        public Signal OnBar(in Candle bar) => Signal.For(new((_in = !_in) ? 0.5 : 0));
    }
}
