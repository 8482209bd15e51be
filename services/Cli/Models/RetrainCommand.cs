using System.CommandLine;
using Trading.Cli.Backtests;
using Trading.Cli.Shared;
using Trading.Core;
using Trading.Hosting.Settings;

namespace Trading.Cli.Models;

/// <summary>Trains the boosted model of the settings again when due: for a schedule, such as cron or a Kubernetes CronJob.</summary>
public static class RetrainCommand
{
    private const int Folds = 4, Seed = 1;

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var options = new BacktestOptions();
        var command = new Command(
            "retrain",
            "Trains the boosted model of the settings (BoostedModelFile) again when the end of its training data lies RetrainDays before "
            + "that of the data, or when there is no file yet (Models cannot name the model before that); else says when it will be due. "
            + "Running programs take the new file at the next price and record it.\n"
            + "Example: trading model retrain --settings trading.json --from-store");
        options.AddTo(command);
        command.SetAction((parsed, cancellation) => ModelCommand.GuardAsync(() => BacktestOptions.GuardAsync(async () =>
        {
            var settings = options.Settings(parsed);
            if (settings is not { BoostedModelFile: { } file, RetrainDays: > 0 and var days })
                throw new BacktestException("BoostedModelFile and RetrainDays say which file is trained again, and how often: set both");
            using var source = await options.OpenAsync(parsed, settings, cancellation);
            Candle[] candles = [.. source.All()];
            if (candles.Length == 0)
                throw new BacktestException("there are no candles to learn from");
            var end = DateTimeOffset.FromUnixTimeSeconds(candles[^1].OpenTimeUnixSeconds + source.IntervalSeconds);
            if (File.Exists(file) && ModelFile.ReadBoosted(file) is var model && end < model.TrainedTo.AddDays(days))
            {
                Console.WriteLine(Words.Text($"{file} was trained up to {model.TrainedTo:yyyy-MM-dd HH:mm} UTC; the next training is due ")
                    + Words.Text($"when there are candles up to {model.TrainedTo.AddDays(days):yyyy-MM-dd HH:mm}"));
                return 0;
            }
            var trained = await BoostCommand.TrainAsync(
                candles, source.IntervalSeconds, settings.HorizonSeconds, Folds, Seed, cancellation);
            ModelFile.Write(trained, file);
            BoostCommand.Tell(trained, file);
            return 0;
        })));
        return command;
    }
}
