using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Trading.Core;
using Trading.Journal.Keys;

namespace Trading.Journal.Sealing;

/// <summary>What a checkpoint says, in the form of C2SP tlog-checkpoint: origin, size, root, then lines of this system's own.</summary>
/// <param name="Origin">Name of the journal, the same in all of its checkpoints.</param>
/// <param name="Size">Number of sealed events.</param>
/// <param name="Root">Root of the tree over them.</param>
/// <param name="At">When it was made (UTC, whole seconds).</param>
/// <param name="Previous">SHA-256 of the previous checkpoint with its signatures; null in the first.</param>
/// <param name="NextKey">The key that signs from here on, when it changes here; this checkpoint has the signatures of both.</param>
/// <param name="Journal">
/// Which journal it is of, as <see cref="JournalIdentity"/> has it; null in the checkpoints of earlier versions.
/// </param>
public sealed record Checkpoint(
    string Origin, long Size, byte[] Root, DateTimeOffset At, byte[]? Previous, VerifierKey? NextKey, string? Journal = null)
{
    private const string Time = "time ", Before = "previous ", Identity = "journal ", Key = "key ", TimeFormat = "yyyy-MM-dd'T'HH:mm:ss'Z'";

    /// <summary>The text that is signed.</summary>
    public string Text()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{Origin}\n{Size}\n{Convert.ToBase64String(Root)}\n"
            + $"{Time}{At.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture)}\n");
        if (Previous is not null)
            text.Append(CultureInfo.InvariantCulture, $"{Before}{Convert.ToBase64String(Previous)}\n");
        if (Journal is not null)
            text.Append(CultureInfo.InvariantCulture, $"{Identity}{Journal}\n");
        if (NextKey is not null)
            text.Append(CultureInfo.InvariantCulture, $"{Key}{NextKey}\n");
        return text.ToString();
    }

    /// <summary>Signs it.</summary>
    public SignedCheckpoint Sign(params IEnumerable<SealKey> keys)
    {
        var text = Text();
        var signatures = keys.Select(key =>
        {
            var hash = new byte[sizeof(uint)];
            BinaryPrimitives.WriteUInt32BigEndian(hash, key.Public.Hash);
            return $"{SignedCheckpoint.Dash}{key.Public.Name} "
                + $"{Convert.ToBase64String([.. hash, .. key.Sign(Encoding.UTF8.GetBytes(text))])}\n";
        });
        return SignedCheckpoint.Parse($"{text}\n{string.Concat(signatures)}");
    }

    internal static Checkpoint Parse(string text)
    {
        var lines = text.Split('\n');
        if (lines.Length < 5 || lines[^1].Length > 0 || lines[0].Length == 0
            || !long.TryParse(lines[1], NumberStyles.None, CultureInfo.InvariantCulture, out var size) || Hash(lines[2]) is not { } root)
            throw new FormatException("it has no origin, size and root");
        DateTimeOffset? at = null;
        byte[]? previous = null;
        string? journal = null;
        VerifierKey? next = null;
        foreach (var line in lines[3..^1])
        {
            if (at is null && line.StartsWith(Time, StringComparison.Ordinal)
                && DateTimeOffset.TryParseExact(line[Time.Length..], TimeFormat, CultureInfo.InvariantCulture,
                    DateTimeStyles.AssumeUniversal, out var time))
                at = time;
            else if (previous is null && line.StartsWith(Before, StringComparison.Ordinal) && Hash(line[Before.Length..]) is { } hash)
                previous = hash;
            else if (journal is null && line.StartsWith(Identity, StringComparison.Ordinal)
                && JournalIdentity.IsValid(line[Identity.Length..]))
                journal = line[Identity.Length..];
            else if (next is null && line.StartsWith(Key, StringComparison.Ordinal)
                && VerifierKey.TryParse(line[Key.Length..], out var key))
                next = key;
            else
                throw new FormatException($"it has an unknown line: {line}");
        }
        var parsed = new Checkpoint(lines[0], size, root, at ?? throw new FormatException("it has no time"), previous, next, journal);
        return parsed.Text() == text ? parsed : throw new FormatException("it is not written as checkpoints are");
    }

    private static byte[]? Hash(string base64)
    {
        var hash = new byte[MerkleTree.HashSize];
        return Convert.TryFromBase64String(base64, hash, out var length) && length == hash.Length ? hash : null;
    }
}
