using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using Org.BouncyCastle.Math.EC.Rfc8032;

namespace Trading.Journal.Keys;

/// <summary>
/// The public half of an Ed25519 key, with which anybody can check seals. Written as C2SP signed-note requires: name+hash+key, the key in
/// base64 after the byte 1.
/// </summary>
/// <param name="Name">Name of the key.</param>
/// <param name="Bytes">The 32 bytes of the key.</param>
public sealed record VerifierKey(string Name, byte[] Bytes)
{
    internal const byte Ed25519Algorithm = 1;

    /// <summary>Four bytes that tell keys apart.</summary>
    public uint Hash => HashOf(Name, Ed25519Algorithm, Bytes);

    /// <summary>Reads a key: its text, or the name of a file that holds it.</summary>
    /// <exception cref="SealKeyException">It is neither.</exception>
    public static VerifierKey Read(string textOrFile) => TryParse(textOrFile, out var key) ? key
        : File.Exists(textOrFile) && TryParse(File.ReadAllText(textOrFile).Trim(), out key) ? key
        : throw new SealKeyException($"{textOrFile} is neither a public key (name+hash+base64) nor a file with one");

    /// <summary>Reads a key's text.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out VerifierKey? key)
    {
        key = Cut(text, Ed25519Algorithm) is var (name, bytes) ? new(name, bytes) : null;
        return key is not null;
    }

    /// <summary>Whether a signature over a text is this key's.</summary>
    public bool Verifies(ReadOnlySpan<byte> text, byte[] signature) =>
        signature.Length == Ed25519.SignatureSize && Ed25519.Verify(signature, 0, Bytes, 0, text.ToArray(), 0, text.Length);

    /// <summary>The hash of a key of C2SP signed-note.</summary>
    internal static uint HashOf(string name, byte algorithm, byte[] bytes) =>
        BinaryPrimitives.ReadUInt32BigEndian(SHA256.HashData([.. Encoding.UTF8.GetBytes(name), (byte)'\n', algorithm, .. bytes]));

    /// <summary>Cuts the text of a key into its name and bytes; null when it is none of this algorithm.</summary>
    internal static (string Name, byte[] Bytes)? Cut(string text, byte algorithm) =>
        text.Split('+', 3) is [{ Length: > 0 } name, var hash, var base64] && SealKey.KeyBytes(base64, algorithm) is { } bytes
            && !name.Any(char.IsWhiteSpace) && $"{HashOf(name, algorithm, bytes):x8}" == hash ? (name, bytes) : null;

    /// <inheritdoc/>
    public bool Equals(VerifierKey? other) => other is not null && Name == other.Name && Bytes.AsSpan().SequenceEqual(other.Bytes);

    /// <inheritdoc/>
    public override int GetHashCode() => (int)Hash;

    /// <summary>The key as it is given to an auditor.</summary>
    public override string ToString() => $"{Name}+{Hash:x8}+{Convert.ToBase64String([Ed25519Algorithm, .. Bytes])}";
}
