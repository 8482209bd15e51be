using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Trading.Core;
using Trading.Journal.Keys;
using Trading.Journal.Sealing;

namespace Trading.Journal.Bundles;

/// <summary>Verifies bundles and single proofs from their files alone, without a database.</summary>
internal static class BundleVerifier
{
    private static readonly HashSet<string> HeaderFields = ["format", "checkpoint"], ProofFields = ["checkpoint", "leaf", "event"];
    private static readonly HashSet<string> EventFields =
    [
        "number", "sequence", "id", "version", "timestamp", "archived", "type", "stream", "tenant", "dotnetType", "correlation",
        "causation", "headers", "data", "binary", "commitments", "proof",
    ];
    private static readonly HashSet<string> SegmentFields = [.. EventFields.Where(field => field != "proof")];

    public static async Task<BundleVerification> VerifyAsync(string file, IReadOnlyList<VerifierKey> keys, CancellationToken cancellation)
    {
        await using var content = new BufferedStream(File.OpenRead(file), 1 << 16);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var (events, checkpoint, line, order) = (0L, default(SignedCheckpoint), 0L, new BundleOrder());
        try
        {
            // Compared byte for byte: a changed line end counts as a change too.
            var text = BundleLine.Read(content);
            while (BundleLine.Read(content) is { } next)
            {
                cancellation.ThrowIfCancellationRequested();
                hash.AppendData(text!);
                line++;
                if (line == 1)
                {
                    using var header = JsonDocument.Parse(text, BundleLine.Strict);
                    if (header.RootElement.GetProperty("format").GetString() != BundleLine.Format)
                        return Wrong($"it is no {BundleLine.Format}");
                    OnlyKnown(header.RootElement, HeaderFields);
                    checkpoint = SignedCheckpoint.Parse(BundleLine.Text(header.RootElement, "checkpoint"));
                    if (!checkpoint.SignedBy(keys))
                        return Wrong("its checkpoint is not signed by the given key");
                }
                else if ((Check(Encoding.UTF8.GetString(text!), checkpoint!.Checkpoint, out var proved)
                    ?? order.Follow(proved)) is { } wrong)
                {
                    return Wrong($"line {line}: {wrong}");
                }
                else
                {
                    events++;
                }
                text = next;
            }
            return checkpoint is not null && text.AsSpan().SequenceEqual(Encoding.UTF8.GetBytes(BundleLine.Last(hash, events)))
                ? new(events, checkpoint.Checkpoint, order.End(), order.First, order.Last, order.Trade, checkpoint.Cosignatures)
                : Wrong("its last line is not the hash of those before it: something was changed, added or cut off");
        }
        catch (Exception unreadable) when (BundleLine.IsUnreadable(unreadable))
        {
            return Wrong($"line {line} cannot be read: {unreadable.Message.Split('\n')[0]}");
        }

        BundleVerification Wrong(string what) => new(events, checkpoint?.Checkpoint, what, order.First, order.Last);
    }

    public static async Task<BundleVerification> VerifyProofAsync(
        string file, IReadOnlyList<VerifierKey> keys, CancellationToken cancellation)
    {
        var checkpoint = default(SignedCheckpoint);
        try
        {
            using var proof = JsonDocument.Parse(await File.ReadAllBytesAsync(file, cancellation), BundleLine.Strict);
            OnlyKnown(proof.RootElement, ProofFields);
            checkpoint = SignedCheckpoint.Parse(BundleLine.Text(proof.RootElement, "checkpoint"));
            if (!checkpoint.SignedBy(keys))
                return new(0, checkpoint.Checkpoint, "its checkpoint is not signed by the given key");
            var given = proof.RootElement.GetProperty("event");
            var wrong = Check(given.GetRawText(), checkpoint.Checkpoint, out var proved);
            if (wrong is null
                && BundleLine.Text(proof.RootElement, "leaf") != Convert.ToHexStringLower(BundleLeaf.Hash(given, proved.Number, out _)))
                wrong = "the leaf is not that of the event";
            return wrong is null ? new(1, checkpoint.Checkpoint, null, proved, proved, null, checkpoint.Cosignatures)
                : new(0, checkpoint.Checkpoint, wrong);
        }
        catch (Exception unreadable) when (BundleLine.IsUnreadable(unreadable))
        {
            return new(0, checkpoint?.Checkpoint, $"it cannot be read: {unreadable.Message.Split('\n')[0]}");
        }
    }

    public static string? Check(string line, Checkpoint checkpoint, out ProvedEvent proved)
    {
        using var document = JsonDocument.Parse(line, BundleLine.Strict);
        var given = document.RootElement;
        proved = Which(given, hasProof: true);
        var hash = BundleLeaf.Hash(given, proved.Number, out var wrong);
        var proof = given.GetProperty("proof").EnumerateArray().Select(node => node.GetBytesFromBase64()).ToList();
        return wrong ?? (MerkleTree.VerifyInclusion(hash, proved.Number, checkpoint.Size, proof, checkpoint.Root)
            ? null : $"event {proved.Sequence} is not as it was when it was sealed, or its proof was changed");
    }

    /// <summary>Which event a line is of, after everything in it was found to be known.</summary>
    public static ProvedEvent Which(JsonElement given, bool hasProof)
    {
        OnlyKnown(given, hasProof ? EventFields : SegmentFields);
        var stream = given.GetProperty("stream").GetString();
        return new(given.GetProperty("number").GetInt64(), given.GetProperty("sequence").GetInt64(), stream,
            given.GetProperty("version").GetInt64(), TradeOf(stream, given.GetProperty("data")));
    }

    private static Guid? TradeOf(string? stream, JsonElement data) => stream is null ? null
        : Trade.IdOf(stream) is { } own ? own
        : Portfolio.IsStream(stream) && data.ValueKind == JsonValueKind.Object && data.TryGetProperty("tradeId", out var said)
            && said.ValueKind == JsonValueKind.String && said.TryGetGuid(out var booked) ? booked : null;

    // A field that no proof covers could be taken for a proved one.
    public static void OnlyKnown(JsonElement given, HashSet<string> known)
    {
        foreach (var property in given.EnumerateObject())
        {
            if (!known.Contains(property.Name))
                throw new FormatException($"it has an unknown {property.Name}");
        }
    }
}
