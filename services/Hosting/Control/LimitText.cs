using System.Globalization;
using Trading.Hosting.Settings;

namespace Trading.Hosting.Control;

/// <summary>The value of a limit as text, as an operator sees and sets it.</summary>
internal static class LimitText
{
    /// <summary>A value as text.</summary>
    public static string Of(object? value) => value switch
    {
        null => LimitFields.None,
        bool flag => flag ? "true" : "false",
        IEnumerable<string> list => string.Join(',', list),
        Enum kind => DashedName.Of(kind.ToString()),
        decimal number => number.ToString("0.############################", CultureInfo.InvariantCulture),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString()!,
    };

    /// <summary>Reads a value of a type; false where the text is not valid.</summary>
    public static bool TryParse(string text, Type type, out object? value)
    {
        if (text == LimitFields.None && (!type.IsValueType || Nullable.GetUnderlyingType(type) is not null))
        {
            value = null;
            return true;
        }
        value = (Nullable.GetUnderlyingType(type) ?? type) switch
        {
            var known when known == typeof(decimal) =>
                decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null,
            var known when known == typeof(double) =>
                double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
                    ? number : null,
            var known when known == typeof(int) =>
                int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null,
            var known when known == typeof(bool) => bool.TryParse(text, out var flag) ? flag : null,
            { IsEnum: true } known => Enum.GetNames(known).FirstOrDefault(
                name => name.Equals(text.Replace("-", "", StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase)) is { } name
                ? Enum.Parse(known, name) : null,
            var known when known == typeof(string) => text,
            var known when known.IsAssignableFrom(typeof(string[])) =>
                text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
            _ => null,
        };
        return value is not null;
    }

    /// <summary>What a text of a type must be, in words.</summary>
    public static string Describe(Type type)
    {
        var known = Nullable.GetUnderlyingType(type) ?? type;
        var what = known.IsEnum ? string.Join(" or ", Enum.GetNames(known).Select(DashedName.Of))
            : known == typeof(bool) ? "true or false"
            : known == typeof(int) ? "a whole number"
            : "a number";
        return known == type ? what : $"{what}, or {LimitFields.None}";
    }
}
