using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Trading.Journal.Keys;

namespace Trading.Journal.Sealing;

/// <summary>A checkpoint with its signatures: a note of C2SP signed-note.</summary>
/// <param name="Checkpoint">What it says.</param>
/// <param name="Note">The text with the sealer's signatures, which is what the next checkpoint follows on.</param>
/// <param name="Signatures">Name and hash of each key with its signature.</param>
public sealed record SignedCheckpoint(
    Checkpoint Checkpoint, string Note, IReadOnlyList<(string Name, uint KeyHash, byte[] Signature)> Signatures)
{
    /// <summary>Most characters of a note.</summary>
    public const int MaxLength = 8192;

    internal const string Dash = "— ";

    /// <summary>
    /// Lines of witnesses, who sign later and elsewhere (<see cref="Witnesses.Cosignature"/>): not part of <see cref="Note"/>.
    /// </summary>
    public IReadOnlyList<string> Cosignatures { get; init; } = [];

    /// <summary>The text with all signatures, as it is kept elsewhere.</summary>
    public string Cosigned => Note + string.Concat(Cosignatures.Select(line => $"{line}\n"));

    /// <summary>The same checkpoint with further lines of witnesses; each line once.</summary>
    public SignedCheckpoint With(IEnumerable<string> cosignatures) =>
        this with { Cosignatures = [.. Cosignatures.Concat(cosignatures).Distinct()] };

    /// <summary>SHA-256 of <see cref="Note"/>, which the next checkpoint holds.</summary>
    public byte[] Hash() => SHA256.HashData(Encoding.UTF8.GetBytes(Note));

    /// <summary>Whether one of the keys has signed it.</summary>
    public bool SignedBy(params IEnumerable<VerifierKey> keys)
    {
        var text = Encoding.UTF8.GetBytes(Checkpoint.Text());
        return keys.Any(
            key => Signatures.Any(signed => signed.Name == key.Name && signed.KeyHash == key.Hash && key.Verifies(text, signed.Signature)));
    }

    /// <summary>Reads a note.</summary>
    /// <exception cref="FormatException">It is not a note; the message says why, to follow the note's name.</exception>
    public static SignedCheckpoint Parse(string note)
    {
        if (note.Length > MaxLength)
            throw new FormatException("it is too long");
        var end = note.LastIndexOf("\n\n", StringComparison.Ordinal);
        if (end < 0 || !note.EndsWith('\n') || end + 2 == note.Length)
            throw new FormatException("it has no signatures");
        var own = new StringBuilder(note[..(end + 2)]);
        var (signatures, cosignatures) = (new List<(string, uint, byte[])>(), new List<string>());
        foreach (var line in note[(end + 2)..^1].Split('\n'))
        {
            if (Signature(line) is not { } signed)
                throw new FormatException("it has a line among the signatures that is not a signature");
            if (signed.Bytes.Length == Witnesses.Cosignature.Size)
            {
                cosignatures.Add(line);
                continue;
            }
            signatures.Add((signed.Name, signed.KeyHash, signed.Bytes));
            own.Append(line).Append('\n');
        }
        return signatures.Count == 0 ? throw new FormatException("it has no signatures")
            : new(Checkpoint.Parse(note[..(end + 1)]), own.ToString(), signatures) { Cosignatures = cosignatures };
    }

    /// <summary>Cuts a line of a signature apart; null when it is none.</summary>
    internal static (string Name, uint KeyHash, byte[] Bytes)? Signature(string line)
    {
        var bytes = new byte[256];
        return line.StartsWith(Dash, StringComparison.Ordinal) && line[Dash.Length..].Split(' ') is [{ Length: > 0 } name, var base64]
            && Convert.TryFromBase64String(base64, bytes, out var length) && length > sizeof(uint)
            ? (name, BinaryPrimitives.ReadUInt32BigEndian(bytes), bytes[sizeof(uint)..length]) : null;
    }

    /// <summary>Reads the note in a file.</summary>
    /// <exception cref="SealKeyException">The file holds no checkpoint.</exception>
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
