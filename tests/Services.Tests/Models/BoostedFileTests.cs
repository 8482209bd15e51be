using System.Text.Json.Nodes;
using System.Threading.Channels;
using Trading.Contracts;
using Trading.Core;
using Trading.Hosting.Settings;
using Trading.Services.Models;
using Trading.TestKit.Programs;
using Xunit;

namespace Trading.Services.Tests.Models;

/// <summary>The file of the boosted model may be replaced while the Predictor runs.</summary>
public sealed class BoostedFileTests : BoostedForecasterTest
{
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

    private static (Direction, double) Said(ModelOutput output) => (output.Direction!.Value, Math.Round(output.Confidence!.Value, 9));
}
