using System.Globalization;

namespace Trading.Core.Strategies;

/// <summary>The values of a strategy's parameters.</summary>
public sealed class StrategyParameters
{
    private const int MostInList = 10;

    private readonly StrategyInfo _strategy;
    private readonly Dictionary<string, double> _values = new(StringComparer.Ordinal);
    private readonly Dictionary<string, IReadOnlyList<int>> _lists = new(StringComparer.Ordinal);

    /// <summary>Takes values as name=value; the strategy's own where nothing is said.</summary>
    /// <exception cref="ArgumentException">
    /// One is not of the form name=value, is not a parameter of the strategy, or not a value that is allowed. The message is one line.
    /// </exception>
    public StrategyParameters(StrategyInfo strategy, IReadOnlyList<string> given)
    {
        _strategy = strategy;
        foreach (var parameter in strategy.Parameters)
            (_values[parameter.Name], _lists[parameter.Name]) = (parameter.Default, parameter.Defaults);
        foreach (var pair in given)
        {
            if (pair.Split('=', 2, StringSplitOptions.TrimEntries) is not [{ Length: > 0 } name, { Length: > 0 } text])
                throw new ArgumentException($"a parameter of {strategy.Name} must be of the form name=value, was {pair}");
            var parameter = strategy.Parameters.FirstOrDefault(known => known.Name == name)
                ?? throw new ArgumentException($"{strategy.Name} has no parameter {name}; it has {Names(strategy)}");
            if (parameter.Defaults.Count > 0)
                _lists[name] = List(strategy, parameter, text);
            else
                _values[name] = Value(strategy, parameter, text);
        }
    }

    /// <summary>A whole number.</summary>
    public int Whole(string name) => (int)_values[name];

    /// <summary>A number.</summary>
    public double Number(string name) => _values[name];

    /// <summary>The numbers of a list, for example 20/50/100.</summary>
    public IReadOnlyList<int> Wholes(string name) => _lists[name];

    /// <summary>Of two lengths the one that must be the longer.</summary>
    /// <exception cref="ArgumentException">It is not.</exception>
    public int Longer(string name, string than) => Whole(name) > Whole(than) ? Whole(name) : throw new ArgumentException(
        $"the parameter {name} of {_strategy.Name} must be above {than}, {Whole(than)}, was {Whole(name)}");

    private static string Names(StrategyInfo strategy) =>
        strategy.Parameters.Count == 0 ? "none" : string.Join(", ", strategy.Parameters.Select(parameter => parameter.Name));

    private static List<int> List(StrategyInfo strategy, StrategyParameter parameter, string text)
    {
        var values = new List<int>();
        foreach (var part in text.Split('/', StringSplitOptions.TrimEntries))
        {
            var known = int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
                && value >= parameter.Least && value <= parameter.Most;
            if (!known || values.Count == MostInList)
                throw new ArgumentException($"the parameter {parameter.Name} of {strategy.Name} must be "
                    + string.Create(CultureInfo.InvariantCulture,
                        $"1 to {MostInList} whole numbers from {parameter.Least} to {parameter.Most} like 20/50/100, was {text}"));
            values.Add(value);
        }
        return values;
    }

    private static double Value(StrategyInfo strategy, StrategyParameter parameter, string text)
    {
        var isNumber = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value);
        if (isNumber && value >= parameter.Least && value <= parameter.Most && (!parameter.Whole || value == Math.Floor(value)))
            return value;
        var kind = parameter.Whole ? "whole number" : "number";
        throw new ArgumentException(string.Create(CultureInfo.InvariantCulture,
            $"the parameter {parameter.Name} of {strategy.Name} must be a {kind} from {parameter.Least} to {parameter.Most}, was {text}"));
    }
}
