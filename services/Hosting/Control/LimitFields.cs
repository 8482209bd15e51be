using System.Reflection;
using Trading.Contracts;
using Trading.Core;
using Trading.Hosting.Settings;

namespace Trading.Hosting.Control;

/// <summary>A limit in force, by its name.</summary>
/// <param name="Name">Its name, which is that of the setting: for example MaxTradeAmountUsd or SignalThresholdPercent.</param>
/// <param name="Value">Its value as text; none for one that is not set.</param>
public sealed record LimitValue(string Name, string Value);

/// <summary>A limit that changes.</summary>
public sealed record LimitChange(string Name, string Was, string Now);

/// <summary>
/// Limits by name and as text, as an operator sees and sets them: every value of <see cref="RiskLimits"/>, each under the name of the
/// setting that it comes from.
/// </summary>
public static class LimitFields
{
    /// <summary>The text of a limit that is not set.</summary>
    public const string None = "none";

    // Where the setting's name does not follow from the value's.
    private static readonly Dictionary<string, string> SettingNames = new()
    {
        ["Evidence.LeastSources"] = nameof(TradingSettings.Quorum), ["Orders.MaxQuantity"] = nameof(TradingSettings.MaxOrderQuantity),
        ["Orders.RealTrading"] = nameof(TradingSettings.EnableRealTrading), ["Exits.AtDailyLoss"] = nameof(TradingSettings.ExitAtDailyLoss),
        ["Exits.AtDrawdown"] = nameof(TradingSettings.ExitAtDrawdown), ["Exits.MaxAmountUsd"] = nameof(TradingSettings.MaxExitAmountUsd),
        ["Sizing.Method"] = nameof(TradingSettings.Sizing),
        ["Costs.Multiple"] = nameof(TradingSettings.CostMultiple), ["Costs.SpreadPercent"] = nameof(TradingSettings.PaperSpreadPercent),
        ["Costs.SlippagePercent"] = nameof(TradingSettings.PaperSlippagePercent),
        ["Costs.SizeSlippagePercent"] = nameof(TradingSettings.PaperSizeSlippagePercent),
        ["Rebalance.BandShare"] = nameof(TradingSettings.RebalanceBand),
        ["Sizing.WithinLimits"] = nameof(TradingSettings.SizeWithinLimits),
    };

    private static readonly List<(string Name, Type Type)> Fields = [.. Walk(typeof(RiskLimits), "")];

    /// <summary>All limits with their values.</summary>
    public static IReadOnlyList<LimitValue> Of(RiskLimits limits) =>
        [.. Fields.Select(field => new LimitValue(NameOf(field.Name), LimitText.Of(Value(limits, field.Name))))];

    /// <summary>What differs between two sets of limits.</summary>
    public static IReadOnlyList<LimitChange> Changes(RiskLimits was, RiskLimits now) =>
        [.. Of(was).Zip(Of(now)).Where(pair => pair.First.Value != pair.Second.Value)
            .Select(pair => new LimitChange(pair.First.Name, pair.First.Value, pair.Second.Value))];

    /// <summary>Limits with some values replaced.</summary>
    /// <exception cref="ControlException">
    /// A name is unknown, a value has the wrong type, or the limits together are out of range: all errors in one line.
    /// </exception>
    public static RiskLimits With(RiskLimits limits, IReadOnlyDictionary<string, string> set)
    {
        var wrong = new List<string>();
        var values = new Dictionary<string, object?>();
        foreach (var (given, text) in set)
        {
            if (Find(given) is not { } field)
            {
                var near = NearestNames.Of(given, Fields.Select(known => NameOf(known.Name)), 3);
                wrong.Add($"there is no limit {given}; the nearest names are {string.Join(", ", near)}");
            }
            else if (LimitText.TryParse(text, field.Type, out var value))
                values[field.Name] = value;
            else
                wrong.Add($"{NameOf(field.Name)} must be {LimitText.Describe(field.Type)}, was {text}");
        }
        var changed = wrong.Count > 0 ? limits : (RiskLimits)Rebuild(typeof(RiskLimits), limits, "", values)!;
        wrong.AddRange(changed.Violations().Select(InSettingNames));
        return wrong.Count == 0 ? changed : throw new ControlException(string.Join("; ", wrong), ControlProblem.Wrong);
    }

    /// <summary>The name of a limit that was given by an earlier name of it; null for one that is called so.</summary>
    public static string? NameNow(string given) =>
        Find(given) is { } field && !NameOf(field.Name).Equals(given, StringComparison.OrdinalIgnoreCase) ? NameOf(field.Name) : null;

    private static string NameOf(string field)
    {
        if (SettingNames.TryGetValue(field, out var name))
            return name;
        var last = field[(field.LastIndexOf('.') + 1)..];
        var joined = field.Replace(".", "", StringComparison.Ordinal);
        return SettingsReader.Names.Contains(joined) ? joined : SettingsReader.Names.Contains(last) ? last : field;
    }

    private static string InSettingNames(string violation) => Fields.Where(field => field.Name.Contains('.'))
        .Aggregate(violation, (text, field) => text.Replace(field.Name, NameOf(field.Name), StringComparison.Ordinal));

    // The setting's name; or an earlier one: the value's whole name, its last part if that is unique, the rule's or the old setting's name.
    private static (string Name, Type Type)? Find(string given)
    {
        if (SettingsReader.Renamed.TryGetValue(given, out var renamed))
            given = renamed;
        else if (Enum.TryParse<RiskRule>(given, ignoreCase: true, out var rule) && RuleNames.Setting(rule) is { } setting)
            given = setting;
        if (Fields.Where(field => NameOf(field.Name).Equals(given, StringComparison.OrdinalIgnoreCase)).ToList() is [var named])
            return named;
        var exact = Fields.Where(field => field.Name.Equals(given, StringComparison.OrdinalIgnoreCase)).ToList();
        var found = exact.Count > 0
            ? exact : [.. Fields.Where(field => field.Name.EndsWith("." + given, StringComparison.OrdinalIgnoreCase))];
        return found is [var only] ? only : null;
    }

    private static IEnumerable<(string Name, Type Type)> Walk(Type type, string prefix) => Parameters(type).SelectMany(parameter =>
        IsGroup(parameter.ParameterType)
            ? Walk(parameter.ParameterType, $"{prefix}{parameter.Name}.") : [($"{prefix}{parameter.Name}", parameter.ParameterType)]);

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

    private static ConstructorInfo Constructor(Type type) =>
        type.GetConstructors().MaxBy(constructor => constructor.GetParameters().Length)!;

    private static ParameterInfo[] Parameters(Type type) => Constructor(type).GetParameters();

    private static bool IsGroup(Type type) => type.IsClass && type.Assembly == typeof(RiskLimits).Assembly;
}
