using System.Text;
using Trading.Core;
using Trading.Journal.Events;
using Trading.Journal.Postgres;

namespace Trading.Journal.Sealing;

/// <summary>
/// The marks of writers on events, in the journal's order. From the first event that carries one, every event must: those before it were
/// written when writers had no key.
/// </summary>
internal sealed class WriterMarks(WriterKey key)
{
    private const string Tombstones = "mt_tombstone";

    /// <summary>Whether an event has carried a mark.</summary>
    public bool Began { get; set; }

    /// <summary>
    /// Why the row of an event was not written by a program with the key; null when it was, or when marks have not begun.
    /// </summary>
    public string? Violation(BinaryCopy row)
    {
        var stream = Text(row, AuditLeaf.StreamId);
        // What Marten writes in place of appends that failed is no event.
        if (stream == Tombstones)
            return null;
        var violation = key.Violation(stream ?? "", row.Int64(AuditLeaf.Version), Text(row, AuditLeaf.Type) ?? "",
            Text(row, AuditLeaf.Correlation), Text(row, AuditLeaf.Causation), Json(row, AuditLeaf.Headers), Json(row, AuditLeaf.Data),
            out var isMarked);
        Began |= isMarked;
        return Began ? violation : null;
    }

    private static string? Text(BinaryCopy row, int column) => row.IsNull(column) ? null : Encoding.UTF8.GetString(row.Field(column));

    // The first byte of a jsonb value is its version.
    private static ReadOnlySpan<byte> Json(BinaryCopy row, int column) =>
        row.Field(column) is { Length: > 1 } json ? json[1..] : default;
}
