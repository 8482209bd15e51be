namespace Trading.Core;

/// <summary>Files that say which symbol they are of, as BTC-USD=file.csv; a file without a name is of the only symbol there is.</summary>
public static class NamedFiles
{
    /// <summary>The symbol that a file says, null for none, and its path.</summary>
    public static (string? Symbol, string Path) Of(string given) =>
        given.IndexOf('=', StringComparison.Ordinal) is > 0 and var at && Plausibility.IsSymbol(given[..at])
            ? (given[..at], given[(at + 1)..]) : (null, given);

    /// <summary>The paths alone.</summary>
    public static IReadOnlyList<string> Paths(IReadOnlyList<string> given) => [.. given.Select(file => Of(file).Path)];

    /// <summary>The symbols that files say, in the order in which they are named first; empty where none says one.</summary>
    /// <exception cref="ArgumentException">Some say one and others do not.</exception>
    public static IReadOnlyList<string> Symbols(IReadOnlyList<string> given)
    {
        var named = given.Select(Of).ToList();
        return named.All(file => file.Symbol is null) ? []
            : named.Find(file => file.Symbol is null) is { Path: { } unnamed }
                ? throw new ArgumentException($"{unnamed} must say its symbol, as BTC-USD={unnamed}, like the other files")
                : [.. named.Select(file => file.Symbol!).Distinct()];
    }

    /// <summary>The files of a symbol: those that say it, or those that say none.</summary>
    public static IReadOnlyList<string> PathsOf(IReadOnlyList<string> given, string symbol) =>
        [.. given.Select(Of).Where(file => file.Symbol is null || file.Symbol == symbol).Select(file => file.Path)];
}
