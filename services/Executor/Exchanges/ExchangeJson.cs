using System.Globalization;
using System.Text.Json;

namespace Trading.Services.Exchanges;

/// <summary>Reads the values of exchanges, which write numbers as numbers here and as texts there.</summary>
internal static class ExchangeJson
{
    /// <summary>A text, or a number as it is written; null when it is missing, null or empty.</summary>
    public static string? Text(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value)
            ? value.ValueKind switch
            {
                JsonValueKind.String => value.GetString() is { Length: > 0 } text ? text : null,
                JsonValueKind.Number => value.GetRawText(),
                _ => null,
            }
            : null;

    /// <summary>A text that must be there.</summary>
    /// <exception cref="FormatException">It is missing.</exception>
    public static string Needed(this JsonElement element, string name) => element.Text(name) ?? throw new FormatException($"{name} is missing");

    /// <summary>A number to its last digit; 0 when it is missing.</summary>
    /// <exception cref="FormatException">It is no number.</exception>
    public static decimal Number(this JsonElement element, string name) => element.Text(name) is { } text ? decimal.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture) : 0;

    /// <summary>The field price.</summary>
    /// <exception cref="FormatException">It is missing, or not above 0.</exception>
    public static decimal Price(this JsonElement element) => element.Number("price") is > 0 and var price ? price : throw new FormatException("price is missing");

    /// <summary>A time in milliseconds since 1970.</summary>
    /// <exception cref="FormatException">It is no whole number, or missing.</exception>
    public static DateTimeOffset Milliseconds(this JsonElement element, string name) =>
        DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(element.Needed(name), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture));

    /// <summary>A time as ISO 8601; null when it is missing.</summary>
    /// <exception cref="FormatException">It is no time.</exception>
    public static DateTimeOffset? Time(this JsonElement element, string name) => element.Text(name) is { } text
        ? DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal)
        : null;

    /// <summary>True or false; false when it is missing.</summary>
    public static bool Flag(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.True;

    /// <summary>An inner object; an undefined one when it is missing.</summary>
    public static JsonElement Inner(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Object ? value : default;

    /// <summary>The items of a list; none when it is missing.</summary>
    public static IEnumerable<JsonElement> Items(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Array ? value.EnumerateArray() : [];

    /// <summary>A number as exchanges want it: a point, no exponent, no trailing zeros.</summary>
    public static string Plain(this decimal number) => number.ToString("0.############################", CultureInfo.InvariantCulture);
}
