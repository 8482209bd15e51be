using Trading.Core.Strategies;

namespace Trading.Core.Tests.Strategies;

/// <summary>A model takes exposure away where it expects a fall beyond the costs, and never adds any.</summary>
public class ChanceScaledTests
{
    private const int Hour = 3600;
    private const double RoundTrip = 0.002;
    private static readonly DateTimeOffset Begin = new(2024, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(-0.01, 0.3, 0.6)]
    [InlineData(-0.01, 0.5, 1.0)]
    [InlineData(-0.001, 0.3, 1.0)]
    [InlineData(0.01, 0.7, 1.0)]
    public void the_share_is_multiplied_by_twice_the_chance_of_a_rise_behind_the_gate_of_the_costs(
        double move, double chanceUp, double factor)
    {
        var target = Last(Strategy(Model(move, chanceUp))).Target!;
        Assert.Equal(0.5 * factor, target.Share, 12);
        Assert.Equal(factor == 1 ? null : 0.5, target.TrendShare);
        Assert.Equal(factor == 1 ? -1 : chanceUp, target.ChanceUp ?? -1, 12);
    }

    [Fact]
    public void a_model_has_no_say_on_what_it_was_trained_on_nor_when_it_has_expired_nor_when_it_abstains()
    {
        var model = Model(-0.01, 0.3);
        Assert.Equal(0.3, Last(Strategy(model)).Target!.Share, 12);
        Assert.Equal(0.5, Last(Strategy(model with { TrainedTo = Begin.AddDays(1) })).Target!.Share);
        Assert.Equal(0.5, Last(Strategy(model with { ExpiresAt = Begin.AddHours(2) })).Target!.Share);
        Assert.Equal(0.5, Last(Strategy(model with { Answer = _ => new("m", null, null, null, "too little") })).Target!.Share);
    }

    [Fact]
    public void the_model_is_given_as_many_prices_as_it_needs_those_of_bars_without_a_decision_among_them()
    {
        WindowPrice[] seen = [];
        var strategy = Strategy(Model(-0.01, 0.3) with
        {
            Answer = prices =>
            {
                seen = prices;
                return new("m", 1, Direction.Up, 0.5, null);
            },
        });
        strategy.Skip(Bar(0));
        strategy.Skip(Bar(1));
        strategy.Skip(Bar(2));
        strategy.OnBar(Bar(3));
        Assert.Equal(3, strategy.Bars);
        Assert.Equal([2, 3, 4], seen.Select(price => (price.UnixSeconds - Begin.ToUnixTimeSeconds()) / Hour));
        Assert.Equal([101.0, 102, 103], seen.Select(price => price.Price));
    }

    private static Signal Last(ChanceScaled strategy) => Enumerable.Range(0, 4).Select(hour => strategy.OnBar(Bar(hour))).Last();

    private static ChanceScaled Strategy(ChanceModel model) => new(new Half(), model, RoundTrip);

    private static ChanceModel Model(double move, double chanceUp) => new(Hour, 3, Begin, null, prices => new("m",
        prices[^1].Price * (1 + move), chanceUp > 0.5 ? Direction.Up : chanceUp < 0.5 ? Direction.Down : Direction.Stable,
        Math.Max(chanceUp, 1 - chanceUp), null));

    private static Candle Bar(int hour) => new(Begin.AddHours(hour).ToUnixTimeSeconds(), 100 + hour, 100 + hour, 100 + hour, 100 + hour, 0);

    private sealed class Half : ITradingStrategy
    {
        public string Name => "half";

        public int Bars => 1;

        public bool Targets => true;

        public Signal OnBar(in Candle bar) => Signal.For(new(0.5));
    }
}
