using System.Globalization;
using System.Reflection;
using Trading.Core;

namespace Trading.Hosting;

/// <summary>A limit in force, by its name.</summary>
/// <param name="Name">Its name, for example MaxTradeAmountUsd or Signal.ThresholdPercent.</param>
/// <param name="Value">Its value as text; none for one that is not set.</param>
public sealed record LimitValue(string Name, string Value);

/// <summary>A limit that changes.</summary>
public sealed record LimitChange(string Name, string Was, string Now);

/// <summary>Limits by name and as text, as an operator sees and sets them: every value of <see cref="RiskLimits"/>, whatever it will have.</summary>
public static class LimitFields
{
    /// <summary>The text of a limit that is not set.</summary>
    public const string None = "none";

    private static readonly List<(string Name, Type Type)> Fields = [.. Walk(typeof(RiskLimits), "")];

    /// <summary>All limits with their values.</summary>
    public static IReadOnlyList<LimitValue> Of(RiskLimits limits) => [.. Fields.Select(field => new LimitValue(field.Name, Text(Value(limits, field.Name))))];

    /// <summary>What differs between two sets of limits.</summary>
    public static IReadOnlyList<LimitChange> Changes(RiskLimits was, RiskLimits now) =>
        [.. Of(was).Zip(Of(now)).Where(pair => pair.First.Value != pair.Second.Value).Select(pair => new LimitChange(pair.First.Name, pair.First.Value, pair.Second.Value))];

    /// <summary>Limits with some values put in place of others.</summary>
    /// <exception cref="ControlException">A name is not one of a limit, a value is not one of its type, or the limits together are out of range: all of them in one line.</exception>
    public static RiskLimits With(RiskLimits limits, IReadOnlyDictionary<string, string> set)
    {
        var wrong = new List<string>();
        var values = new Dictionary<string, object?>();
        foreach (var (given, text) in set)
        {
            if (Find(given) is not { } field)
                wrong.Add($"{given} is not one limit's name; there are {string.Join(", ", Fields.Select(known => known.Name))}");
            else if (TryParse(text, field.Type, out var value))
                values[field.Name] = value;
            else
                wrong.Add($"{field.Name} must be {Describe(field.Type)}, was {text}");
        }
        var changed = wrong.Count > 0 ? limits : (RiskLimits)Rebuild(typeof(RiskLimits), limits, "", values)!;
        wrong.AddRange(changed.Violations());
        return wrong.Count == 0 ? changed : throw new ControlException(string.Join("; ", wrong), ControlProblem.Wrong);
    }

    // The whole name, or its last part where only one limit has it; in any case.
    private static (string Name, Type Type)? Find(string given)
    {
        var exact = Fields.Where(field => field.Name.Equals(given, StringComparison.OrdinalIgnoreCase)).ToList();
        var found = exact.Count > 0 ? exact : [.. Fields.Where(field => field.Name.EndsWith("." + given, StringComparison.OrdinalIgnoreCase))];
        return found is [var only] ? only : null;
    }

    private static IEnumerable<(string Name, Type Type)> Walk(Type type, string prefix) => Parameters(type).SelectMany(parameter =>
        IsGroup(parameter.ParameterType) ? Walk(parameter.ParameterType, $"{prefix}{parameter.Name}.") : [($"{prefix}{parameter.Name}", parameter.ParameterType)]);

    private static object? Value(object? from, string name)
    {
        foreach (var part in name.Split('.'))
            from = from?.GetType().GetProperty(part)!.GetValue(from);
        return from;
    }

    private static object? Rebuild(Type type, object? was, string prefix, Dictionary<string, object?> values)
    {
        if (!values.Keys.Any(name => name.StartsWith(prefix, StringComparison.Ordinal)))
            return was;
        var arguments = Parameters(type).Select(parameter =>
        {
            var before = was is not null ? type.GetProperty(parameter.Name!)!.GetValue(was)
                : parameter.HasDefaultValue ? parameter.DefaultValue
                : parameter.ParameterType.IsValueType ? Activator.CreateInstance(parameter.ParameterType)
                : null;
            return IsGroup(parameter.ParameterType) ? Rebuild(parameter.ParameterType, before, $"{prefix}{parameter.Name}.", values)
                : values.TryGetValue($"{prefix}{parameter.Name}", out var now) ? now
                : before;
        }).ToArray();
        return Constructor(type).Invoke(arguments);
    }

    private static ConstructorInfo Constructor(Type type) => type.GetConstructors().MaxBy(constructor => constructor.GetParameters().Length)!;

    private static ParameterInfo[] Parameters(Type type) => Constructor(type).GetParameters();

    private static bool IsGroup(Type type) => type.IsClass && type.Assembly == typeof(RiskLimits).Assembly;

    private static string Text(object? value) => value switch
    {
        null => None,
        bool flag => flag ? "true" : "false",
        IEnumerable<string> list => string.Join(',', list),
        Enum kind => SettingsReader.Dashed(kind.ToString()),
        decimal number => number.ToString("0.############################", CultureInfo.InvariantCulture),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString()!,
    };

    private static bool TryParse(string text, Type type, out object? value)
    {
        if (text == None && (!type.IsValueType || Nullable.GetUnderlyingType(type) is not null))
        {
            value = null;
            return true;
        }
        value = (Nullable.GetUnderlyingType(type) ?? type) switch
        {
            var known when known == typeof(decimal) => decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null,
            var known when known == typeof(double) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : null,
            var known when known == typeof(int) => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null,
            var known when known == typeof(bool) => bool.TryParse(text, out var flag) ? flag : null,
            { IsEnum: true } known => Enum.GetNames(known).FirstOrDefault(name => name.Equals(text.Replace("-", "", StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase)) is { } name
                ? Enum.Parse(known, name) : null,
            var known when known == typeof(string) => text,
            var known when known.IsAssignableFrom(typeof(string[])) => text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
            _ => null,
        };
        return value is not null;
    }

    private static string Describe(Type type)
    {
        var known = Nullable.GetUnderlyingType(type) ?? type;
        var what = known.IsEnum ? string.Join(" or ", Enum.GetNames(known).Select(SettingsReader.Dashed))
            : known == typeof(bool) ? "true or false"
            : known == typeof(int) ? "a whole number"
            : "a number";
        return known == type ? what : $"{what}, or {None}";
    }
}
