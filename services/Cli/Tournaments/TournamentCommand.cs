using System.CommandLine;
using Trading.Cli.Backtests;
using Trading.Cli.Research;
using Trading.Cli.Shared;
using Trading.Core;
using Trading.MarketData;
using Trading.Research.Tournaments;

namespace Trading.Cli.Tournaments;

/// <summary>Everything that could decide, over the same data and costs, in one table.</summary>
public static class TournamentCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var options = new ResearchOptions();
        var kept = new Option<string?>("--kept-from")
        { Description = "from when years are kept apart: they judge, and choose nothing", HelpName = "time" };
        var shuffles = new Option<int>("--shuffles")
        {
            Description = "orders of the days at random that the chosen one is tried on", HelpName = "number",
            DefaultValueFactory = _ => 200
        };
        var samples = new Option<int>("--samples")
        { Description = "resamples of each comparison with holding", HelpName = "number", DefaultValueFactory = _ => 2000 };
        var noModels = new Option<bool>("--no-models") { Description = "without the trained models, which take most of the time" };
        var report = new Option<FileInfo?>("--report") { Description = "writes the report, one HTML file", HelpName = "file.html" }
            .Written();
        var command = new Command(
            "tournament",
            "Plays every strategy and model, holding, regular purchases, a fixed mix and exposures at random over the same data with the "
            + "same costs, chooses by the rule of docs/adr/0007-choosing-the-default.md on the years from --from to --kept-from, and "
            + "judges on "
            + "the years from then on. Needs candles of an hour or less; what is before --from fills the histories.\n"
            + "Example: trading tournament --data btcusdt_1h.csv.gz --from 2018-01-01 --kept-from 2022-01-01 --report table.html")
        { kept, shuffles, samples, noModels, report };
        options.AddTo(command);
        command.SetAction((parsed, cancellation) => BacktestOptions.GuardAsync(async () =>
        {
            var shuffled = Within("--shuffles", parsed.GetValue(shuffles), 0, 100_000);
            var resampled = Within("--samples", parsed.GetValue(samples), 1, 1_000_000);
            var data = await options.LoadAsync(parsed, cancellation);
            var stretches = Stretches(data, parsed.GetValue(kept) is { } given ? EventRange.Time("--kept-from", given) : null);
            var hours = Resampler.Longer(data.Candles, data.Plan.IntervalSeconds, Contestants.Hour);
            var json = parsed.GetValue(options.Json);
            var models = parsed.GetValue(noModels) ? [] : await CommandProgress.RunAsync(
                "models", Horizons.Length + Inputs(data.Taker).Length * BoostedHorizons.Length, json,
                progress => Task.Run(() => Walk(hours, Resampler.Longer(data.Taker, data.Candles, Contestants.Hour),
                    data.Candles[0].OpenTimeUnixSeconds, data.To, progress, cancellation), cancellation));
            var all = new Contestants(data.Plan.Settings, hours, models, parsed.GetValue(options.Seed));
            var table = await CommandProgress.RunAsync(
                "backtests", (long)all.All.Count * stretches.Count + shuffled, json,
                progress => Task.Run(() => TournamentTable.Of(
                    all, hours, Resampler.Longer(hours, Contestants.Hour, Contestants.Day), stretches, models,
                    new(resampled, shuffled, parsed.GetValue(options.Seed)), progress, cancellation), cancellation));
            if (parsed.GetValue(report) is { } html)
                await File.WriteAllTextAsync(html.FullName,
                    TournamentReport.Html(table, BacktestFiles.CommandLine(parsed), BacktestFiles.Hashes(options.Backtest.Files(parsed))),
                    CancellationToken.None);
            if (json)
                JournalRun.Print(TournamentReport.Json(table));
            else
                TournamentReport.Print(table);
            return 0;
        }));
        return command;
    }

    private static readonly (string Name, int Interval, int Steps)[] Horizons =
        [("1 h", Contestants.Hour, 1), ("4 h", 4 * Contestants.Hour, 1), ("1 d", Contestants.Day, 1), ("7 d", Contestants.Day, 7)];

    private static readonly (string Name, int Steps)[] BoostedHorizons = [("1 h", 1), ("4 h", 4), ("1 d", 24), ("7 d", 168)];

    private static int Within(string name, int value, int least, int most) =>
        value >= least && value <= most ? value : throw new BacktestException($"{name} must be from {least} to {most}, was {value}");

    private static List<Stretch> Stretches(ResearchData data, DateTimeOffset? keptFrom)
    {
        if (data.Plan.IntervalSeconds > Contestants.Hour || Contestants.Hour % data.Plan.IntervalSeconds != 0)
            throw new BacktestException($"a tournament needs candles of an hour or less, these are of {data.Plan.IntervalSeconds} s");
        if (keptFrom is not { } kept)
            return [new("used to choose", data.From, data.To)];
        var border = kept.ToUnixTimeSeconds();
        if (border <= data.From || border >= data.To)
            throw new BacktestException(
                $"--kept-from must lie between --from and the end of the data, {Words.Minute(data.To)} UTC, was {Words.Minute(border)}");
        return [new("used to choose", data.From, border), new("kept apart", border, data.To)];
    }

    // Order flow takes part where the data has it.
    private static BoostedInputs[] Inputs(IReadOnlyList<decimal>? taker) =>
        taker is null ? [BoostedInputs.Prices, BoostedInputs.Volume] : [BoostedInputs.Prices, BoostedInputs.Volume, BoostedInputs.Flow];

    // Trained again at the beginning of each year.
    private static List<WalkedModel> Walk(
        Candle[] hours, decimal[]? taker, long from, long to, IProgress<long> progress, CancellationToken cancellation)
    {
        var years = Enumerable.Range(DateTimeOffset.FromUnixTimeSeconds(from).Year + 1,
            Math.Max(1, DateTimeOffset.FromUnixTimeSeconds(to).Year - DateTimeOffset.FromUnixTimeSeconds(from).Year));
        long[] fits = [.. years.Select(year => new DateTimeOffset(year, 1, 1, 0, 0, 0, TimeSpan.Zero).ToUnixTimeSeconds())
            .Where(fit => fit < to)];
        var walked = new List<WalkedModel>();
        foreach (var (name, interval, steps) in Horizons)
        {
            walked.Add(new($"learned {name}", interval, steps,
                WalkForwardModel.Over(Resampler.Longer(hours, Contestants.Hour, interval), interval, steps, fits, cancellation),
                ContestantKind.Model));
            progress.Report(walked.Count);
        }
        foreach (var inputs in Inputs(taker))
        {
            foreach (var (name, steps) in BoostedHorizons)
            {
                var seen = inputs == BoostedInputs.Prices ? "" : $" with {inputs.ToString().ToLowerInvariant()}";
                walked.Add(new($"boosted {name}{seen}", Contestants.Hour, steps,
                    WalkForwardBoosted.Over(hours, Contestants.Hour, steps, inputs, fits, cancellation, taker),
                    ContestantKind.Late, inputs));
                progress.Report(walked.Count);
            }
        }
        return walked;
    }
}
