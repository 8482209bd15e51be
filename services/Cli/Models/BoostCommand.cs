using System.CommandLine;
using Trading.Cli.Shared;
using Trading.Core;
using Trading.Hosting.Settings;
using Trading.MarketData;
using Trading.Research.Training;

namespace Trading.Cli.Models;

/// <summary>Trains the boosted model.</summary>
public static class BoostCommand
{
    private static readonly string[] Inputs = [.. Enum.GetNames<BoostedInputs>().Select(name => name.ToLowerInvariant())];

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var (data, from, to) = (ModelCommand.DataOption(), ModelCommand.FromOption(), ModelCommand.ToOption());
        var file = new Option<FileInfo>("--out") { Description = "file that the model is written to", HelpName = "file", Required = true }
            .Written();
        var (horizon, folds, seed) = (
            ModelCommand.Number("--horizon-seconds", "how far ahead it predicts", 3600, 1, 10_000 * 86_400),
            ModelCommand.Number("--folds", "parts of the data that are predicted by a model of what came before", 4, 1, 50),
            ModelCommand.Number("--seed", "what chance is drawn from", 1, 0, int.MaxValue));
        var inputs = new Option<string>("--inputs")
        {
            Description = "what it sees: prices; volume, with prices; flow, what of the volume takers bought, with both. More than prices "
                + "is for research alone: nothing else is known live",
            HelpName = string.Join('|', Inputs), DefaultValueFactory = _ => Inputs[0]
        };
        inputs.AcceptOnlyFromAmong(Inputs);
        var command = new Command(
            "boost",
            "Trains gradient-boosted trees on candles and validates by walking forward: each part of the data is predicted by a model that "
            + "was trained on what came before it, without outcomes that reach beyond it and after a pause of a horizon.\n"
            + "Example: trading model boost --data btcusdt_1h.csv.gz --horizon-seconds 14400 --out boosted-4h.json")
        { data, from, to, file, horizon, folds, seed, inputs };
        command.SetAction((parsed, cancellation) => ModelCommand.GuardAsync(async () =>
        {
            using var candles = MarketFiles.Open(
                parsed.GetValue(data)!, from: parsed.GetValue(from), to: parsed.GetValue(to), whole: true);
            Candle[] all = [.. candles.All()];
            var sees = Enum.Parse<BoostedInputs>(parsed.GetValue(inputs)!, ignoreCase: true);
            if (sees == BoostedInputs.Flow && candles.Taker is null)
                throw new CandleFileException($"--inputs flow: {candles.Notes.FlowLeftOut
                    ?? $"{string.Join(", ", parsed.GetValue(data)!)} does not say what takers bought"}; klines of Binance do (a column "
                    + "like taker_buy_volume), and trades that mark a buyer that was the maker");
            var model = await TrainAsync(all, candles.IntervalSeconds, parsed.GetValue(horizon), parsed.GetValue(folds),
                parsed.GetValue(seed), cancellation, sees, candles.Taker);
            ModelFile.Write(model, parsed.GetValue(file)!.FullName);
            Tell(model, parsed.GetValue(file)!.ToString());
            return 0;
        }));
        return command;
    }

    /// <summary>Trains on candles and validates.</summary>
    public static Task<BoostedModel> TrainAsync(Candle[] candles, int intervalSeconds, int horizonSeconds, int folds, int seed,
        CancellationToken cancellation, BoostedInputs inputs = BoostedInputs.Prices, IReadOnlyList<decimal>? taker = null)
    {
        if (horizonSeconds % intervalSeconds != 0)
            throw new CandleFileException(
                $"--horizon-seconds must be a multiple of the candles' {intervalSeconds} s, was {horizonSeconds}");
        return CommandProgress.RunAsync("trees", (folds + 1L) * BoostedTraining.Trees, json: false, progress => Task.Run(() =>
        {
            var done = 0L;
            var samples = new BoostedSamples(candles, intervalSeconds, horizonSeconds / intervalSeconds, inputs, taker);
            return BoostedValidation.Of(samples, folds, seed, () => progress.Report(Interlocked.Increment(ref done)), cancellation)
                ?? throw new CandleFileException($"the {candles.Length} candles hold too few outcomes to learn from");
        }, cancellation));
    }

    /// <summary>Says what was trained and how good it was on what it had not seen.</summary>
    public static void Tell(BoostedModel model, string file)
    {
        Console.WriteLine(Words.Text($"trained on {model.TrainedPrices:N0} prices from {model.TrainedFrom:yyyy-MM-dd HH:mm} to ")
            + Words.Text($"{model.TrainedTo:yyyy-MM-dd HH:mm} UTC, {model.Trees.Count} trees: {file}"));
        if (model.OnlyForResearch() is { } reason)
            Console.WriteLine($"for research alone: {reason}");
        Console.WriteLine(Words.Text(
            $"walk-forward: {model.WalkForward.HitRate * 100:0.00} % of {model.WalkForward.Predictions:N0} directions right, Brier score ")
            + Words.Text($"{model.WalkForward.Brier:0.000000} (no change 0.25), chances from {model.Calibration.Chances[0]:0.000} ")
            + Words.Text($"to {model.Calibration.Chances[^1]:0.000}"));
    }
}
