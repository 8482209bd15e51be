using System.CommandLine;
using System.Globalization;
using Trading.Cli.Shared;
using Trading.Core;
using Trading.Hosting.Settings;
using Trading.MarketData;
using Trading.Research.Training;

namespace Trading.Cli.Models;

/// <summary>Trains the learned model.</summary>
public static class TrainCommand
{
    private const int LeastPrices = 2_000;

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var (data, from, to) = (ModelCommand.DataOption(), ModelCommand.FromOption(), ModelCommand.ToOption());
        var file = new Option<FileInfo>("--out") { Description = "file that the model is written to", HelpName = "file", Required = true }
            .Written();
        var horizon = ModelCommand.Number("--horizon-seconds", "how far ahead it predicts", 3600, 1, 10_000 * 86_400);
        var (hidden, epochs, folds, seed) = (
            ModelCommand.Number("--hidden", "size of the recurrent state", 12, 1, LearnedModel.MostHidden),
            ModelCommand.Number("--epochs", "passes over the data", 6, 1, 1000),
            ModelCommand.Number("--folds", "parts of the data that are predicted by a model of what came before", 4, 1, 50),
            ModelCommand.Number("--seed", "what chance is drawn from", 1, 0, int.MaxValue));
        var rate = new Option<double>("--learning-rate")
        { Description = "step size of training", HelpName = "number", DefaultValueFactory = _ => 0.002 };
        var command = new Command(
            "train",
            "Trains on candles and validates by walking forward: each part of the data is predicted by a model that was trained on what "
            + "came before it. Ctrl-C stops it and writes nothing.\n"
            + "Example: trading model train --data btcusdt_1h.csv.gz --to 2024-01-01 --out learned-1h.json")
        { data, from, to, file, horizon, hidden, epochs, folds, rate, seed };
        command.SetAction((parsed, cancellation) => ModelCommand.GuardAsync(async () =>
        {
            var (prices, interval) = ModelCommand.Read(parsed.GetValue(data)!, parsed.GetValue(from), parsed.GetValue(to), cancellation);
            if (parsed.GetValue(horizon) % interval != 0)
                throw new CandleFileException(
                    $"--horizon-seconds must be a multiple of the candles' {interval} s, was {parsed.GetValue(horizon)}");
            if (prices.Count < LeastPrices)
                throw new CandleFileException($"training needs at least {LeastPrices} candles, there are {prices.Count}");
            if (parsed.GetValue(rate) is not (> 0 and <= 1))
                throw new CandleFileException(
                    $"--learning-rate must be above 0 and at most 1, was {parsed.GetValue(rate).ToString(CultureInfo.InvariantCulture)}");
            var samples = new LearnedSamples(prices, interval, parsed.GetValue(horizon) / interval);
            var model = await TrainAsync(samples, parsed.GetValue(hidden), parsed.GetValue(epochs), parsed.GetValue(folds),
                parsed.GetValue(rate), parsed.GetValue(seed), cancellation);
            ModelFile.Write(model, parsed.GetValue(file)!.FullName);
            Console.WriteLine(Words.Text($"trained on {model.TrainedPrices:N0} prices from {model.TrainedFrom:yyyy-MM-dd HH:mm} to ")
                + Words.Text($"{model.TrainedTo:yyyy-MM-dd HH:mm} UTC, {model.Weights.Count:N0} weights: {parsed.GetValue(file)}"));
            Console.WriteLine(Words.Text(
                $"walk-forward: {model.WalkForward.HitRate * 100:0.00} % of {model.WalkForward.Predictions:N0} directions right, Brier ")
                + Words.Text($"score {model.WalkForward.Brier:0.000000} (no change 0.25), calibration {model.Calibration:0.000}"));
            Console.WriteLine("whether it is of use, trading model evaluate says on candles after these");
            return 0;
        }));
        return command;
    }

    private static Task<LearnedModel> TrainAsync(LearnedSamples samples, int hidden, int epochs, int folds, double rate,
        int seed, CancellationToken cancellation)
    {
        var count = samples.Prices.Count;
        // The last job is the model itself, on all of the data; the others tell how good such a model is on what it has not seen.
        var jobs = Enumerable.Range(1, folds + 1)
            .Select(part => new GruTraining(samples, (int)((long)count * part / (folds + 1)), hidden, rate, seed)).ToList();
        var predictions = new List<(double Rise, bool Rose)>[folds];
        return CommandProgress.RunAsync("batches", jobs.Sum(job => (long)job.Batches * epochs), json: false, progress => Task.Run(() =>
        {
            var done = 0L;
            Parallel.For(0, jobs.Count,
                new ParallelOptions { CancellationToken = cancellation, MaxDegreeOfParallelism = Environment.ProcessorCount }, place =>
                {
                    // The longest first.
                    var number = jobs.Count - 1 - place;
                    for (var epoch = 0; epoch < epochs; epoch++)
                    {
                        jobs[number].Shuffle();
                        for (var batch = 0; batch < jobs[number].Batches; batch++)
                        {
                            cancellation.ThrowIfCancellationRequested();
                            jobs[number].Learn(batch);
                            progress.Report(Interlocked.Increment(ref done));
                        }
                    }
                    if (number < folds)
                        predictions[number] = Predicted(samples, Model(samples, jobs[number], epochs, rate, seed, new(0, 0, 0.25), 1),
                            jobs[number].End, jobs[number + 1].End);
                });
            var all = predictions.SelectMany(fold => fold).ToList();
            var calibration = LearnedCalibration.Of(all);
            var rows = Enumerable.Range(0, count).Where(at => samples.Ready[at]).ToList();
            return Model(samples, jobs[^1], epochs, rate, seed, LearnedCalibration.Score(all, calibration), calibration) with
            {
                Seen = SeenInTraining.Of(
                    [.. Enumerable.Range(0, PriceFeatures.Count).Select(feature => rows.ConvertAll(at => samples.Features(at)[feature]))],
                    all.ConvertAll(one => 0.5 + calibration * (one.Rise - 0.5))),
            };
        }, cancellation));
    }

    private static LearnedModel Model(LearnedSamples samples, GruTraining training, int epochs, double rate, int seed,
        LearnedScores scores, double calibration) => new(
        LearnedModel.FormatName, LearnedModel.CurrentVersion, PriceFeatures.Definition, samples.IntervalSeconds, samples.HorizonSteps,
        training.Gru.Hidden, epochs, rate, seed,
        DateTimeOffset.FromUnixTimeSeconds(samples.Prices[0].UnixSeconds),
        DateTimeOffset.FromUnixTimeSeconds(samples.Prices[training.End - 1].UnixSeconds),
        training.End, samples.Sha256(training.End), scores, calibration,
        Math.Max(1e-6, samples.MeanMove(training.End - samples.HorizonSteps)), training.Weights);

    private static List<(double Rise, bool Rose)> Predicted(LearnedSamples samples, LearnedModel model, int begin, int end)
    {
        var state = new LearnedState(model);
        var predictions = new List<(double, bool)>();
        for (var at = Math.Max(0, begin - LearnedState.Prices); at < end; at++)
        {
            state.Add(samples.Prices[at].UnixSeconds, samples.Prices[at].Price);
            if (at >= begin && samples.Outcomes[at] is var outcome && !double.IsNaN(outcome) && outcome != 0
                && state.Probability() is { } rise)
                predictions.Add((rise, outcome > 0));
        }
        return predictions;
    }
}
