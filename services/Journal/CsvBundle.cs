using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Npgsql;
using Trading.Core;

namespace Trading.Journal;

/// <summary>
/// Events as a table (RFC 4180), and with proofs a bundle like <see cref="Bundle"/>: the proof in a column of each row, the checkpoint in the first row, and in the last row the hash of all
/// bytes before it. An empty field is null, a quoted empty one is an empty text.
/// </summary>
public static class CsvBundle
{
    /// <summary>How a row ends.</summary>
    public const string LineEnd = "\r\n";

    private const string HashPrefix = "sha256:";
    private const int MaxRow = 64 * 1024 * 1024;

    private static readonly string[] Columns =
        ["number", "sequence", "id", "version", "timestamp", "archived", "type", "stream", "tenant", "dotnetType", "correlation", "causation", "headers", "data", "binary"];

    private static readonly string[] ProofColumns = [.. Columns, "commitments", "proof", "checkpoint"];

    // What is JSON in a line of a bundle and not a text.
    private static readonly HashSet<string> Raw = ["number", "sequence", "version", "archived", "headers", "data", "commitments"];

    /// <summary>The first row.</summary>
    public static string Header(bool withProofs) => string.Join(',', withProofs ? ProofColumns : Columns);

    /// <summary>The row of an event without a proof.</summary>
    /// <param name="line">The event's line of JSON.</param>
    public static string Row(string line) => Row(line, Columns, null);

    /// <summary>Whether a file is a table and no bundle in lines of JSON.</summary>
    public static bool Is(string file)
    {
        using var content = File.OpenRead(file);
        return content.ReadByte() == Columns[0][0];
    }

    /// <summary>Writes a bundle.</summary>
    /// <returns>Number of events.</returns>
    public static async Task<long> WriteAsync(NpgsqlDataSource database, BundleRange range, SignedCheckpoint checkpoint, MerkleProofs tree, Stream output, CancellationToken cancellation)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var events = 0L;
        await RowAsync(Header(withProofs: true));
        await foreach (var line in Bundle.EventsAsync(database, range, tree, checkpoint.Checkpoint.Size, cancellation))
            await RowAsync(Row(line, ProofColumns, events++ == 0 ? checkpoint.Note : null));
        await output.WriteAsync(Encoding.UTF8.GetBytes(Last(hash, events)), cancellation);
        return events;

        async ValueTask RowAsync(string row)
        {
            var bytes = Encoding.UTF8.GetBytes(row + LineEnd);
            hash.AppendData(bytes);
            await output.WriteAsync(bytes, cancellation);
        }
    }

    /// <summary>Verifies a bundle's file.</summary>
    public static async Task<BundleVerification> VerifyAsync(string file, IReadOnlyList<VerifierKey> keys, CancellationToken cancellation)
    {
        await using var content = new BufferedStream(File.OpenRead(file), 1 << 16);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var (events, checkpoint, number, order) = (0L, default(SignedCheckpoint), 0L, new BundleOrder());
        try
        {
            var row = ReadRow(content);
            while (ReadRow(content) is { } next)
            {
                cancellation.ThrowIfCancellationRequested();
                hash.AppendData(row!);
                number++;
                if (number == 1)
                {
                    if (Encoding.UTF8.GetString(row!) != Header(withProofs: true) + LineEnd)
                        return Wrong("it is no bundle with proofs: its first row is not the names of the columns");
                }
                else
                {
                    var fields = Fields(Encoding.UTF8.GetString(row!));
                    if (number == 2)
                    {
                        checkpoint = SignedCheckpoint.Parse(fields[^1] ?? throw new FormatException("there is no checkpoint"));
                        if (!checkpoint.SignedBy(keys))
                            return Wrong("its checkpoint is not signed by the given key");
                    }
                    else if (fields[^1] is not null)
                    {
                        return Wrong($"row {number}: a checkpoint stands in the first row only");
                    }
                    if ((Bundle.Check(Line(fields), checkpoint!.Checkpoint, out var proved) ?? order.Follow(proved)) is { } wrong)
                        return Wrong($"row {number}: {wrong}");
                    events++;
                }
                row = next;
            }
            return checkpoint is not null && row.AsSpan().SequenceEqual(Encoding.UTF8.GetBytes(Last(hash, events))) ? new(events, checkpoint.Checkpoint, null, order.First, order.Last)
                : Wrong("its last row is not the hash of those before it: something was changed, added or cut off");
        }
        catch (Exception unreadable) when (Bundle.IsUnreadable(unreadable))
        {
            return Wrong($"row {number} cannot be read: {unreadable.Message.Split('\n')[0]}");
        }

        BundleVerification Wrong(string what) => new(events, checkpoint?.Checkpoint, what, order.First, order.Last);
    }

    private static string Row(string line, string[] columns, string? checkpoint)
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

    private static string Quoted(string text) =>
        text.Length > 0 && text.AsSpan().IndexOfAny(",\"\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    // The hash stands where the number does, the number of events where the sequence does.
    private static string Last(IncrementalHash hash, long events) =>
        string.Create(CultureInfo.InvariantCulture, $"{HashPrefix}{Convert.ToHexStringLower(hash.GetHashAndReset())},{events}{new string(',', ProofColumns.Length - 2)}{LineEnd}");

    // A row as the line of JSON that it was made from.
    private static string Line(List<string?> fields)
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

    private static List<string?> Fields(string row)
    {
        var fields = new List<string?>();
        var text = new StringBuilder();
        for (var at = 0; at < row.Length - LineEnd.Length + 1; at++)
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
            if (row[at] != ',' && at != row.Length - LineEnd.Length)
                throw new FormatException("it is not written as a table is");
            fields.Add(quoted || text.Length > 0 ? text.ToString() : null);
        }
        return fields;
    }

    // A row with its end, which is no line end within quotes; null at the end of the file.
    private static byte[]? ReadRow(Stream content)
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
}
