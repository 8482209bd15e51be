using System.Security.Cryptography;

namespace Trading.Journal.Sealing;

/// <summary>
/// Which journal this is. The first checkpoint gets a random identity, which all that follow repeat in their signed text. It is kept
/// outside of the database too, so that another journal, sealed with the same key and renamed, cannot take this one's place.
/// </summary>
/// <param name="Id">32 small hexadecimal digits.</param>
/// <param name="IsSealed">Whether checkpoints with this identity were made: a journal without any is not the one.</param>
public sealed record JournalIdentity(string Id, bool IsSealed)
{
    private const int Length = 16;

    /// <summary>A new identity.</summary>
    public static string New() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(Length));

    /// <summary>Whether a text is an identity.</summary>
    public static bool IsValid(string text) => text.Length == 2 * Length && text.All(char.IsAsciiHexDigitLower);
}
