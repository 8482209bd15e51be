using Trading.Cli.Backtests;
using Trading.Research.Backtests;
using Trading.Research.Search;

namespace Trading.Cli.Research;

/// <summary>Runs a search on all cores.</summary>
/// <param name="data">Data and plan.</param>
/// <param name="space">What is varied.</param>
/// <param name="objectives">What is looked for.</param>
public sealed class Optimization(ResearchData data, ParameterSpace space, IReadOnlyList<Objective> objectives)
{
    private readonly double _riskFree = data.Plan.Settings.RiskFreePercent;

    /// <summary>Tries what a search asks for, until it has enough or is stopped.</summary>
    /// <param name="search">Chooses the settings.</param>
    /// <param name="from">First instant of the data that count, in seconds since 1970.</param>
    /// <param name="to">First instant that does not count any more.</param>
    /// <param name="file">Where trials are kept and known ones come from; null for nowhere.</param>
    /// <param name="progress">Told how many are done.</param>
    /// <param name="cancellation">Stops it; what was tried is given back.</param>
    public Dictionary<long, Trial> Run(ISearch search, long from, long to, TrialFile? file, IProgress<long>? progress,
        CancellationToken cancellation)
    {
        var trials = new Dictionary<long, Trial>();
        while (!cancellation.IsCancellationRequested && search.NextSettings() is { Count: > 0 } settings)
        {
            foreach (var trial in Try(settings, from, to, file, trials.Count, progress, cancellation))
            {
                trials[trial.Setting] = trial;
                search.Tell(trial.Setting, trial.Scores);
            }
        }
        return trials;
    }

    /// <summary>Tries settings; those that were not reached before it was stopped are missing.</summary>
    public IReadOnlyList<Trial> Try(
        IReadOnlyList<long> settings, long from, long to, TrialFile? file, long before, IProgress<long>? progress,
        CancellationToken cancellation)
    {
        var trials = new Trial?[settings.Count];
        var done = before;
        try
        {
            // Threads of their own, one a core: each takes the next setting as soon as it has ended one, whatever they take.
            Parallel.For(0, settings.Count,
                new() { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancellation }, i =>
                {
                    if (file?.Known.GetValueOrDefault(settings[i]) is { } known)
                        trials[i] = known;
                    else
                    {
                        trials[i] = One(settings[i], from, to);
                        file?.Add(trials[i]!);
                    }
                    progress?.Report(Interlocked.Increment(ref done));
                });
        }
        catch (OperationCanceledException)
        {
            // What was tried is worth having.
        }
        return [.. trials.OfType<Trial>()];
    }

    /// <summary>The plan of a setting; null, with the reason, where its values are not allowed together.</summary>
    public BacktestPlan? Plan(long setting, out string? violation) =>
        Variation.Apply(data.Plan.Settings, space, setting, out violation) is { } settings ? data.Plan with { Settings = settings } : null;

    /// <summary>The best of trials, best first: by all objectives together, and by the first of them among equals.</summary>
    public IReadOnlyList<Trial> Best(IReadOnlyDictionary<long, Trial> trials, int count)
    {
        var allowed = trials.Values.Where(trial => trial.Refused is null && !double.IsNaN(trial.Scores[0]))
            .OrderByDescending(trial => trial.Scores[0]).ThenBy(trial => trial.Setting).ToList();
        if (objectives.Count == 1)
            return [.. allowed.Take(count)];
        // The first objective leads, but only among settings that none is better than in everything.
        var front = ParetoRanking.Front([.. allowed.Select(trial => (trial.Setting, trial.Scores))]).Select(one => one.Setting).ToHashSet();
        return [.. allowed.Where(trial => front.Contains(trial.Setting)).Take(count)];
    }

    /// <summary>A result's score by the first objective.</summary>
    public double FirstScore(BacktestResult result) => objectives[0].Score(result, _riskFree);

    private Trial One(long setting, long from, long to)
    {
        var values = space.Values(setting);
        return Plan(setting, out var violation) is { } plan
            ? Trial.Of(setting, values, plan.Run(data.Between(from, to), data.Before(from)), objectives, _riskFree)
            : Trial.Forbidden(setting, values, objectives.Count, violation!);
    }
}
