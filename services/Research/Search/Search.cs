using Trading.Research.Statistics;

namespace Trading.Research.Search;

/// <summary>
/// Chooses the settings that are tried. The same answers lead to the same choices, so an interrupted search goes on from its recorded
/// answers.
/// </summary>
public interface ISearch
{
    /// <summary>The next settings to try, each once in a search; empty when nothing is left to try.</summary>
    IReadOnlyList<long> NextSettings();

    /// <summary>How good a setting was, one score for each objective; more is better, and what is not a number is worst.</summary>
    void Tell(long setting, IReadOnlyList<double> scores);
}

/// <summary>Every setting of a space.</summary>
public sealed class GridSearch(ParameterSpace space) : ISearch
{
    private const int Batch = 1024;
    private long _next;

    /// <inheritdoc/>
    public IReadOnlyList<long> NextSettings()
    {
        var from = _next;
        _next = Math.Min(space.Size, from + Batch);
        return [.. Enumerable.Range(0, (int)(_next - from)).Select(i => from + i)];
    }

    /// <inheritdoc/>
    public void Tell(long setting, IReadOnlyList<double> scores)
    {
    }
}

/// <summary>Settings drawn at random, none twice (Bergstra and Bengio, Random Search for Hyper-Parameter Optimization, 2012).</summary>
public sealed class RandomSearch(ParameterSpace space, int trials, ulong seed) : ISearch
{
    private readonly SeededRandom _random = new(seed);
    private bool _given;

    /// <inheritdoc/>
    public IReadOnlyList<long> NextSettings()
    {
        if (_given)
            return [];
        _given = true;
        return Draw(space, Math.Min(trials, space.Size), _random, []);
    }

    /// <inheritdoc/>
    public void Tell(long setting, IReadOnlyList<double> scores)
    {
    }

    /// <summary>
    /// Draws settings that are not among the known ones, which they join (Floyd's method, so that a small space is drawn whole without
    /// waiting for luck).
    /// </summary>
    internal static List<long> Draw(ParameterSpace space, long count, SeededRandom random, HashSet<long> known)
    {
        var drawn = new List<long>();
        var free = space.Size - known.Count;
        count = Math.Min(count, free);
        if (count * 2 > free)
        {
            // Most of what is left: shuffled, because drawing would meet known ones most of the time.
            var left = new List<long>();
            for (var setting = 0L; setting < space.Size; setting++)
            {
                if (!known.Contains(setting))
                    left.Add(setting);
            }
            for (var i = 0; i < count; i++)
            {
                var j = i + (int)random.NextIndex(left.Count - i);
                (left[i], left[j]) = (left[j], left[i]);
                drawn.Add(left[i]);
            }
            known.UnionWith(drawn);
            return drawn;
        }
        while (drawn.Count < count)
        {
            if (random.NextIndex(space.Size) is var setting && known.Add(setting))
                drawn.Add(setting);
        }
        return drawn;
    }
}
