using Trading.Dashboard.Answers;
using Trading.Hosting.Settings;

namespace Trading.Dashboard.Api;

/// <summary>Names of values in a query, written as the answers write them: in lower case, words joined by dashes.</summary>
public static class QueryWords
{
    /// <summary>The value with a name; null when none is given.</summary>
    /// <param name="parameter">The parameter, for the error.</param>
    /// <param name="given">The name.</param>
    /// <exception cref="ApiException">There is no such value.</exception>
    public static T? Of<T>(string parameter, string? given)
        where T : struct, Enum
    {
        if (string.IsNullOrEmpty(given))
            return null;
        foreach (var known in Enum.GetValues<T>())
        {
            if (string.Equals(DashedName.Of(known.ToString()), given, StringComparison.OrdinalIgnoreCase))
                return known;
        }
        throw Problems.Wrong(parameter, string.Join(" or ", All<T>()), given);
    }

    /// <summary>All names of a kind.</summary>
    public static IReadOnlyList<string> All<T>()
        where T : struct, Enum => [.. Enum.GetNames<T>().Select(DashedName.Of)];
}
