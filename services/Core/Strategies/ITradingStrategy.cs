namespace Trading.Core.Strategies;

/// <summary>
/// A rule that says when to buy and when to sell. It sees one closed bar after the other and nothing else: neither what comes nor the account, for what an order may cost is the risk
/// manager's. The same class runs in a backtest and in the live services.
/// </summary>
/// <remarks>
/// A signal must follow from the last <see cref="Bars"/> bars alone: a service that starts, or that missed a price, is given so many from the history and goes on as if it had always
/// run. Live bars are prices: their open, high, low and close are the same, and their volume is 0.
/// </remarks>
public interface ITradingStrategy
{
    /// <summary>Name in settings and records.</summary>
    string Name { get; }

    /// <summary>How many of the last bars a signal follows from; at least 1.</summary>
    int Bars { get; }

    /// <summary>Takes the next bar, which has closed, and says what to do now.</summary>
    Signal OnBar(in Candle bar);
}

/// <summary>The strategies by name. A new one is a class and a line here.</summary>
public static class TradingStrategies
{
    /// <summary>The system's own: the models' ensemble and the thresholds of the account's limits.</summary>
    public const string Ensemble = "ensemble";

    private static readonly SortedDictionary<string, Func<StrategyParameters, ITradingStrategy>> ByName = new(StringComparer.Ordinal)
    {
        [SmaMomentum.StrategyName] = parameters => new SmaMomentum(parameters.Whole("fast", 20), parameters.Whole("slow", 50), parameters.Whole("momentum", 10)),
        [SmaCrossover.StrategyName] = parameters => new SmaCrossover(parameters.Whole("fast", 20), parameters.Whole("slow", 50)),
        [Breakout.StrategyName] = parameters => new Breakout(parameters.Whole("entry", 20), parameters.Whole("exit", 10)),
    };

    /// <summary>All names, the ensemble's first.</summary>
    public static IReadOnlyList<string> Names { get; } = [Ensemble, .. ByName.Keys];

    /// <summary>A new strategy, which has not seen any bar.</summary>
    /// <param name="name">One of <see cref="Names"/>, but for the ensemble, which is made with its window's rules.</param>
    /// <param name="parameters">Its parameters, as name=value; what is not said is the strategy's own default.</param>
    /// <exception cref="ArgumentException">There is no such strategy, it has no such parameter, or a value is impossible. The message is one line for a person.</exception>
    public static ITradingStrategy Create(string name, IReadOnlyList<string> parameters)
    {
        if (!ByName.TryGetValue(name, out var create))
            throw new ArgumentException($"there is no strategy {name}; there are {string.Join(", ", Names)}");
        var given = new StrategyParameters(name, parameters);
        var strategy = create(given);
        given.RequireNoOther();
        return strategy;
    }
}

/// <summary>The parameters of a strategy, as name=value.</summary>
public sealed class StrategyParameters
{
    private readonly string _strategy;
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);
    private readonly List<string> _known = [];

    /// <summary>Takes the parameters apart.</summary>
    /// <exception cref="ArgumentException">One is not of the form name=value.</exception>
    public StrategyParameters(string strategy, IReadOnlyList<string> parameters)
    {
        _strategy = strategy;
        foreach (var parameter in parameters)
        {
            if (parameter.Split('=', 2, StringSplitOptions.TrimEntries) is not [{ Length: > 0 } name, { Length: > 0 } value])
                throw new ArgumentException($"a parameter of {strategy} must be of the form name=value, was {parameter}");
            _values[name] = value;
        }
    }

    /// <summary>A whole number from 1 to 100,000.</summary>
    public int Whole(string name, int otherwise)
    {
        _known.Add(name);
        if (!_values.TryGetValue(name, out var text))
            return otherwise;
        return int.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out var value) && value is >= 1 and <= 100_000
            ? value
            : throw new ArgumentException($"the parameter {name} of {_strategy} must be a whole number from 1 to 100000, was {text}");
    }

    /// <summary>A number above 0.</summary>
    public double Number(string name, double otherwise)
    {
        _known.Add(name);
        if (!_values.TryGetValue(name, out var text))
            return otherwise;
        return double.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out var value) && value is > 0 and < 1e12
            ? value
            : throw new ArgumentException($"the parameter {name} of {_strategy} must be a number above 0, was {text}");
    }

    /// <summary>Refuses what the strategy did not ask for.</summary>
    public void RequireNoOther()
    {
        foreach (var name in _values.Keys)
        {
            if (!_known.Contains(name))
                throw new ArgumentException($"{_strategy} has no parameter {name}; it has {string.Join(", ", _known)}");
        }
    }
}
