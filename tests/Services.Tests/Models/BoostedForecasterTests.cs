using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Trading.Core;
using Trading.Hosting.Telemetry;
using Trading.Services.Models;
using Xunit;

namespace Trading.Services.Tests.Models;

/// <summary>The boosted model in the Predictor expires, and what it sees is watched.</summary>
public sealed class BoostedForecasterTests : BoostedForecasterTest
{
    [Theory]
    [InlineData(7, 14, false)]
    [InlineData(7, 15, true)]
    [InlineData(0, 400, false)]
    public async Task a_model_abstains_when_twice_the_days_until_its_next_training_have_passed(int retrainDays, int age, bool expired)
    {
        Write(Model(score: 1), minutes: 0);
        var output = await Forecaster(retrainDays).ForecastAsync(Question(Trained.AddDays(age)), default);
        Assert.Equal(expired, output.Abstained?.StartsWith("it has expired: it was trained up to 2024-03-01", StringComparison.Ordinal)
            ?? false);
    }

    [Fact]
    public async Task features_that_are_far_from_those_of_training_are_told_once_for_each_lot_of_questions()
    {
        Write(Model(score: 1) with { Means = [.. Enumerable.Repeat(7.0, BoostedFeatures.PriceCount)] }, minutes: 0);
        var forecaster = Forecaster();
        for (var question = 0; question < FeatureDrift.Questions; question++)
            await forecaster.ForecastAsync(Question(), default);
        Assert.Contains("is no longer what it was trained on: feature 1 is -", Assert.Single(_log.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task how_far_features_and_chances_are_from_training_is_measured_and_old_files_measure_nothing()
    {
        using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var metrics = new TradingMetrics(services.GetRequiredService<IMeterFactory>());
        var seen = new Dictionary<string, double>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listening) =>
            {
                if (instrument.Name is "trading.model.feature_drift" or "trading.model.score_drift"
                    && instrument.Meter.Scope == services.GetRequiredService<IMeterFactory>())
                    listening.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<double>(
            (_, value, tags, _) => seen[string.Join(' ', tags.ToArray().Select(tag => tag.Value))] = value);
        listener.Start();

        // In training half of everything was above 0, and the chance was now 0.4 and now 0.6. Now the chance is 0.6 each time.
        var half = new ValueBins([0], [0.5, 0.5]);
        var model = Model(score: 1) with
        { Seen = new([.. Enumerable.Repeat(half, BoostedFeatures.PriceCount)], new ValueBins([0.5], [0.5, 0.5])) };
        Write(model with { Seen = null, Version = BoostedModel.OldestVersion }, minutes: 0);
        var forecaster = new BoostedForecaster(new() { BoostedModelFile = _file }, null, _log.CreateLogger(""),
            new(BoostedModel.Name, BoostedFeatures.Names, metrics));
        for (var question = 0; question < ModelDrift.Least; question++)
            await forecaster.ForecastAsync(Question(Trained.AddHours(question)), default);
        Assert.Empty(seen);

        Write(model, minutes: 1);
        for (var question = 0; question < ModelDrift.Least; question++)
            await forecaster.ForecastAsync(Question(Trained.AddHours(question)), default);
        Assert.Equal(0.5 * Math.Log(2) - 0.499 * Math.Log(0.002), seen["boosted BTC-USD"], 9);
        Assert.Equal(BoostedFeatures.Names.Take(BoostedFeatures.PriceCount).OfType<string>().Count() + 1, seen.Count);
        // The random prices are drawn from the same seed, so the newest is the same place in its range each time.
        Assert.True(seen["boosted BTC-USD place-24"] > 0.25);
    }
}
