namespace Trading.Hosting.Settings;

/// <summary>The known names that a wrong one is closest to.</summary>
public static class NearestNames
{
    /// <summary>The nearest names, the nearest first.</summary>
    /// <param name="wrong">What was given.</param>
    /// <param name="known">The names that there are.</param>
    /// <param name="count">How many are wanted.</param>
    public static IReadOnlyList<string> Of(string wrong, IEnumerable<string> known, int count) =>
        [.. known.OrderBy(name => Contains(name, wrong) ? 0 : 1).ThenBy(name => Distance(wrong, name))
            .ThenBy(name => name, StringComparer.Ordinal).Take(count)];

    /// <summary>Whether a name is close enough to be what was meant: a third of the letters may be wrong, and four at most.</summary>
    public static bool IsMisspelled(string wrong, string name) => Distance(wrong, name) <= Math.Min(4, (wrong.Length + 2) / 3);

    private static bool Contains(string name, string part) => name.Contains(part, StringComparison.OrdinalIgnoreCase);

    /// <summary>Levenshtein's distance: the least number of letters to change, add or drop; upper and lower case are the same.</summary>
    private static int Distance(string one, string other)
    {
        var (left, right) = (one.ToUpperInvariant(), other.ToUpperInvariant());
        var row = Enumerable.Range(0, right.Length + 1).ToArray();
        for (var i = 1; i <= left.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= right.Length; j++)
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (left[i - 1] == right[j - 1] ? 0 : 1)));
        }
        return row[^1];
    }
}
