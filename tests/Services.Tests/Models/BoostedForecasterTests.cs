using System.Diagnostics.Metrics;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Trading.Contracts;
using Trading.Core;
using Trading.Hosting.Settings;
using Trading.Hosting.Telemetry;
using Trading.Services.Models;
using Trading.TestKit.Programs;
using Xunit;

namespace Trading.Services.Tests.Models;

/// <summary>The boosted model in the Predictor: its file may be replaced while it runs, it expires, and what it sees is watched.</summary>
public sealed class BoostedForecasterTests : IDisposable
{
    private const int Hour = 3600;
    private static readonly DateTimeOffset Trained = new(2024, 3, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly string _file = Path.Combine(Directory.CreateTempSubdirectory("trading-test-").FullName, "boosted.json");
    private readonly LogCapture _log = new(LogLevel.Warning);
    private readonly List<ProgramModel> _replaced = [];

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_file)!, recursive: true);

    [Fact]
    public async Task a_file_that_takes_the_place_of_another_is_read_and_recorded_and_one_that_cannot_be_used_is_not()
    {
        Write(Model(score: 1), minutes: 0);
        var forecaster = Forecaster();
        Assert.Equal((Direction.Up, 0.6), Said(await forecaster.ForecastAsync(Question(), default)));
        Assert.Empty(_replaced);

        Write(Model(score: -1), minutes: 1);
        Assert.Equal((Direction.Down, 0.6), Said(await forecaster.ForecastAsync(Question(), default)));
        var recorded = Assert.Single(_replaced);
        Assert.Equal((BoostedModel.Name, Trained, 0.51), (recorded.Name, recorded.TrainedTo!.Value, recorded.WalkForward!.HitRate));
        Assert.Equal(64, recorded.FileSha256!.Length);

        await File.WriteAllTextAsync(_file, "{");
        File.SetLastWriteTimeUtc(_file, Trained.UtcDateTime.AddMinutes(2));
        Assert.Equal((Direction.Down, 0.6), Said(await forecaster.ForecastAsync(Question(), default)));
        Assert.Contains("cannot be used, the earlier one stays", _log.ToString(), StringComparison.Ordinal);
        Assert.Single(_replaced);
    }

    [Fact]
    public async Task questions_at_the_same_time_record_a_new_file_once_and_what_could_not_be_recorded_is_tried_again()
    {
        var records = Channel.CreateUnbounded<TaskCompletionSource>();
        var forecaster = new BoostedForecaster(new() { BoostedModelFile = _file }, (_, _) =>
        {
            var record = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            records.Writer.TryWrite(record);
            return record.Task;
        }, _log.CreateLogger(""));
        async Task<TaskCompletionSource> NextAsync() => await records.Reader.ReadAsync().AsTask().WaitAsync(HangGuard.Limit);
        Write(Model(score: 1), minutes: 0);
        await forecaster.ForecastAsync(Question(), default);
        Write(Model(score: -1), minutes: 1);
        var (first, second) = (forecaster.ForecastAsync(Question(), default), forecaster.ForecastAsync(Question(), default));
        Assert.Equal(1, records.Reader.Count);

        (await NextAsync()).SetException(new IOException("the journal is away"));
        await Assert.ThrowsAsync<IOException>(() => first);
        var again = await NextAsync();
        // Another file comes before the record of the one before is there.
        Write(Model(score: 1), minutes: 2);
        var third = forecaster.ForecastAsync(Question(), default);
        again.SetResult();
        await second.WaitAsync(HangGuard.Limit);
        (await NextAsync()).SetResult();
        Assert.Equal((Direction.Up, 0.6), Said(await third.WaitAsync(HangGuard.Limit)));
        await forecaster.ForecastAsync(Question(), default);
        Assert.Equal(0, records.Reader.Count);
    }

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

    [Fact]
    public async Task a_model_that_sees_volumes_or_order_flow_is_refused_at_the_start_and_abstains_with_the_reason_when_it_comes_later()
    {
        BoostedModel Seeing(BoostedInputs inputs) => Model(score: 1) with
        {
            Volume = true,
            Flow = inputs == BoostedInputs.Flow,
            Means = new double[BoostedFeatures.Count(inputs)],
            Deviations = new double[BoostedFeatures.Count(inputs)],
            Trees = [new([BoostedFeatures.Count(inputs) - 1, -1, -1], [0, 0, 0], [1, 1, 2], [2, 1, 2], [0, -1, 1])],
        };
        Write(Model(score: 1), minutes: 0);
        var forecaster = Forecaster();
        await forecaster.ForecastAsync(Question(), default);
        foreach (var (inputs, why) in new[]
        {
            (BoostedInputs.Volume, "it was trained on volumes, which live prices do not have"),
            (BoostedInputs.Flow, "it was trained on volumes and order flow, which live prices do not have"),
        })
        {
            Write(Seeing(inputs), minutes: 1 + (int)inputs);
            Assert.Equal(inputs, ModelFile.ReadBoosted(_file).Inputs());
            Assert.Equal(why, (await forecaster.ForecastAsync(Question(), default)).Abstained);
            var settings = new TradingSettings
            { Models = ["technical", "boosted"], BoostedModelFile = _file, PriceIntervalSeconds = Hour, HorizonSeconds = Hour };
            Assert.Contains($"Trading:BoostedModelFile must be a model that can answer live, was {_file}: {why}", settings.Validate());
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void files_from_before_order_flow_are_read_as_models_without_it(int version)
    {
        Write(Model(score: 1) with { Version = version }, minutes: 0);
        var json = JsonNode.Parse(File.ReadAllText(_file))!.AsObject();
        Assert.True(json.Remove("flow"));
        if (version == 1)
            Assert.True(json.Remove("seen"));
        File.WriteAllText(_file, json.ToJsonString());

        Assert.Equal(BoostedInputs.Prices, ModelFile.ReadBoosted(_file).Inputs());
    }

    private BoostedForecaster Forecaster(int retrainDays = 0) => new(
        new() { BoostedModelFile = _file, RetrainDays = retrainDays }, (model, _) =>
        {
            _replaced.Add(model);
            return Task.CompletedTask;
        }, _log.CreateLogger(""));

    private void Write(BoostedModel model, int minutes)
    {
        ModelFile.Write(model, _file);
        File.SetLastWriteTimeUtc(_file, Trained.UtcDateTime.AddMinutes(minutes));
    }

    private static (Direction, double) Said(ModelOutput output) => (output.Direction!.Value, Math.Round(output.Confidence!.Value, 9));

    // One leaf that always gives the same score, which stands for a chance of 0.4 or 0.6.
    private static BoostedModel Model(double score) => new(
        BoostedModel.FormatName, BoostedModel.CurrentVersion, BoostedFeatures.Definition, false, Hour, 1, 1, Trained.AddYears(-2), Trained,
        17_000, "00", new(1000, 0.51, 0.2499), new([-1, 1], [0.4, 0.6]), 0.8, new double[BoostedFeatures.PriceCount],
        [.. Enumerable.Repeat(1.0, BoostedFeatures.PriceCount)], [new([-1], [0], [0], [0], [score])]);

    private static ForecastQuestion Question(DateTimeOffset? at = null)
    {
        var (random, end) = (new Random(1), at ?? Trained.AddDays(1));
        WindowPrice[] prices = [.. Enumerable.Range(-250, 251)
            .Select(hour => new WindowPrice(end.AddHours(hour).ToUnixTimeSeconds(), 60_000 + 300 * random.NextDouble()))];
        var price = new PriceObserved(Guid.Empty, "BTC-USD", end, Hour, end, (decimal)prices[^1].Price, "USD", null, null, null, false,
            new(60, 1, 1, ["USD"]), [], []);
        return new(price, new(251, 0, 0, 0, 0, 0, 0, ""), prices, Hour, end.AddHours(1));
    }
}
