using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Trading.Services.Feeds;

/// <summary>
/// Reads a source's JSON strictly: a missing value, a wrong type or an impossible value is an error, never a guess.
/// A number may be written as a JSON number or as a string; sources use both and change between them.
/// </summary>
internal static class Answer
{
    private const decimal HighestPrice = 1e12m;
    private const decimal HighestAmount = 1e14m;
    private const decimal HighestChangePercent = 1e9m;
    private const int GlimpseLength = 80;
    private const string PlausibleTime = "a time of the years 2009 to 2099";

    private static readonly SearchValues<char> SignsOfNumbers = SearchValues.Create("0123456789.+-eE");
    private static readonly DateTimeOffset Earliest = new(2009, 1, 3, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Latest = new(2100, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 16 };

    /// <summary>Reads the root object of an answer.</summary>
    public static T Read<T>(ReadOnlyMemory<byte> body, Func<JsonElement, T> read)
    {
        try
        {
            using var document = JsonDocument.Parse(body, Strict);
            return read(document.RootElement);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // Invalid UTF-8 in a string is found only when it is read, as an InvalidOperationException.
            throw new PriceFeedException(SourceFault.Lasting, $"unreadable answer: {Glimpse(body.Span)}", error);
        }
    }

    public static JsonElement Member(this JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var member)
            ? member
            : throw Unreadable($"there is no {name} in {Glimpse(Encoding.UTF8.GetBytes(parent.GetRawText()))}");

    public static JsonElement Item(this JsonElement parent, string name, int index)
    {
        var list = parent.Member(name);
        return list.ValueKind == JsonValueKind.Array && list.GetArrayLength() > index
            ? list[index] : throw Unexpected($"{name}[{index}]", "present", list);
    }

    /// <summary>A price: above 0 and at most 10^12.</summary>
    public static decimal Price(this JsonElement element, string name) =>
        Number(element) is > 0 and <= HighestPrice and var price ? price : throw Unexpected(name, "a price above 0", element);

    /// <summary>An amount of at least 0; null when the source says null.</summary>
    public static decimal? Amount(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Null ? null
        : Number(element) is >= 0 and <= HighestAmount and var amount ? amount : throw Unexpected(name, "an amount of at least 0", element);

    /// <summary>A change in percent; null when the source says null.</summary>
    public static decimal? ChangePercent(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Null ? null
        : Number(element) is >= -100 and <= HighestChangePercent and var change ? change
        : throw Unexpected(name, "a change of at least -100 percent", element);

    public static DateTimeOffset UnixSeconds(this JsonElement element, string name) =>
        DateTimeOffset.FromUnixTimeSeconds(Whole(element, name, Earliest.ToUnixTimeSeconds(), Latest.ToUnixTimeSeconds()));

    public static DateTimeOffset UnixMilliseconds(this JsonElement element, string name) =>
        DateTimeOffset.FromUnixTimeMilliseconds(Whole(element, name, Earliest.ToUnixTimeMilliseconds(), Latest.ToUnixTimeMilliseconds()));

    public static DateTimeOffset Instant(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.String && element.TryGetDateTimeOffset(out var instant)
        && instant >= Earliest && instant < Latest
            ? instant.ToUniversalTime()
            : throw Unexpected(name, PlausibleTime, element);

    public static void MustBe(this JsonElement element, string name, string expected)
    {
        if (element.ValueKind != JsonValueKind.String || !element.ValueEquals(expected))
            throw Unexpected(name, expected, element);
    }

    public static PriceFeedException Unreadable(string what) => new(SourceFault.Lasting, $"unreadable answer: {what}");

    /// <summary>The beginning of an answer that cannot be read, in a few words.</summary>
    public static string Glimpse(ReadOnlySpan<byte> body)
    {
        var text = Printable(Encoding.UTF8.GetString(body[..Math.Min(body.Length, 4 * GlimpseLength)])).Trim();
        return text switch
        {
            "" => "nothing came",
            ['<', ..] => "a web page came",
            { Length: > GlimpseLength } => $"{text[..GlimpseLength]}...",
            _ => text,
        };
    }

    /// <summary>The text for a log: one line of ASCII, with a question mark for every other character.</summary>
    public static string Printable(string text)
    {
        var line = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            if (c is > ' ' and <= '~')
                line.Append(c);
            else if (!char.IsControl(c) && !char.IsWhiteSpace(c))
                line.Append('?');
            else if (line.Length > 0 && line[^1] != ' ')
                line.Append(' ');
        }

        return line.ToString();
    }

    private static decimal? Number(JsonElement element)
    {
        const NumberStyles Style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        return element.ValueKind switch
        {
            JsonValueKind.Number when element.TryGetDecimal(out var number) => number,
            // The framework ignores zero bytes after the digits, so the text is checked first.
            JsonValueKind.String when element.GetString() is { } text && !text.AsSpan().ContainsAnyExcept(SignsOfNumbers)
                && decimal.TryParse(text, Style, CultureInfo.InvariantCulture, out var number) => number,
            _ => null,
        };
    }

    private static long Whole(JsonElement element, string name, long first, long end) =>
        element.ValueKind == JsonValueKind.Number && element.TryGetInt64(out var number) && number >= first && number < end
            ? number
            : throw Unexpected(name, PlausibleTime, element);

    private static PriceFeedException Unexpected(string name, string expected, JsonElement element) =>
        Unreadable($"{name} must be {expected}, was {Glimpse(Encoding.UTF8.GetBytes(element.GetRawText()))}");
}
