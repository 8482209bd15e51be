using System.Security.Cryptography;
using System.Text;
using Trading.Contracts;

namespace Trading.Services;

/// <summary>What models say, made fit for records: nobody knows what comes back from outside.</summary>
internal static class ModelText
{
    private const int GlimpseLength = 160;

    /// <summary>An answer as it is kept: cut off, and without the one character that PostgreSQL's JSON cannot hold.</summary>
    public static string Kept(string text) => Cut(text, ModelProvenance.LongestRawText).Replace('\0', '\uFFFD');

    /// <summary>The beginning of an answer in one printable line.</summary>
    public static string Glimpse(string text)
    {
        var line = string.Concat(Cut(text.Trim(), GlimpseLength).Select(letter => char.IsControl(letter) ? ' ' : letter));
        return text.Trim().Length > GlimpseLength ? line + "..." : line.Length == 0 ? "nothing" : line;
    }

    /// <summary>SHA-256 of a text in UTF-8, as hexadecimal digits.</summary>
    public static string Sha256(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static string Cut(string text, int length) =>
        text.Length <= length ? text : char.IsHighSurrogate(text[length - 1]) ? text[..(length - 1)] : text[..length];
}
