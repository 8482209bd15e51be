using System.Globalization;
using System.Text.Json;

namespace Trading.Services.Exchanges;

/// <summary>Reads the values of exchanges, which write numbers as JSON numbers or as strings.</summary>
internal static class ExchangeJson
{
    // Nothing that is traded has such numbers; sums of smaller ones fit.
    private const decimal Most = 1_000_000_000_000_000_000;

    /// <summary>A text, or a number as it is written; null when it is missing, null, empty, or no text that can be read.</summary>
    public static string? Text(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value)
            ? value.ValueKind switch
            {
                JsonValueKind.String => Read(value) is { Length: > 0 } text ? text : null,
                JsonValueKind.Number => value.GetRawText(),
                _ => null,
            }
            : null;

    /// <summary>The code of an error; 0 when it is missing, or anything else than a whole number that fits.</summary>
    public static int Code(this JsonElement element) =>
        int.TryParse(element.Text("code"), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var code) ? code : 0;

    /// <summary>A text that must be there.</summary>
    /// <exception cref="FormatException">It is missing.</exception>
    public static string Needed(this JsonElement element, string name) =>
        element.Text(name) ?? throw new FormatException($"{name} is missing");

    /// <summary>An id that must be there and be a whole number, by which it is sorted.</summary>
    /// <exception cref="FormatException">It is missing, or no whole number of at least 0 that has a next one.</exception>
    public static string NeededId(this JsonElement element, string name) =>
        element.Needed(name) is var text && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            && id < long.MaxValue ? text : throw new FormatException($"{name} is no id");

    /// <summary>A number to its last digit; 0 when it is missing.</summary>
    /// <exception cref="FormatException">It is not a number.</exception>
    public static decimal Number(this JsonElement element, string name) =>
        element.Text(name) is { } text ? Parsed(text, name) : 0;

    /// <summary>The field price.</summary>
    /// <exception cref="FormatException">It is missing, or not above 0.</exception>
    public static decimal Price(this JsonElement element) =>
        element.Number("price") is > 0 and var price ? price : throw new FormatException("price is missing");

    /// <summary>A time in milliseconds since 1970.</summary>
    /// <exception cref="FormatException">It is not a whole number, or missing.</exception>
    public static DateTimeOffset Milliseconds(this JsonElement element, string name) =>
        DateTimeOffset.FromUnixTimeMilliseconds(
            long.Parse(element.Needed(name), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture));

    /// <summary>A time as ISO 8601; null when it is missing.</summary>
    /// <exception cref="FormatException">It is not a time.</exception>
    public static DateTimeOffset? Time(this JsonElement element, string name) => element.Text(name) is { } text
        ? DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal)
        : null;

    /// <summary>True or false; false when it is missing.</summary>
    public static bool Flag(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.True;

    /// <summary>Whether a field is there and is true or false.</summary>
    public static bool HasFlag(this JsonElement element, string name) => element.ValueKind == JsonValueKind.Object
        && element.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.True or JsonValueKind.False;

    /// <summary>An inner object; an undefined one when it is missing.</summary>
    public static JsonElement Inner(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Object
            ? value : default;

    /// <summary>The items of a list that must be there: an answer without it says nothing, and is no empty list.</summary>
    /// <exception cref="FormatException">It is missing, or no list.</exception>
    public static IEnumerable<JsonElement> NeededItems(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Array
            ? value.EnumerateArray() : throw new FormatException($"the list {name} is missing");

    /// <summary>A number that must be there.</summary>
    /// <exception cref="FormatException">It is missing, empty or not a number.</exception>
    public static decimal NeededNumber(this JsonElement element, string name) =>
        Parsed(element.Needed(name), name);

    /// <summary>A number that must be there and above 0.</summary>
    /// <exception cref="FormatException">It is missing, not a number, or not above 0.</exception>
    public static decimal NeededPositive(this JsonElement element, string name) =>
        element.NeededNumber(name) is > 0 and var number ? number : throw new FormatException($"{name} is not above 0");

    /// <summary>A number of units; 0 when it is missing.</summary>
    /// <exception cref="FormatException">It is not a number, or below 0.</exception>
    public static decimal Units(this JsonElement element, string name) =>
        element.Number(name) is >= 0 and var units ? units : throw new FormatException($"{name} is below 0");

    /// <summary>The items of a list; empty when it is missing.</summary>
    public static IEnumerable<JsonElement> Items(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Array
            ? value.EnumerateArray() : [];

    private static decimal Parsed(string text, string name) =>
        decimal.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture) is >= -Most and <= Most and var number ? number
            : throw new FormatException($"{name} is beyond reason");

    // Half a surrogate is valid JSON and no text.
    private static string? Read(JsonElement text)
    {
        try
        {
            return text.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>A number in plain notation: a decimal point, no exponent, no trailing zeros.</summary>
    public static string Plain(this decimal number) => number.ToString("0.############################", CultureInfo.InvariantCulture);
}
