using System.Security.Cryptography;
using System.Text;
using Trading.Contracts;

namespace Trading.Services.Models;

/// <summary>Makes the answers of models fit for records: they may contain anything.</summary>
internal static class ModelText
{
    private const int GlimpseLength = 160;

    /// <summary>An answer as it is stored: cut off, with only what JSON and PostgreSQL can hold.</summary>
    public static string Kept(string text) => Storable(Cut(text, ModelProvenance.LongestRawText));

    /// <summary>A text without the character 0 and without halves of surrogate pairs, which no record can hold.</summary>
    public static string Storable(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF') && !text.Contains('\0', StringComparison.Ordinal))
            return text;
        var clean = new StringBuilder(text.Length);
        // A half becomes the replacement character.
        foreach (var rune in text.EnumerateRunes())
            clean.Append(rune.Value == 0 ? "\uFFFD" : rune.ToString());
        return clean.ToString();
    }

    /// <summary>The beginning of an answer in one printable line.</summary>
    public static string Glimpse(string text)
    {
        var line = string.Concat(Storable(Cut(text.Trim(), GlimpseLength)).Select(letter => char.IsControl(letter) ? ' ' : letter));
        return text.Trim().Length > GlimpseLength ? line + "..." : line.Length == 0 ? "nothing" : line;
    }

    /// <summary>SHA-256 of a text in UTF-8, as hexadecimal digits.</summary>
    public static string Sha256(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static string Cut(string text, int length) =>
        text.Length <= length ? text : char.IsHighSurrogate(text[length - 1]) ? text[..(length - 1)] : text[..length];
}
