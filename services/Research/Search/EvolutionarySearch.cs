using Trading.Research.Statistics;

namespace Trading.Research.Search;

/// <summary>
/// An evolutionary search for one or several objectives: NSGA-II (Deb, Pratap, Agarwal and Meyarivan, 2002) with whole-number genes, the
/// places of the parameters' values. Parents are the better of two drawn ones; a child takes each value from either parent and now and then
/// a step up or down, or another value at all. No setting is tried twice.
/// </summary>
public sealed class EvolutionarySearch(ParameterSpace space, int trials, ulong seed, int population = 40) : ISearch
{
    // A child that was tried before is made again a few times; then a random setting takes its place.
    private const int Attempts = 20;
    private const double JumpShare = 0.1;

    private readonly SeededRandom _random = new(seed);
    private readonly HashSet<long> _known = [];
    private readonly Dictionary<long, double[]> _scores = [];
    private List<long> _parents = [];

    /// <inheritdoc/>
    public IReadOnlyList<long> NextSettings()
    {
        var count = (int)Math.Min(Math.Min(population, trials - _known.Count), space.Size - _known.Count);
        if (count <= 0)
            return [];
        var survivors = ParetoRanking.Best([.. _scores.Select(entry => (entry.Key, entry.Value)).OrderBy(entry => entry.Key)], population);
        _parents = [.. survivors.Select(entry => entry.Setting)];
        return _parents.Count < 2 ? RandomSearch.Draw(space, count, _random, _known) : [.. Enumerable.Range(0, count).Select(_ => Child())];
    }

    /// <inheritdoc/>
    public void Tell(long setting, IReadOnlyList<double> scores) => _scores[setting] = [.. scores];

    private long Child()
    {
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            if (Mutate(Cross(space.Digits(Parent()), space.Digits(Parent()))) is var child && _known.Add(child))
                return child;
        }
        return RandomSearch.Draw(space, 1, _random, _known)[0];
    }

    // Survivors are in order of their rank: the better of two drawn ones has the smaller place.
    private long Parent() => _parents[(int)Math.Min(_random.NextIndex(_parents.Count), _random.NextIndex(_parents.Count))];

    private int[] Cross(int[] mother, int[] father)
    {
        for (var i = 0; i < mother.Length; i++)
            mother[i] = _random.NextShare() < 0.5 ? mother[i] : father[i];
        return mother;
    }

    private long Mutate(int[] digits)
    {
        var rate = 1.0 / digits.Length;
        for (var i = 0; i < digits.Length; i++)
        {
            if (_random.NextShare() >= rate)
                continue;
            var values = space.Parameters[i].Values.Count;
            // Steps are mostly small beside the range, so that good settings are refined; a jump keeps the rest of the range in play.
            digits[i] = _random.NextShare() < JumpShare
                ? (int)_random.NextIndex(values)
                : Math.Clamp(digits[i] + (int)Math.Round(_random.NextNormal() * Math.Max(1, values / 10.0)), 0, values - 1);
        }
        return space.Number(digits);
    }
}
