using System.Text.Json;
using Trading.Core;
using Trading.Journal.Postgres;

namespace Trading.Journal.Bundles;

/// <summary>Writes a row of mt_events, with its audit number in front, as an event of a bundle.</summary>
internal sealed class EventLine
{
    // The audit number comes before the columns of a leaf.
    private const int Number = 0, FirstColumn = 1;

    private readonly BinaryCopy _row;
    private readonly Utf8JsonWriter _writer;

    private EventLine(BinaryCopy row, Utf8JsonWriter writer) => (_row, _writer) = (row, writer);

    /// <summary>The line of a row.</summary>
    /// <param name="row">The audit number and the columns of a leaf.</param>
    /// <param name="commitments">Commitments to redactable fields, with their salts, by audit number and field.</param>
    /// <param name="tree">The tree that proves it; null for a line without a proof.</param>
    /// <param name="size">Size of the checkpoint's tree.</param>
    public static string Of(
        BinaryCopy row, Dictionary<(long, string), (byte[] Commitment, byte[]? Salt)> commitments, MerkleProofs? tree, long size) =>
        BundleLine.Of(writer =>
        {
            var line = new EventLine(row, writer);
            var number = row.IsNull(Number) ? default(long?) : row.Int64(Number);
            line.Columns(number);
            if (tree is null || number is not { } leaf)
                return;
            if (AuditLeaf.IsRedactable(line.Field(AuditLeaf.Type)))
                line.Commitments(leaf, commitments);
            writer.WriteStartArray("proof");
            foreach (var node in tree.Inclusion(leaf, size))
                writer.WriteBase64StringValue(node);
            writer.WriteEndArray();
        });

    /// <summary>The line of a row in a segment: commitments, and no proof of its own.</summary>
    /// <param name="row">The audit number and the columns of a leaf.</param>
    /// <param name="commitments">Commitments to redactable fields, with their salts, by audit number and field.</param>
    public static string OfSegment(
        BinaryCopy row, Dictionary<(long, string), (byte[] Commitment, byte[]? Salt)> commitments) => BundleLine.Of(writer =>
        {
            var line = new EventLine(row, writer);
            line.Columns(row.Int64(Number));
            if (AuditLeaf.IsRedactable(line.Field(AuditLeaf.Type)))
                line.Commitments(row.Int64(Number), commitments);
        });

    private void Columns(long? number)
    {
        if (number is { } leaf)
            _writer.WriteNumber("number", leaf);
        else
            _writer.WriteNull("number");
        _writer.WriteNumber("sequence", Int64(AuditLeaf.Sequence));
        _writer.WriteString("id", new Guid(Field(AuditLeaf.Id), bigEndian: true));
        _writer.WriteNumber("version", Int64(AuditLeaf.Version));
        _writer.WriteString("timestamp", BundleLine.Time(Int64(AuditLeaf.Timestamp)));
        if (IsNull(AuditLeaf.Archived))
            _writer.WriteNull("archived");
        else
            _writer.WriteBoolean("archived", Field(AuditLeaf.Archived)[0] != 0);
        Text("type", AuditLeaf.Type);
        Text("stream", AuditLeaf.StreamId);
        Text("tenant", AuditLeaf.Tenant);
        Text("dotnetType", AuditLeaf.DotNetType);
        Text("correlation", AuditLeaf.Correlation);
        Text("causation", AuditLeaf.Causation);
        Json("headers", AuditLeaf.Headers);
        Json("data", AuditLeaf.Data);
        if (IsNull(AuditLeaf.BinaryData))
            _writer.WriteNull("binary");
        else
            _writer.WriteBase64String("binary", Field(AuditLeaf.BinaryData));
    }

    private void Text(string name, int column)
    {
        if (IsNull(column))
            _writer.WriteNull(name);
        else
            _writer.WriteString(name, Field(column));
    }

    // The value of a jsonb column comes after a byte with its version.
    private void Json(string name, int column)
    {
        _writer.WritePropertyName(name);
        if (IsNull(column))
            _writer.WriteNullValue();
        else
            _writer.WriteRawValue(Field(column)[1..]);
    }

    private void Commitments(long number, Dictionary<(long, string), (byte[] Commitment, byte[]? Salt)> commitments)
    {
        _writer.WriteStartArray("commitments");
        foreach (var field in AuditLeaf.RedactableFields)
        {
            if (!commitments.TryGetValue((number, field), out var kept))
                continue;
            _writer.WriteStartObject();
            _writer.WriteString("field", field);
            _writer.WriteString("commitment", Convert.ToHexStringLower(kept.Commitment));
            _writer.WriteString("salt", kept.Salt is null ? null : Convert.ToHexStringLower(kept.Salt));
            _writer.WriteEndObject();
        }
        _writer.WriteEndArray();
    }

    private bool IsNull(int column) => _row.IsNull(FirstColumn + column);

    private long Int64(int column) => _row.Int64(FirstColumn + column);

    private ReadOnlySpan<byte> Field(int column) => _row.Field(FirstColumn + column);
}
