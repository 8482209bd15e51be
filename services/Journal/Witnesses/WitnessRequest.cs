using System.Globalization;
using System.Text;
using Trading.Core;
using Trading.Journal.Sealing;

namespace Trading.Journal.Witnesses;

/// <summary>What a witness is asked (C2SP tlog-witness, add-checkpoint).</summary>
/// <param name="OldSize">Events of the checkpoint that it cosigned last; 0 before the first.</param>
/// <param name="Proof">Proves that that one is the beginning of this one.</param>
/// <param name="Checkpoint">The checkpoint to cosign.</param>
public sealed record WitnessRequest(long OldSize, IReadOnlyList<byte[]> Proof, SignedCheckpoint Checkpoint)
{
    /// <summary>Most hashes of a proof.</summary>
    public const int MaxProof = 63;

    private const string Old = "old ";

    /// <summary>The body of the request.</summary>
    public string Text()
    {
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $"{Old}{OldSize}\n");
        foreach (var node in Proof)
            text.Append(Convert.ToBase64String(node)).Append('\n');
        return text.Append('\n').Append(Checkpoint.Note).ToString();
    }

    /// <summary>Reads the body of a request.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static WitnessRequest Parse(string body)
    {
        var end = body.IndexOf("\n\n", StringComparison.Ordinal);
        if (end < 0 || body[..end].Split('\n') is not [var first, .. var hashes] || !first.StartsWith(Old, StringComparison.Ordinal)
            || !long.TryParse(first[Old.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var size)
            || first != string.Create(CultureInfo.InvariantCulture, $"{Old}{size}") || hashes.Length > MaxProof)
            throw new FormatException(
                $"expected are a line \"old SIZE\", at most {MaxProof} hashes in base64, an empty line and the checkpoint");
        return new(size, [.. hashes.Select(Hash)], SignedCheckpoint.Parse(body[(end + 2)..]));
    }

    private static byte[] Hash(string base64)
    {
        var hash = new byte[MerkleTree.HashSize];
        return Convert.TryFromBase64String(base64, hash, out var length) && length == hash.Length ? hash
            : throw new FormatException("a line of the proof is no hash in base64");
    }
}
