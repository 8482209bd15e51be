using System.CommandLine;
using Trading.Cli.Backtests;
using Trading.Cli.Research;
using Trading.Cli.Shared;
using Trading.Cli.Tournaments;
using Trading.MarketData;

namespace Trading.Cli.Models;

/// <summary>Plays what models once answered, wherever they ran, in the tournament's table.</summary>
public static class ReplayAnswersCommand
{
    private const int LeastDays = 3;

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var options = new ResearchOptions(readsJournal: true);
        var answers = new Option<FileInfo?>("--answers")
        {
            Description = "file with an answer a line, as JSON: {\"time\": \"2024-03-01T12:00:00Z\", \"model\": \"bedrock\", "
                + "\"predictedPrice\": 61300, \"confidence\": 0.62, \"direction\": \"up\"}",
            HelpName = "file"
        };
        var samples = new Option<int>("--samples")
        { Description = "resamples of each comparison with holding", HelpName = "number", DefaultValueFactory = _ => 500 };
        var command = new Command(
            "replay",
            "Plays recorded answers of models (bedrock, huggingface, http or any other) over candles of the same time, through the cost "
            + "gate and as a factor of the trend, in the tournament's table beside all strategies, with hit rate, Brier score and "
            + "reliability. "
            + "An answer holds for its horizon (HorizonSeconds, unless it says another); what is before the first one fills the "
            + "histories.\n"
            + "Example: trading model replay --answers march.ndjson --data btcusdt_1h.csv.gz") { answers, samples };
        options.AddTo(command);
        command.SetAction((parsed, cancellation) => BacktestOptions.GuardAsync(async () =>
        {
            var (file, named) = (parsed.GetValue(answers), options.Backtest.Settings(parsed).JournalDatabase);
            if (file is null == named is null)
                throw new BacktestException("which answers? --answers FILE, or those of a journal with --database NAME or --latest");
            var data = await options.LoadAsync(parsed, cancellation);
            var settings = data.Plan.Settings;
            var recorded = file is not null ? RecordedAnswer.OfFile(file.FullName, settings.HorizonSeconds)
                : await JournalOptions.SensibleAsync(() => RecordedAnswer.OfJournalAsync(settings, cancellation));
            var hours = Resampler.Longer(data.Candles, data.Plan.IntervalSeconds, Contestants.Hour);
            var (models, stretch) = RecordedModels.Of(recorded, hours);
            if (models.Count == 0 || stretch.ToUnixSeconds - stretch.FromUnixSeconds < LeastDays * Contestants.Day)
                throw new BacktestException($"the answers within the candles ({Words.Minute(hours[0].OpenTimeUnixSeconds)} to "
                    + $"{Words.Minute(data.To)} UTC) must span at least {LeastDays} days; there are {recorded.Count} answers in all");
            var all = new Contestants(settings, hours, models, parsed.GetValue(options.Seed));
            var table = await CommandProgress.RunAsync("backtests", all.All.Count, parsed.GetValue(options.Json),
                progress => Task.Run(() => TournamentTable.Of(
                    all, hours, Resampler.Longer(hours, Contestants.Hour, Contestants.Day), [stretch], models,
                    new(Math.Clamp(parsed.GetValue(samples), 1, 100_000), 0, parsed.GetValue(options.Seed)), progress, cancellation),
                    cancellation));
            if (parsed.GetValue(options.Json))
                JournalRun.Print(TournamentReport.Json(table));
            else
                TournamentReport.Print(table, findings: false);
            return 0;
        }));
        return command;
    }
}
