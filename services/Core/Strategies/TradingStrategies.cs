using System.Collections.Immutable;

namespace Trading.Core.Strategies;

/// <summary>The strategies by name. A new one is a file with its rule and its <see cref="StrategyInfo"/>, and a line here.</summary>
public static class TradingStrategies
{
    /// <summary>The system's own: the models' ensemble and the thresholds of the account's limits.</summary>
    public const string Ensemble = "ensemble";

    private static readonly ImmutableSortedDictionary<string, StrategyInfo> BuiltIn = ImmutableSortedDictionary.CreateRange(
        StringComparer.Ordinal,
        new[]
        {
            AdxTrend.Info, BollingerReversion.Info, Breakout.Info, BuyAndHold.Info, CostAveraging.Info, GridTrading.Info,
            MacdCrossover.Info,
            RsiReversion.Info, SmaCrossover.Info, SmaMomentum.Info, TimeSeriesMomentum.Info, Trend.Info, Turtle.Info, TwoTimeframes.Info,
        }.Select(info => KeyValuePair.Create(info.Name, info)));

    private static ImmutableSortedDictionary<string, StrategyInfo> _byName = BuiltIn;

    /// <summary>All names, the ensemble's first.</summary>
    public static IReadOnlyList<string> Names => [Ensemble, .. _byName.Keys];

    /// <summary>All strategies except the ensemble, by name.</summary>
    public static IEnumerable<StrategyInfo> All => _byName.Values;

    /// <summary>A strategy by name; null when there is none.</summary>
    public static StrategyInfo? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>Whether this program itself has a strategy of this name.</summary>
    public static bool IsBuiltIn(string name) => BuiltIn.ContainsKey(name);

    /// <summary>Adds strategies from outside, before any setting is read.</summary>
    /// <exception cref="ArgumentException">A name is taken, or none that can stand in a setting.</exception>
    public static void Add(StrategyInfo info)
    {
        if (info.Name == Ensemble || _byName.ContainsKey(info.Name))
            throw new ArgumentException($"there is a strategy {info.Name} already");
        if (info.Name.Length is 0 or > 40 || !info.Name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-'))
            throw new ArgumentException($"a strategy's name is 1 to 40 small letters, digits and dashes, was {info.Name}");
        ImmutableInterlocked.Update(ref _byName, known => known.Add(info.Name, info));
    }

    /// <summary>A new strategy, which has not seen any bar.</summary>
    /// <param name="name">One of <see cref="Names"/> except the ensemble, which is made with its window's rules.</param>
    /// <param name="parameters">Its parameters, as name=value; the strategy has a default for each that is missing.</param>
    /// <exception cref="ArgumentException">
    /// There is no such strategy, it has no such parameter, or a value is impossible. The message is one readable line.
    /// </exception>
    public static ITradingStrategy Create(string name, IReadOnlyList<string> parameters) =>
        Find(name) is { } info
            ? info.Create(new(info, parameters))
            : throw new ArgumentException($"there is no strategy {name}; there are {string.Join(", ", Names)}");
}
