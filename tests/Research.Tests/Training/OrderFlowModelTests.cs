using Trading.Core;
using Trading.Research.Tournaments;
using Trading.Research.Training;

namespace Trading.Research.Tests.Training;

/// <summary>Boosted models that see order flow, which live prices do not have.</summary>
public class OrderFlowModelTests : BoostedModelTest
{
    [Fact]
    public void what_only_order_flow_tells_is_learned_from_it_and_from_nothing_else()
    {
        // The next hour goes where takers pushed this one, in eight of ten hours; prices and volumes alone are noise.
        var (random, candles, taker, price) = (new Random(8), new Candle[6000], new decimal[6000], 20_000m);
        var bought = true;
        for (var hour = 0; hour < candles.Length; hour++)
        {
            var up = bought == random.NextDouble() < 0.8;
            var open = price;
            price = Math.Round(price * (1 + (up ? 1 : -1) * (decimal)(0.001 + random.NextDouble() / 100)), 2);
            candles[hour] = new(hour * (long)Hour, open, Math.Max(open, price), Math.Min(open, price), price, random.Next(10, 100));
            bought = random.NextDouble() < 0.5;
            taker[hour] = candles[hour].Volume * (decimal)(0.5 + (bought ? 1 : -1) * random.NextDouble() / 2);
        }
        long[] fits = [candles[2000].OpenTimeUnixSeconds, candles[4000].OpenTimeUnixSeconds];
        (double HitRate, double Brier) Walked(BoostedInputs inputs)
        {
            var judged = WalkForwardBoosted.Over(candles, Hour, 1, inputs, fits, default, taker)
                .Outcomes.Where(one => one.At >= fits[1] + 2 * Hour).ToList();
            return (judged.Average(one => one.Rise == 0.5 ? 0.5 : one.Rise > 0.5 == one.Rose ? 1.0 : 0),
                judged.Average(one => Math.Pow(one.Rise - (one.Rose ? 1 : 0), 2)));
        }

        var (with, without) = (Walked(BoostedInputs.Flow), Walked(BoostedInputs.Volume));
        Assert.InRange(with.HitRate, 0.76, 0.84);
        Assert.InRange(without.HitRate, 0.45, 0.55);
        Assert.True(with.Brier < 0.18 && without.Brier > 0.24, $"{with}, {without}");
    }

    [Fact]
    public void order_flow_is_what_takers_bought_against_what_they_sold_of_the_last_bar_day_and_week_and_the_change_from_the_day_before()
    {
        // Takers bought all of every hour; then of the day before the last one half, and in the last one nothing but a quarter at its end.
        Candle[] candles = [.. Candles(169, seed: 9).Select(candle => candle with { Volume = 4 })];
        decimal[] taker = [.. Enumerable.Repeat(4m, 169)];
        taker.AsSpan(169 - 48, 24).Fill(2);
        taker.AsSpan(169 - 24, 24).Clear();
        taker[^1] = 1;
        var samples = new BoostedSamples(candles, Hour, 1, BoostedInputs.Flow, taker);

        double[] flow = [.. samples.Features(168)[^BoostedFeatures.FlowCount..]];
        Assert.Equal([-0.5, 2.0 * 1 / 96 - 1, 2.0 * (120 * 4 + 24 * 2 + 1) / (168 * 4) - 1, 2.0 * 1 / 96 - 1], flow);
        Assert.Equal(["flow", "flow-day", "flow-week", "flow-change"], BoostedFeatures.Names.TakeLast(BoostedFeatures.FlowCount));
        Assert.Equal(BoostedFeatures.Count(BoostedInputs.Flow), BoostedFeatures.Names.Count);

        // Where nothing was traded, nobody bought or sold.
        Candle[] idle = [.. candles.Select(candle => candle with { Volume = 0 })];
        var quiet = new BoostedSamples(idle, Hour, 1, BoostedInputs.Flow, new decimal[169]);
        Assert.Equal([0, 0, 0, 0], quiet.Features(168)[^BoostedFeatures.FlowCount..].ToArray());
        Assert.Contains("there is that of 0", Assert.Throws<ArgumentException>(
            () => new BoostedSamples(candles, Hour, 1, BoostedInputs.Flow)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(BoostedInputs.Prices, null)]
    [InlineData(BoostedInputs.Volume, "it was trained on volumes, which live prices do not have")]
    [InlineData(BoostedInputs.Flow, "it was trained on volumes and order flow, which live prices do not have")]
    public void a_model_says_what_it_was_trained_on_and_one_that_sees_more_than_prices_abstains(BoostedInputs inputs, string? why)
    {
        var samples = new BoostedSamples(Candles(1500, seed: 10), Hour, 1, inputs, Taker(1500, seed: 10));
        var model = new BoostedTraining(samples, 1500, seed: 1).Learn(null, CancellationToken.None)!;

        Assert.Null(model.Violation());
        Assert.Equal((inputs, BoostedFeatures.Count(inputs)), (model.Inputs(), model.Means.Count));
        Assert.Equal(why, model.OnlyForResearch());
        Assert.Equal(why, model.Output(samples.Prices.AsSpan(1000)).Abstained);
        if (inputs == BoostedInputs.Flow)
            Assert.Equal("it has order flow without volumes", (model with { Volume = false }).Violation());
    }
}
