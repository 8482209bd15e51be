using System.Globalization;
using System.Reflection;
using Microsoft.Extensions.Configuration;
using Trading.Core;

namespace Trading.Hosting.Settings;

/// <summary>Reads <see cref="TradingSettings"/> from the section Trading: every key must be a setting, every value of its type.</summary>
public static class SettingsReader
{
    /// <summary>The section that holds the settings.</summary>
    public const string Section = "Trading";

    private static readonly Dictionary<string, PropertyInfo> Properties =
        typeof(TradingSettings).GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .ToDictionary(property => property.Name, StringComparer.OrdinalIgnoreCase);

    /// <summary>Earlier names of settings; they are still read.</summary>
    public static IReadOnlyDictionary<string, string> Renamed { get; } =
        new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase) { ["RiskThreshold"] = nameof(TradingSettings.LeastConfidence) };

    /// <summary>Names of all settings, in the order in which they are declared.</summary>
    public static IEnumerable<string> Names => Properties.Keys;

    /// <summary>Reads and validates; the settings are usable only when <paramref name="violations"/> is empty.</summary>
    /// <param name="configuration">All sources, merged.</param>
    /// <param name="program">Values that this program sets instead of the profile's.</param>
    /// <param name="violations">All errors, one line each.</param>
    public static TradingSettings Read(IConfiguration configuration, Func<TradingSettings, TradingSettings> program,
        out IReadOnlyList<string> violations) => Read(configuration, program, out violations, out _);

    /// <summary>Reads and validates; the settings are usable only when <paramref name="violations"/> is empty.</summary>
    /// <param name="configuration">All sources, merged.</param>
    /// <param name="program">Values that this program sets instead of the profile's.</param>
    /// <param name="violations">All errors, one line each.</param>
    /// <param name="notes">What the user should know though it is no error, one line each.</param>
    /// <param name="usual">The profile where none is named.</param>
    public static TradingSettings Read(IConfiguration configuration, Func<TradingSettings, TradingSettings> program,
        out IReadOnlyList<string> violations, out IReadOnlyList<string> notes, string usual = TradingSettings.DefaultProfile)
    {
        var said = new List<string>();
        notes = said;
        var section = configuration.GetSection(Section);
        if (ProfileOf(section, usual) is not { } defaults)
        {
            violations = [$"Trading:Profile must be local, technical, dev or prod, was {section[nameof(TradingSettings.Profile)]}"];
            return new();
        }

        var settings = program(defaults);
        var wrong = new List<string>();
        foreach (var entry in section.GetChildren())
        {
            var name = entry.Key;
            if (Renamed.TryGetValue(name, out var renamed))
            {
                if (section.GetSection(renamed).Value is not null)
                {
                    wrong.Add($"Trading:{name} is the earlier name of Trading:{renamed}: give one of them");
                    continue;
                }
                said.Add($"Trading:{name} is called Trading:{renamed} now; the earlier name is still read");
                name = renamed;
            }
            if (!Properties.TryGetValue(name, out var property))
                wrong.Add($"Trading:{entry.Key} is not a setting{Nearest(entry.Key)}");
            else if (property.GetCustomAttribute<WordAttribute>() is { } word && entry.Value == word.Name)
                property.SetValue(settings, word.Value);
            else if (Convert(entry, property.PropertyType) is { } value)
                property.SetValue(settings, value);
            else if (!string.IsNullOrEmpty(entry.Value))
                wrong.Add($"Trading:{property.Name} must be {Describe(property.PropertyType)}, was {SecretText.Masked(entry.Value)}");
        }

        // On a real exchange an account begins with what is there, unless a figure is given.
        if (settings.Exchange != PaperFill.Exchange && section[nameof(TradingSettings.StartingCashUsd)] is null)
            settings = settings with { StartingCashUsd = 0 };
        if (settings.StrategyFolder is { Length: > 0 } folder)
        {
            try
            {
                StrategyFolder.Load(folder);
            }
            catch (ArgumentException unfit)
            {
                wrong.Add($"Trading:{nameof(TradingSettings.StrategyFolder)}: {unfit.Message}");
            }
        }

        violations = [.. wrong, .. settings.Validate()];
        return settings;
    }

    /// <summary>Every setting with its value, one line each; secrets masked.</summary>
    public static IEnumerable<string> Lines(TradingSettings settings) => Properties.Values.Select(property =>
        $"{Section}:{property.Name} = " + (property.IsDefined(typeof(SecretAttribute)) && property.GetValue(settings) is not null
            ? "(set, not shown)" : SecretText.Masked(Text(property, settings))));

    /// <summary>
    /// The settings that another program has to be given to have the same ones, by name: the profile, and what differs from its values;
    /// without secrets.
    /// </summary>
    public static IReadOnlyDictionary<string, string> Differing(TradingSettings settings)
    {
        var usual = TradingSettings.ForProfile(settings.Profile) ?? new TradingSettings();
        return Properties.Values.Where(property => !property.IsDefined(typeof(SecretAttribute)))
            .Select(property => (property.Name, Was: Text(property, usual), Now: Text(property, settings)))
            .Where(setting => (setting.Was != setting.Now || setting.Name == nameof(TradingSettings.Profile))
                && SecretText.Masked(setting.Now) == setting.Now)
            .ToDictionary(setting => setting.Name, setting => setting.Now);
    }

    private static string Text(PropertyInfo property, TradingSettings settings) => property.GetValue(settings) switch
    {
        null => "",
        decimal number when property.GetCustomAttribute<WordAttribute>() is { } word && number == word.Value => word.Name,
        IReadOnlyList<string> list => string.Join(',', list),
        Enum kind => DashedName.Of(kind.ToString()),
        DateTimeOffset time => time.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture),
        bool flag => flag ? "true" : "false",
        IFormattable value => value.ToString(null, CultureInfo.InvariantCulture),
        var value => value.ToString()!,
    };

    // Parameters and target belong to the profile's strategy, and so does the whole profile local: where another strategy is named and no
    // profile, the values are those of the technical rule.
    private static TradingSettings? ProfileOf(IConfigurationSection section, string usual)
    {
        var named = section[nameof(TradingSettings.Profile)] is { Length: > 0 } given ? given : null;
        var profile = TradingSettings.ForProfile(named ?? usual);
        return section[nameof(TradingSettings.Strategy)] is not { Length: > 0 } strategy || strategy == profile?.Strategy ? profile
            : named is null ? TradingSettings.ForProfile(TradingSettings.TechnicalProfile)
            : profile is null ? null : profile with { StrategyParameters = [], TargetVolatility = 0 };
    }

    private static object? Convert(IConfigurationSection entry, Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type == typeof(IReadOnlyList<string>))
            return List(entry);
        if (string.IsNullOrEmpty(entry.Value))
            return null;
        var text = entry.Value;
        if (type.IsEnum)
            return EnumNamed(type, text);
        return Type.GetTypeCode(type) switch
        {
            TypeCode.String => text,
            TypeCode.Boolean => bool.TryParse(text, out var flag) ? flag : null,
            TypeCode.Int32 =>
                int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null,
            TypeCode.Double =>
                double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
                    ? number : null,
            TypeCode.Decimal => decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null,
            _ when type == typeof(DateTimeOffset) => DateTimeOffset.TryParse(
                text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
                ? time : null,
            _ => throw new InvalidOperationException($"No setting may be of type {type}."),
        };
    }

    private static string[] List(IConfigurationSection entry) => entry.Value is { } text
        ? text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        : [.. entry.GetChildren().Select(child => child.Value ?? "")];

    // Enum names are written as words joined by dashes: InMemory is in-memory.
    private static object? EnumNamed(Type type, string text) =>
        Enum.GetNames(type).FirstOrDefault(name => name.Equals(text.Replace("-", "", StringComparison.Ordinal),
            StringComparison.OrdinalIgnoreCase)) is { } known ? Enum.Parse(type, known) : null;

    private static string Describe(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        return type.IsEnum ? string.Join(" or ", Enum.GetNames(type).Select(DashedName.Of))
            : type == typeof(bool) ? "true or false"
            : type == typeof(int) ? "a whole number"
            : type == typeof(DateTimeOffset) ? "a date or time like 2024-03-01 or 2024-03-01T12:00Z"
            : "a number";
    }

    private static string Nearest(string key)
    {
        if (Properties.Keys.FirstOrDefault(name => name.StartsWith(key, StringComparison.OrdinalIgnoreCase)) is { } longer)
            return $"; did you mean Trading:{longer}?";
        var nearest = NearestNames.Of(key, Properties.Keys, 1)[0];
        return NearestNames.IsMisspelled(key, nearest) ? $"; did you mean Trading:{nearest}?" : "";
    }
}
