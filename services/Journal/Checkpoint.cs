using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Trading.Core;

namespace Trading.Journal;

/// <summary>What a checkpoint says, in the form of C2SP tlog-checkpoint: origin, size, root, then lines of this system's own.</summary>
/// <param name="Origin">Name of the journal, the same in all of its checkpoints.</param>
/// <param name="Size">Number of sealed events.</param>
/// <param name="Root">Root of the tree over them.</param>
/// <param name="At">When it was made (UTC, whole seconds).</param>
/// <param name="Previous">SHA-256 of the previous checkpoint with its signatures; null in the first.</param>
/// <param name="NextKey">The key that signs from here on, when it changes here; this checkpoint has the signatures of both.</param>
public sealed record Checkpoint(string Origin, long Size, byte[] Root, DateTimeOffset At, byte[]? Previous, VerifierKey? NextKey)
{
    private const string Time = "time ", Before = "previous ", Key = "key ", TimeFormat = "yyyy-MM-dd'T'HH:mm:ss'Z'";

    /// <summary>The text that is signed.</summary>
    public string Text()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{Origin}\n{Size}\n{Convert.ToBase64String(Root)}\n{Time}{At.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture)}\n");
        if (Previous is not null)
            text.Append(CultureInfo.InvariantCulture, $"{Before}{Convert.ToBase64String(Previous)}\n");
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
            return $"{SignedCheckpoint.Dash}{key.Public.Name} {Convert.ToBase64String([.. hash, .. key.Sign(Encoding.UTF8.GetBytes(text))])}\n";
        });
        return SignedCheckpoint.Parse($"{text}\n{string.Concat(signatures)}");
    }

    internal static Checkpoint Parse(string text)
    {
        var lines = text.Split('\n');
        if (lines.Length < 5 || lines[^1].Length > 0 || lines[0].Length == 0 || !long.TryParse(lines[1], NumberStyles.None, CultureInfo.InvariantCulture, out var size) || Hash(lines[2]) is not { } root)
            throw new FormatException("it has no origin, size and root");
        DateTimeOffset? at = null;
        byte[]? previous = null;
        VerifierKey? next = null;
        foreach (var line in lines[3..^1])
        {
            if (at is null && line.StartsWith(Time, StringComparison.Ordinal)
                && DateTimeOffset.TryParseExact(line[Time.Length..], TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time))
                at = time;
            else if (previous is null && line.StartsWith(Before, StringComparison.Ordinal) && Hash(line[Before.Length..]) is { } hash)
                previous = hash;
            else if (next is null && line.StartsWith(Key, StringComparison.Ordinal) && VerifierKey.TryParse(line[Key.Length..], out var key))
                next = key;
            else
                throw new FormatException($"it has an unknown line: {line}");
        }
        var parsed = new Checkpoint(lines[0], size, root, at ?? throw new FormatException("it has no time"), previous, next);
        return parsed.Text() == text ? parsed : throw new FormatException("it is not written as checkpoints are");
    }

    private static byte[]? Hash(string base64)
    {
        var hash = new byte[MerkleTree.HashSize];
        return Convert.TryFromBase64String(base64, hash, out var length) && length == hash.Length ? hash : null;
    }
}

/// <summary>A checkpoint with its signatures: a note of C2SP signed-note.</summary>
/// <param name="Checkpoint">What it says.</param>
/// <param name="Note">The whole text.</param>
/// <param name="Signatures">Name and hash of each key with its signature.</param>
public sealed record SignedCheckpoint(Checkpoint Checkpoint, string Note, IReadOnlyList<(string Name, uint KeyHash, byte[] Signature)> Signatures)
{
    /// <summary>Most characters of a note.</summary>
    public const int MaxLength = 8192;

    internal const string Dash = "— ";

    /// <summary>SHA-256 of the whole text, by which the next checkpoint names it.</summary>
    public byte[] Hash() => SHA256.HashData(Encoding.UTF8.GetBytes(Note));

    /// <summary>Whether one of the keys has signed it.</summary>
    public bool SignedBy(params IEnumerable<VerifierKey> keys)
    {
        var text = Encoding.UTF8.GetBytes(Checkpoint.Text());
        return keys.Any(key => Signatures.Any(signed => signed.Name == key.Name && signed.KeyHash == key.Hash && key.Verifies(text, signed.Signature)));
    }

    /// <summary>Reads a note.</summary>
    /// <exception cref="FormatException">It is none; the message says why, as the end of a sentence about it.</exception>
    public static SignedCheckpoint Parse(string note)
    {
        if (note.Length > MaxLength)
            throw new FormatException("it is too long");
        var end = note.LastIndexOf("\n\n", StringComparison.Ordinal);
        if (end < 0 || !note.EndsWith('\n'))
            throw new FormatException("it has no signatures");
        var signatures = new List<(string, uint, byte[])>();
        foreach (var line in note[(end + 2)..^1].Split('\n'))
        {
            var bytes = new byte[256];
            if (!line.StartsWith(Dash, StringComparison.Ordinal) || line[Dash.Length..].Split(' ') is not [{ Length: > 0 } name, var base64]
                || !Convert.TryFromBase64String(base64, bytes, out var length) || length <= sizeof(uint))
                throw new FormatException("it has a line among the signatures that is none");
            signatures.Add((name, BinaryPrimitives.ReadUInt32BigEndian(bytes), bytes[sizeof(uint)..length]));
        }
        return new(Checkpoint.Parse(note[..(end + 1)]), note, signatures);
    }

    /// <summary>Reads the note in a file.</summary>
    /// <exception cref="SealKeyException">There is none.</exception>
    public static SignedCheckpoint Load(string file)
    {
        try
        {
            return Parse(File.ReadAllText(file));
        }
        catch (FormatException wrong)
        {
            throw new SealKeyException($"{file} holds no checkpoint: {wrong.Message}");
        }
    }
}
