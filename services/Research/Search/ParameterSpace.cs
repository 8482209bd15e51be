using System.Globalization;

namespace Trading.Research.Search;

/// <summary>A setting that is tried with several values.</summary>
/// <param name="Name">Name of the setting.</param>
/// <param name="Values">The values, in their order; at least one, none twice.</param>
public sealed record Parameter(string Name, IReadOnlyList<decimal> Values)
{
    /// <summary>Most values of one parameter.</summary>
    public const int MaxValues = 10_000;

    /// <summary>Reads "Name=5..50:5" (from, to, step; a step of 1 may be left out) or "Name=5,10,20".</summary>
    /// <exception cref="FormatException">It is neither; the message says what is allowed.</exception>
    public static Parameter Parse(string text)
    {
        if (text.Split('=', 2) is not [{ Length: > 0 } name, { Length: > 0 } values])
            throw Wrong(text);
        var list = values.Contains("..", StringComparison.Ordinal)
            ? Range(text, values) : [.. values.Split(',').Select(value => Number(text, value))];
        return list.Distinct().Count() == list.Count ? new(name.Trim(), list) : throw new FormatException($"{text} names a value twice");
    }

    private static List<decimal> Range(string text, string values)
    {
        var (range, step) = values.Split(':') switch
        {
            [var only] => (only, 1m),
            [var both, var by] => (both, Number(text, by)),
            _ => throw Wrong(text),
        };
        if (range.Split("..") is not [var first, var last] || step <= 0)
            throw Wrong(text);
        var (from, to) = (Number(text, first), Number(text, last));
        if (to < from || (to - from) / step >= MaxValues)
            throw new FormatException($"{text} must rise and have at most {MaxValues} values");
        var list = new List<decimal>();
        for (var value = from; value <= to; value += step)
            list.Add(value);
        return list;
    }

    private static decimal Number(string text, string value) =>
        decimal.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : throw Wrong(text);

    private static FormatException Wrong(string text) =>
        new($"{text} must be Name=from..to:step or Name=value,value, for example ShortAverage=5..50:5");
}

/// <summary>
/// All settings that the parameters' values allow. A setting is known by its number, from 0 to below <see cref="Size"/>: the places of its
/// values as digits, the last parameter's turning fastest.
/// </summary>
public sealed class ParameterSpace
{
    /// <summary>Makes the space.</summary>
    /// <exception cref="ArgumentException">
    /// There is no parameter, one is named twice, or there are more settings than can be numbered.
    /// </exception>
    public ParameterSpace(IReadOnlyList<Parameter> parameters)
    {
        Parameters = parameters;
        if (parameters.Count == 0
            || parameters.Select(parameter => parameter.Name).Distinct(StringComparer.OrdinalIgnoreCase).Count() < parameters.Count)
            throw new ArgumentException("at least one parameter is needed, and each may be named once");
        var size = parameters.Aggregate(1.0, (product, parameter) => product * parameter.Values.Count);
        Size = size < 1e18
            ? parameters.Aggregate(1L, (product, parameter) => product * parameter.Values.Count)
            : throw new ArgumentException($"{size:E1} settings are too many to number");
    }

    /// <summary>What is varied.</summary>
    public IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>How many settings there are.</summary>
    public long Size { get; }

    /// <summary>The value of each parameter in a setting.</summary>
    public IReadOnlyList<decimal> Values(long setting) =>
        [.. Parameters.Zip(Digits(setting), (parameter, digit) => parameter.Values[digit])];

    /// <summary>The settings that differ in one parameter by one step.</summary>
    public IEnumerable<long> Neighbours(long setting)
    {
        var digits = Digits(setting);
        for (var i = 0; i < digits.Length; i++)
        {
            foreach (var by in (int[])[-1, 1])
            {
                if (digits[i] + by < 0 || digits[i] + by >= Parameters[i].Values.Count)
                    continue;
                digits[i] += by;
                yield return Number(digits);
                digits[i] -= by;
            }
        }
    }

    /// <summary>The places of a setting's values.</summary>
    public int[] Digits(long setting)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(setting);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(setting, Size);
        var digits = new int[Parameters.Count];
        for (var i = digits.Length - 1; i >= 0; i--)
            (setting, digits[i]) = (setting / Parameters[i].Values.Count, (int)(setting % Parameters[i].Values.Count));
        return digits;
    }

    /// <summary>The setting with these places of values.</summary>
    public long Number(IReadOnlyList<int> digits)
    {
        var number = 0L;
        for (var i = 0; i < digits.Count; i++)
            number = number * Parameters[i].Values.Count + digits[i];
        return number;
    }
}
