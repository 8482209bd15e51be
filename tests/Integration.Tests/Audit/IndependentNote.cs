using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Org.BouncyCastle.Math.EC.Rfc8032;
using static Trading.Integration.Tests.Audit.IndependentVerifier;

namespace Trading.Integration.Tests.Audit;

/// <summary>The note of a checkpoint, its signatures and the keys of these, read from docs/audit-format.md alone.</summary>
internal static class IndependentNote
{
    internal static (long Size, byte[] Root) Checkpoint(string note, string publicKey, string? witness)
    {
        var end = note.LastIndexOf("\n\n", StringComparison.Ordinal);
        var (text, lines) = (note[..(end + 1)], note[(end + 2)..].Split('\n')[..^1]);
        var signed = lines.Select(line => line.Split(' ')).Select(parts => (Name: parts[1], Bytes: Convert.FromBase64String(parts[2])))
            .ToList();
        var (name, hash, key) = Key(publicKey, 1);
        Demand(signed.Any(one => one.Name == name && one.Bytes.AsSpan(0, 4).SequenceEqual(hash) && one.Bytes.Length == 68
            && Signed(key, Encoding.UTF8.GetBytes(text), one.Bytes[4..])), "signature");
        if (witness is not null)
        {
            var (called, id, its) = Key(witness, 4);
            Demand(signed.Any(one => one.Name == called && one.Bytes.AsSpan(0, 4).SequenceEqual(id) && one.Bytes.Length == 76
                && Signed(its, Encoding.UTF8.GetBytes(
                    $"cosignature/v1\ntime {BinaryPrimitives.ReadUInt64BigEndian(one.Bytes.AsSpan(4))}\n{text}"),
                    one.Bytes[12..])), "witness");
        }
        var said = text.Split('\n');
        return (long.Parse(said[1], CultureInfo.InvariantCulture), Convert.FromBase64String(said[2]));
    }

    private static (string Name, byte[] Hash, byte[] Key) Key(string text, byte algorithm)
    {
        var parts = text.Split('+', 3);
        var key = Convert.FromBase64String(parts[2]);
        Demand(key[0] == algorithm && key.Length == 33, "key");
        var hash = SHA256.HashData([.. Encoding.UTF8.GetBytes(parts[0]), (byte)'\n', .. key])[..4];
        Demand(Convert.ToHexStringLower(hash) == parts[1], "hash of the key");
        return (parts[0], hash, key[1..]);
    }

    private static bool Signed(byte[] key, byte[] text, byte[] signature) =>
        signature.Length == 64 && Ed25519.Verify(signature, 0, key, 0, text, 0, text.Length);
}
