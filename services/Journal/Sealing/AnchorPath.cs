using System.Security.Cryptography;
using System.Text;

namespace Trading.Journal.Sealing;

/// <summary>Where anchors put checkpoints: a folder for each journal, and names with the size and the beginning of the hash.</summary>
public static class AnchorPath
{
    /// <summary>How the name of a checkpoint ends.</summary>
    public const string Ending = ".checkpoint";

    // An origin ends with the beginning of the first leaf's hash.
    private const int HashLength = 8;

    /// <summary>Folder and name of a checkpoint, joined by a slash.</summary>
    public static string Of(SignedCheckpoint checkpoint) =>
        FormattableString.Invariant($"{Folder(checkpoint.Checkpoint.Origin)}/{checkpoint.Checkpoint.Size:D12}-")
        + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(checkpoint.Cosigned)).AsSpan(0, 4)) + Ending;

    /// <summary>What the folders of all journals begin with that this one's database has had.</summary>
    public static string Beginning(string origin) =>
        Folder(origin) is { Length: > HashLength } folder ? folder[..^HashLength] : Folder(origin);

    /// <summary>Name of the marker of the journals in a database, which is set up once.</summary>
    public static string Marker(string origin) => $"{Beginning(origin)}marker";

    /// <summary>Whether a folder is one of those.</summary>
    public static bool IsOf(string folder, string beginning) =>
        folder.StartsWith(beginning, StringComparison.Ordinal) && folder.Length <= beginning.Length + HashLength
        && folder[beginning.Length..].All(char.IsAsciiHexDigitLower);

    private static string Folder(string origin) =>
        string.Concat(origin.Select(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.' ? letter : '_'))
            .TrimStart('.');
}
