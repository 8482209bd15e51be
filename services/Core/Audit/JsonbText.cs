using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Trading.Core;

/// <summary>
/// JSON as PostgreSQL writes a value of the type jsonb: keys by length and then by bytes, a space behind colons and commas, numbers without
/// exponents. What a program hashes before it writes is then what anybody reads from the database.
/// </summary>
public static class JsonbText
{
    /// <summary>The text of JSON in UTF-8.</summary>
    /// <exception cref="JsonException">It is no JSON.</exception>
    public static byte[] Of(ReadOnlyMemory<byte> json)
    {
        using var document = JsonDocument.Parse(json);
        var text = new ArrayBufferWriter<byte>(json.Length + (json.Length / 4) + 16);
        Write(document.RootElement, text);
        return text.WrittenSpan.ToArray();
    }

    private static void Write(JsonElement element, ArrayBufferWriter<byte> text)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                WriteObject(element, text);
                break;
            case JsonValueKind.Array:
                var first = true;
                text.Write("["u8);
                foreach (var item in element.EnumerateArray())
                {
                    if (!first)
                        text.Write(", "u8);
                    first = false;
                    Write(item, text);
                }
                text.Write("]"u8);
                break;
            case JsonValueKind.String:
                WriteString(element.GetString()!, text);
                break;
            case JsonValueKind.Number:
                text.Write(Encoding.ASCII.GetBytes(Number(element.GetRawText())));
                break;
            default:
                text.Write(Encoding.ASCII.GetBytes(element.GetRawText()));
                break;
        }
    }

    private static void WriteObject(JsonElement element, ArrayBufferWriter<byte> text)
    {
        // Of two members of one name PostgreSQL keeps the last.
        var members = new Dictionary<string, JsonElement>();
        foreach (var member in element.EnumerateObject())
            members[member.Name] = member.Value;
        var sorted = members.Select(member => (Key: Encoding.UTF8.GetBytes(member.Key), Name: member.Key, member.Value)).ToArray();
        Array.Sort(sorted, static (one, other) => one.Key.Length != other.Key.Length
            ? one.Key.Length.CompareTo(other.Key.Length) : one.Key.AsSpan().SequenceCompareTo(other.Key));
        text.Write("{"u8);
        for (var at = 0; at < sorted.Length; at++)
        {
            if (at > 0)
                text.Write(", "u8);
            WriteString(sorted[at].Name, text);
            text.Write(": "u8);
            Write(sorted[at].Value, text);
        }
        text.Write("}"u8);
    }

    private static void WriteString(string value, ArrayBufferWriter<byte> text)
    {
        text.Write("\""u8);
        if (value.AsSpan().IndexOfAnyInRange('\0', '\x1f') < 0 && value.AsSpan().IndexOfAny('"', '\\') < 0)
        {
            Encoding.UTF8.GetBytes(value, text);
        }
        else
        {
            foreach (var letter in value.EnumerateRunes())
            {
                Encoding.UTF8.GetBytes(letter.Value switch
                {
                    '"' => "\\\"",
                    '\\' => "\\\\",
                    '\b' => "\\b",
                    '\f' => "\\f",
                    '\n' => "\\n",
                    '\r' => "\\r",
                    '\t' => "\\t",
                    < ' ' => $"\\u{letter.Value:x4}",
                    _ => letter.ToString(),
                }, text);
            }
        }
        text.Write("\""u8);
    }

    // PostgreSQL's numeric keeps the digits behind the point that were written, and has neither an exponent nor a negative zero.
    private static string Number(string raw)
    {
        var exponentAt = raw.AsSpan().IndexOfAny('e', 'E');
        if (exponentAt < 0 && raw[0] != '-')
            return raw;
        var exponent = exponentAt < 0 ? 0 : int.Parse(raw.AsSpan(exponentAt + 1), NumberStyles.AllowLeadingSign,
            CultureInfo.InvariantCulture);
        var mantissa = exponentAt < 0 ? raw : raw[..exponentAt];
        var negative = mantissa[0] == '-';
        if (negative)
            mantissa = mantissa[1..];
        var point = mantissa.IndexOf('.', StringComparison.Ordinal);
        var (digits, scale) = point < 0 ? (mantissa, 0) : (mantissa.Remove(point, 1), mantissa.Length - point - 1);
        scale -= exponent;
        if (scale < 0)
            (digits, scale) = (digits + new string('0', -scale), 0);
        digits = digits.PadLeft(scale + 1, '0');
        var whole = digits[..^scale].TrimStart('0');
        var text = (whole.Length == 0 ? "0" : whole) + (scale == 0 ? "" : "." + digits[^scale..]);
        return negative && text.AsSpan().IndexOfAnyInRange('1', '9') >= 0 ? "-" + text : text;
    }
}
