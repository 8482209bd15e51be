using Trading.Cli.Tournaments;
using Trading.Core;
using Trading.Research.Tournaments;

namespace Trading.Cli.Models;

/// <summary>Recorded answers as participants of a tournament.</summary>
public static class RecordedModels
{
    /// <summary>
    /// Each model with what it said at each close of an hour, by its newest answer of that hour, and what came of every answer; and the
    /// time from the first to the last of them that the candles know.
    /// </summary>
    /// <param name="answers">The answers, in any order.</param>
    /// <param name="hours">Hourly candles.</param>
    public static (IReadOnlyList<WalkedModel> Models, Stretch Stretch) Of(IReadOnlyList<RecordedAnswer> answers, Candle[] hours)
    {
        var (begin, end) = (hours[0].OpenTimeUnixSeconds + Contestants.Hour, hours[^1].OpenTimeUnixSeconds + Contestants.Hour);
        var known = answers.Where(answer => answer.At >= begin && answer.At <= end).ToList();
        if (known.Count == 0)
            return ([], default);
        var models = known.GroupBy(answer => (answer.Model, answer.HorizonSeconds)).OrderBy(group => group.Key)
            .Select(group => Model(group.Key.Model, group.Key.HorizonSeconds, [.. group.OrderBy(answer => answer.At)], hours)).ToList();
        var first = known.Min(answer => answer.At) / Contestants.Hour * Contestants.Hour;
        return (models, new("of the answers", first, Math.Min(end, known.Max(answer => answer.At + answer.HorizonSeconds))));
    }

    private static WalkedModel Model(string name, int horizonSeconds, RecordedAnswer[] answers, Candle[] hours)
    {
        var (said, outcomes) = (new SortedDictionary<long, Foretold>(), new List<(long, double, bool)>());
        foreach (var answer in answers)
        {
            var price = answer.Price > 0 ? answer.Price : Close(hours, answer.At);
            if (!(price > 0))
                continue;
            var close = (answer.At + Contestants.Hour - 1) / Contestants.Hour * Contestants.Hour;
            said[close] = new(close, answer.ChanceUp, answer.PredictedPrice / price - 1);
            if (Close(hours, answer.At + horizonSeconds) is > 0 and var then && then != price)
                outcomes.Add((answer.At, answer.ChanceUp, then > price));
        }
        var steps = Math.Max(1, horizonSeconds / Contestants.Hour);
        return new($"{name} {Figures.Length(horizonSeconds)}", Contestants.Hour, steps,
            new([.. said.Values], outcomes, 0), ContestantKind.Late);
    }

    // The close of the first hour that ends at or after an instant, unless it comes more than an hour later; 0 for none.
    private static double Close(Candle[] hours, long at)
    {
        var place = Candle.CountBefore(hours, at - Contestants.Hour);
        return place < hours.Length && hours[place].OpenTimeUnixSeconds + Contestants.Hour - at < Contestants.Hour
            ? (double)hours[place].Close : 0;
    }
}
