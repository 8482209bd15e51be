using System.Text;
using System.Text.Json;
using Trading.Core;

namespace Trading.Journal.Bundles;

/// <summary>The leaf of an event, made again from its line in a bundle.</summary>
internal static class BundleLeaf
{
    /// <summary>Hash of the leaf.</summary>
    /// <param name="given">The event's line.</param>
    /// <param name="number">Its audit number.</param>
    /// <param name="wrong">A commitment that is not to the field's value; null when all are.</param>
    public static byte[] Hash(JsonElement given, long number, out string? wrong)
    {
        var commitments = given.TryGetProperty("commitments", out var list)
            ? list.EnumerateArray().ToDictionary(entry => BundleLine.Text(entry, "field"),
                entry => (Value: entry.GetProperty("commitment"), Salt: entry.GetProperty("salt")))
            : [];
        var mismatch = default(string);
        var columns = new byte[]?[AuditLeaf.Columns.Count];
        columns[AuditLeaf.Sequence] = BundleLine.Int64(given.GetProperty("sequence").GetInt64());
        columns[AuditLeaf.Id] = given.GetProperty("id").GetGuid().ToByteArray(bigEndian: true);
        columns[AuditLeaf.Version] = BundleLine.Int64(given.GetProperty("version").GetInt64());
        columns[AuditLeaf.Timestamp] = BundleLine.Int64(BundleLine.Microseconds(given.GetProperty("timestamp").GetString()!));
        columns[AuditLeaf.Archived] = given.GetProperty("archived") is { ValueKind: not JsonValueKind.Null } archived
            ? [archived.GetBoolean() ? (byte)1 : (byte)0] : null;
        columns[AuditLeaf.Type] = Bytes("type");
        columns[AuditLeaf.StreamId] = Bytes("stream");
        columns[AuditLeaf.Tenant] = Bytes("tenant");
        columns[AuditLeaf.DotNetType] = Bytes("dotnetType");
        columns[AuditLeaf.Correlation] = Bytes("correlation");
        columns[AuditLeaf.Causation] = Bytes("causation");
        columns[AuditLeaf.Headers] = given.GetProperty("headers") is { ValueKind: not JsonValueKind.Null } headers
            ? AuditLeaf.Jsonb(headers.GetRawText()) : null;
        columns[AuditLeaf.BinaryData] = given.GetProperty("binary") is { ValueKind: not JsonValueKind.Null } binary
            ? binary.GetBytesFromBase64() : null;
        var data = AuditLeaf.Jsonb(given.GetProperty("data").GetRawText());
        columns[AuditLeaf.Data] = AuditLeaf.IsRedactable(columns[AuditLeaf.Type]) ? AuditLeaf.WithCommitments(data, Commitment) : data;
        var hash = new byte[MerkleTree.HashSize];
        AuditLeaf.Hash(AuditLeaf.Join(AuditLeaf.PrefixLength, columns), number, hash);
        wrong = mismatch;
        return hash;

        byte[]? Bytes(string name) => given.GetProperty(name).GetString() is { } text ? Encoding.UTF8.GetBytes(text) : null;

        byte[] Commitment(string field, string value)
        {
            if (!commitments.TryGetValue(field, out var kept))
                throw new FormatException($"there is no commitment to {field}");
            var said = Convert.FromHexString(kept.Value.GetString() ?? throw new FormatException($"there is no commitment to {field}"));
            if (kept.Salt.GetString() is { } salt
                ? !AuditLeaf.Commit(Convert.FromHexString(salt), value).AsSpan().SequenceEqual(said) : value != AuditLeaf.Redacted)
                mismatch = $"the commitment to {field} is to another value";
            return said;
        }
    }
}
