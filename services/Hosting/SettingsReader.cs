using System.Globalization;
using System.Reflection;
using Microsoft.Extensions.Configuration;

namespace Trading.Hosting;

/// <summary>Reads <see cref="TradingSettings"/> from the section Trading: every key must be a setting, every value of its type.</summary>
public static class SettingsReader
{
    /// <summary>The section that holds the settings.</summary>
    public const string Section = "Trading";

    private static readonly Dictionary<string, PropertyInfo> Properties =
        typeof(TradingSettings).GetProperties(BindingFlags.Public | BindingFlags.Instance).ToDictionary(property => property.Name, StringComparer.OrdinalIgnoreCase);

    /// <summary>Names of all settings, in the order in which they are declared.</summary>
    public static IEnumerable<string> Names => Properties.Keys;

    /// <summary>Reads and validates; the settings are usable only when <paramref name="violations"/> is empty.</summary>
    /// <param name="configuration">All sources, merged.</param>
    /// <param name="program">Values that this program sets in place of the profile's.</param>
    /// <param name="violations">Everything that is wrong, one line each.</param>
    public static TradingSettings Read(IConfiguration configuration, Func<TradingSettings, TradingSettings> program, out IReadOnlyList<string> violations)
    {
        var section = configuration.GetSection(Section);
        var profile = section[nameof(TradingSettings.Profile)] ?? "local";
        if (TradingSettings.ForProfile(profile) is not { } defaults)
        {
            violations = [$"Trading:Profile must be local, dev or prod, was {profile}"];
            return new();
        }

        var settings = program(defaults);
        var wrong = new List<string>();
        foreach (var entry in section.GetChildren())
        {
            if (!Properties.TryGetValue(entry.Key, out var property))
                wrong.Add($"Trading:{entry.Key} is not a setting{Nearest(entry.Key)}");
            else if (Convert(entry, property.PropertyType) is { } value)
                property.SetValue(settings, value);
            else if (!string.IsNullOrEmpty(entry.Value))
                wrong.Add($"Trading:{property.Name} must be {Describe(property.PropertyType)}, was {entry.Value}");
        }

        violations = [.. wrong, .. settings.Validate()];
        return settings;
    }

    /// <summary>Every setting with its value, one line each; secrets masked.</summary>
    public static IEnumerable<string> Lines(TradingSettings settings) => Properties.Values.Select(property =>
        $"{Section}:{property.Name} = " + property.GetValue(settings) switch
        {
            null => "",
            _ when property.IsDefined(typeof(SecretAttribute)) => "(set, not shown)",
            IReadOnlyList<string> list => string.Join(',', list),
            Enum kind => Dashed(kind.ToString()),
            DateTimeOffset time => time.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture),
            bool flag => flag ? "true" : "false",
            IFormattable value => value.ToString(null, CultureInfo.InvariantCulture),
            var value => value.ToString(),
        });

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
            TypeCode.Int32 => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null,
            TypeCode.Double => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : null,
            TypeCode.Decimal => decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null,
            _ when type == typeof(DateTimeOffset) => DateTimeOffset.TryParse(
                text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time) ? time : null,
            _ => throw new InvalidOperationException($"No setting may be of type {type}."),
        };
    }

    private static string[] List(IConfigurationSection entry) => entry.Value is { } text
        ? text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        : [.. entry.GetChildren().Select(child => child.Value ?? "")];

    // Enum names are written as words joined by dashes: InMemory is in-memory.
    private static object? EnumNamed(Type type, string text) =>
        Enum.GetNames(type).FirstOrDefault(name => name.Equals(text.Replace("-", "", StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase)) is { } known ? Enum.Parse(type, known) : null;

    private static string Describe(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        return type.IsEnum ? string.Join(" or ", Enum.GetNames(type).Select(Dashed))
            : type == typeof(bool) ? "true or false"
            : type == typeof(int) ? "a whole number"
            : type == typeof(DateTimeOffset) ? "a date or time like 2024-03-01 or 2024-03-01T12:00Z"
            : "a number";
    }

    /// <summary>A name as it is written in settings: InMemory is in-memory.</summary>
    public static string Dashed(string name) =>
        string.Concat(name.Select((letter, at) => char.IsUpper(letter) && at > 0 ? $"-{char.ToLowerInvariant(letter)}" : $"{char.ToLowerInvariant(letter)}"));

    private static string Nearest(string key)
    {
        if (Properties.Keys.FirstOrDefault(name => name.StartsWith(key, StringComparison.OrdinalIgnoreCase)) is { } longer)
            return $"; did you mean Trading:{longer}?";
        var nearest = Properties.Keys.MinBy(name => Distance(name.ToUpperInvariant(), key.ToUpperInvariant()))!;
        // A third of the letters may be wrong; beyond that it is another word.
        return Distance(nearest.ToUpperInvariant(), key.ToUpperInvariant()) <= Math.Min(4, (key.Length + 2) / 3) ? $"; did you mean Trading:{nearest}?" : "";
    }

    /// <summary>Levenshtein's distance: the least number of letters to change, add or drop.</summary>
    private static int Distance(string left, string right)
    {
        var row = Enumerable.Range(0, right.Length + 1).ToArray();
        for (var i = 1; i <= left.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= right.Length; j++)
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (left[i - 1] == right[j - 1] ? 0 : 1)));
        }
        return row[^1];
    }
}
