using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Trading.Journal.Bundles;

/// <summary>How the rows of a table of events are written and read.</summary>
internal static class CsvRow
{
    private const int MaxRow = 64 * 1024 * 1024;

    public static readonly string[] Columns =
        ["number", "sequence", "id", "version", "timestamp", "archived", "type", "stream", "tenant", "dotnetType", "correlation",
            "causation", "headers", "data", "binary"];

    public static readonly string[] ProofColumns = [.. Columns, "commitments", "proof", "checkpoint"];

    // Columns that are JSON in a line of a bundle, and not a text.
    private static readonly HashSet<string> Raw = ["number", "sequence", "version", "archived", "headers", "data", "commitments"];

    /// <summary>The row of an event.</summary>
    /// <param name="line">The event's line of JSON.</param>
    /// <param name="columns">The columns of the table.</param>
    /// <param name="checkpoint">The checkpoint's note, in the first row; null in all others.</param>
    public static string Of(string line, string[] columns, string? checkpoint)
    {
        using var document = JsonDocument.Parse(line);
        return string.Join(',', columns.Select(column => column switch
        {
            "checkpoint" => checkpoint is null ? "" : Quoted(checkpoint),
            "proof" => string.Join(' ', document.RootElement.GetProperty(column).EnumerateArray().Select(node => node.GetString())),
            _ => !document.RootElement.TryGetProperty(column, out var value) ? "" : value.ValueKind switch
            {
                JsonValueKind.Null => "",
                JsonValueKind.String => Quoted(value.GetString()!),
                _ => Quoted(value.GetRawText()),
            },
        }));
    }

    /// <summary>The line of JSON that a row was made from.</summary>
    public static string Line(List<string?> fields)
    {
        if (fields.Count != ProofColumns.Length)
            throw new FormatException($"it has {fields.Count} fields");
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            foreach (var (column, field) in ProofColumns.Zip(fields).SkipLast(1))
            {
                if (column == "commitments" && field is null)
                    continue;
                writer.WritePropertyName(column);
                if (column == "proof")
                {
                    writer.WriteStartArray();
                    foreach (var node in field?.Split(' ') ?? [])
                        writer.WriteStringValue(node);
                    writer.WriteEndArray();
                }
                else if (field is null)
                    writer.WriteNullValue();
                else if (Raw.Contains(column))
                    writer.WriteRawValue(field);
                else
                    writer.WriteStringValue(field);
            }
            writer.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>The fields of a row.</summary>
    public static List<string?> Fields(string row)
    {
        var fields = new List<string?>();
        var text = new StringBuilder();
        for (var at = 0; at < row.Length - CsvBundle.LineEnd.Length + 1; at++)
        {
            text.Clear();
            var quoted = row[at] == '"';
            if (quoted)
            {
                for (at++; row[at] != '"' || row[at + 1] == '"'; at++)
                    text.Append(row[row[at] == '"' ? ++at - 1 : at]);
                at++;
            }
            else
            {
                for (; row[at] is not (',' or '\r'); at++)
                    text.Append(row[at]);
            }
            if (row[at] != ',' && at != row.Length - CsvBundle.LineEnd.Length)
                throw new FormatException("its quotes and commas are not those of a table");
            fields.Add(quoted || text.Length > 0 ? text.ToString() : null);
        }
        return fields;
    }

    /// <summary>
    /// The next row with its end; a line end within quotes does not end it. Null at the end of the file.
    /// </summary>
    public static byte[]? Read(Stream content)
    {
        var row = new ArrayBufferWriter<byte>(4096);
        var quoted = false;
        for (int next; (next = content.ReadByte()) >= 0;)
        {
            row.GetSpan(1)[0] = (byte)next;
            row.Advance(1);
            quoted ^= next == '"';
            if (next == '\n' && !quoted)
                break;
            if (row.WrittenCount > MaxRow)
                throw new FormatException("it is too long");
        }
        return row.WrittenCount == 0 ? null : row.WrittenSpan.ToArray();
    }

    private static string Quoted(string text) =>
        text.Length > 0 && text.AsSpan().IndexOfAny(",\"\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
