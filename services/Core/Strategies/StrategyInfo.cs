namespace Trading.Core.Strategies;

/// <summary>A parameter of a strategy.</summary>
/// <param name="Name">Its name in settings.</param>
/// <param name="Default">Its value when nothing is said.</param>
/// <param name="Least">Least value that is allowed.</param>
/// <param name="Most">Largest value that is allowed.</param>
/// <param name="Whole">Whether it is a whole number.</param>
/// <param name="Meaning">What it is, in a few words.</param>
public sealed record StrategyParameter(string Name, double Default, double Least, double Most, bool Whole, string Meaning)
{
    private const int MostBars = 100_000;

    /// <summary>The numbers of a list when nothing is said; empty where the parameter is one number.</summary>
    public IReadOnlyList<int> Defaults { get; init; } = [];

    /// <summary>Its default as it is written.</summary>
    public string DefaultText => Defaults.Count > 0
        ? string.Join('/', Defaults) : Default.ToString(System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>A number of bars.</summary>
    public static StrategyParameter Bars(string name, int otherwise, string meaning, int least = 1) =>
        new(name, otherwise, least, MostBars, true, meaning);

    /// <summary>A list of whole numbers with slashes between them.</summary>
    public static StrategyParameter List(string name, IReadOnlyList<int> otherwise, int most, string meaning) =>
        new(name, double.NaN, 1, most, true, meaning) { Defaults = otherwise };

    /// <summary>A number that need not be whole.</summary>
    public static StrategyParameter Number(string name, double otherwise, double least, double most, string meaning) =>
        new(name, otherwise, least, most, false, meaning);
}

/// <summary>What is known of a strategy before it has seen a bar; each strategy has one beside its rule.</summary>
/// <param name="Name">Its name in settings and records.</param>
/// <param name="Explanation">What it does, in one line.</param>
/// <param name="Parameters">Its parameters.</param>
/// <param name="Create">
/// Makes one that has not seen any bar; throws <see cref="ArgumentException"/> where values do not go together.
/// </param>
public sealed record StrategyInfo(
    string Name, string Explanation, IReadOnlyList<StrategyParameter> Parameters, Func<StrategyParameters, ITradingStrategy> Create);
