using System.Globalization;
using Trading.Core;
using Trading.Journal.Postgres;

namespace Trading.Journal.Sealing;

/// <summary>The rows of mt_events as leaves are made of them.</summary>
internal static class EventRows
{
    public static string Query(long from, long upTo, int? limit = null) => string.Create(
        CultureInfo.InvariantCulture,
        $"select {string.Join(", ", AuditLeaf.Columns)} from mt_events where seq_id >= {from} and seq_id <= {upTo} order by "
        + $"seq_id{(limit is null ? "" : $" limit {limit}")}");

    /// <summary>Hashes the leaf of a row; an operator's event through the commitments to its redactable fields.</summary>
    public static void Hash(BinaryCopy row, long number, Func<string, string, byte[]> commit, Span<byte> hash)
    {
        if (!AuditLeaf.IsRedactable(row.Field(AuditLeaf.Type)))
        {
            AuditLeaf.Hash(row.PrefixedRow, number, hash);
            return;
        }
        var columns = Enumerable.Range(0, AuditLeaf.Columns.Count)
            .Select(column => row.IsNull(column) ? null : row.Field(column).ToArray()).ToArray();
        if (columns[AuditLeaf.Data] is { } data)
            columns[AuditLeaf.Data] = AuditLeaf.WithCommitments(data, commit);
        AuditLeaf.Hash(AuditLeaf.Join(AuditLeaf.PrefixLength, columns), number, hash);
    }
}
