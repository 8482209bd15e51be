using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using Trading.Journal.Keys;
using Trading.Journal.Sealing;

namespace Trading.Journal.Witnesses;

/// <summary>
/// The public half of a witness's Ed25519 key, as C2SP tlog-cosignature writes it: name+hash+key, the key in base64 after the byte 4.
/// </summary>
/// <param name="Name">Name of the witness.</param>
/// <param name="Bytes">The 32 bytes of the key.</param>
public sealed record WitnessKey(string Name, byte[] Bytes)
{
    internal const byte Algorithm = 4;

    /// <summary>Four bytes that tell keys apart.</summary>
    public uint Hash => VerifierKey.HashOf(Name, Algorithm, Bytes);

    /// <summary>The public half of a witness's key.</summary>
    public static WitnessKey Of(SealKey key) => new(key.Public.Name, key.Public.Bytes);

    /// <summary>Reads the key file of a witness, after making a new key under a name when there is none.</summary>
    /// <exception cref="SealKeyException">It holds no key, or others can read it.</exception>
    public static SealKey LoadOrCreate(string file, string name) =>
        File.Exists(file) ? SealKey.Load(file) : SealKey.Create(file, name, key => $"{Of(key)}");

    /// <summary>Reads a key: its text, or the name of a file that holds it.</summary>
    /// <exception cref="SealKeyException">It is neither.</exception>
    public static WitnessKey Read(string textOrFile) => TryParse(textOrFile, out var key) ? key
        : File.Exists(textOrFile) && TryParse(File.ReadAllText(textOrFile).Trim(), out key) ? key
        : throw new SealKeyException($"{textOrFile} is neither the public key of a witness (name+hash+base64) nor a file with one");

    /// <summary>Reads a key's text.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out WitnessKey? key)
    {
        key = VerifierKey.Cut(text, Algorithm) is var (name, bytes) ? new(name, bytes) : null;
        return key is not null;
    }

    /// <summary>When a line says that this witness saw a checkpoint; null when it is not this witness's signature over it.</summary>
    /// <param name="line">A line of a signature.</param>
    /// <param name="checkpoint">What must be signed.</param>
    public DateTimeOffset? Saw(string line, Checkpoint checkpoint)
    {
        if (SignedCheckpoint.Signature(line) is not { } signed || signed.Name != Name || signed.KeyHash != Hash
            || signed.Bytes.Length != Cosignature.Size)
            return null;
        var seconds = BinaryPrimitives.ReadUInt64BigEndian(signed.Bytes);
        return seconds <= Cosignature.LastSecond
            && new VerifierKey(Name, Bytes).Verifies(Cosignature.Text(checkpoint, (long)seconds), signed.Bytes[sizeof(ulong)..])
            ? DateTimeOffset.FromUnixTimeSeconds((long)seconds) : null;
    }

    /// <inheritdoc/>
    public bool Equals(WitnessKey? other) => other is not null && Name == other.Name && Bytes.AsSpan().SequenceEqual(other.Bytes);

    /// <inheritdoc/>
    public override int GetHashCode() => (int)Hash;

    /// <summary>The key as it is given to others.</summary>
    public override string ToString() => $"{Name}+{Hash:x8}+{Convert.ToBase64String([Algorithm, .. Bytes])}";
}
