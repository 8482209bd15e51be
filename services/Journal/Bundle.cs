using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Npgsql;
using Trading.Core;

namespace Trading.Journal;

/// <summary>Events to export.</summary>
/// <param name="FromSequence">The first.</param>
/// <param name="ToSequence">The last.</param>
/// <param name="StreamId">Their stream; null for all.</param>
public sealed record BundleRange(long FromSequence, long ToSequence, string? StreamId);

/// <summary>What came of verifying a bundle.</summary>
/// <param name="Events">Events whose proofs hold.</param>
/// <param name="Checkpoint">The checkpoint that they are proved by; null when it could not be read.</param>
/// <param name="Wrong">What is wrong; null when nothing is.</param>
/// <param name="First">The first event; null when there is none whose proof holds.</param>
/// <param name="Last">The last event whose proof holds.</param>
public sealed record BundleVerification(long Events, Checkpoint? Checkpoint, string? Wrong, ProvedEvent? First = null, ProvedEvent? Last = null);

/// <summary>An event in a bundle.</summary>
/// <param name="Number">Its audit number.</param>
/// <param name="Sequence">Its place in the journal.</param>
/// <param name="StreamId">Its stream.</param>
/// <param name="Version">Its place in the stream.</param>
public sealed record ProvedEvent(long Number, long Sequence, string? StreamId, long Version);

/// <summary>
/// Whether the events of a bundle are all of a range, or the whole of a stream from its first version on: each proof holds by itself, and would where an event was left out, doubled or put elsewhere.
/// </summary>
public sealed class BundleOrder
{
    private bool _isRange = true, _isStream = true;

    /// <summary>The first event; null before it.</summary>
    public ProvedEvent? First { get; private set; }

    /// <summary>The last event until now.</summary>
    public ProvedEvent? Last { get; private set; }

    /// <summary>What is wrong with the next event's place; null when nothing is.</summary>
    public string? Follow(ProvedEvent next)
    {
        if (Last is null)
        {
            _isStream = next.Version == 1;
        }
        else
        {
            if (next.Number <= Last.Number || next.Sequence <= Last.Sequence)
                return $"event {next.Sequence} stands behind event {Last.Sequence}";
            _isRange &= next.Number == Last.Number + 1;
            _isStream &= next.StreamId == Last.StreamId && next.Version == Last.Version + 1;
            if (!_isRange && !_isStream)
                return $"between event {Last.Sequence} and event {next.Sequence} something was left out: neither their audit numbers, {Last.Number} and {next.Number}, nor their places in one stream follow on each other";
        }
        First ??= next;
        Last = next;
        return null;
    }
}

/// <summary>
/// Events with their proofs in a file that is verified with nothing but the sealer's public key: a line with the checkpoint, a line for each event, and a line with the hash of
/// all lines before it. docs/audit-format.md describes it.
/// </summary>
public static class Bundle
{
    private const string Format = "trading-audit-bundle/1";
    private const int MaxLine = 64 * 1024 * 1024;
    private static readonly DateTime Epoch = new(2000, 1, 1, 0, 0, 0, DateTimeKind.Utc);
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };
    private static readonly HashSet<string> HeaderFields = ["format", "checkpoint"], ProofFields = ["checkpoint", "leaf", "event"];
    private static readonly HashSet<string> Known =
    [
        "number", "sequence", "id", "version", "timestamp", "archived", "type", "stream", "tenant", "dotnetType", "correlation", "causation", "headers", "data", "binary", "commitments", "proof",
    ];

    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes a bundle.</summary>
    /// <returns>Number of events.</returns>
    public static async Task<long> WriteAsync(
        NpgsqlDataSource database, BundleRange range, SignedCheckpoint checkpoint, MerkleProofs tree, Stream output, IProgress<long>? progress, CancellationToken cancellation)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var events = 0L;
        await LineAsync(Line(writer =>
        {
            writer.WriteString("format", Format);
            writer.WriteString("checkpoint", checkpoint.Note);
        }));
        await foreach (var line in EventsAsync(database, range, tree, checkpoint.Checkpoint.Size, cancellation))
        {
            await LineAsync(line);
            events++;
            progress?.Report(events);
        }
        await output.WriteAsync(Encoding.UTF8.GetBytes(Last(hash, events)), cancellation);
        return events;

        async ValueTask LineAsync(string line)
        {
            var bytes = Encoding.UTF8.GetBytes(line + "\n");
            hash.AppendData(bytes);
            await output.WriteAsync(bytes, cancellation);
        }
    }

    /// <summary>The events of a range as lines of a bundle.</summary>
    /// <param name="database">The journal's database.</param>
    /// <param name="range">Which events; of those that are not sealed, none.</param>
    /// <param name="tree">The tree that proves them; null for no proofs, and then events that are not sealed come too.</param>
    /// <param name="size">Size of the checkpoint's tree.</param>
    /// <param name="cancellation">Ends it.</param>
    public static async IAsyncEnumerable<string> EventsAsync(
        NpgsqlDataSource database, BundleRange range, MerkleProofs? tree, long size, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var isSealed = await SealedTree.IsThereAsync(database, cancellation);
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var commitments = isSealed ? await CommitmentsAsync(connection, range, cancellation) : [];
        // Only digits and the stream's quoted name come into the query: COPY takes no parameters.
        var stream = range.StreamId is null ? "" : $" and e.stream_id = '{range.StreamId.Replace("'", "''", StringComparison.Ordinal)}'";
        var query = string.Create(
            CultureInfo.InvariantCulture,
            $"select {(isSealed ? "l.number" : "null::bigint")}, {string.Join(", ", AuditLeaf.Columns.Select(column => $"e.{column}"))} from mt_events e {(isSealed ? "left join audit.leaves l on l.seq_id = e.seq_id" : "")} where e.seq_id >= {range.FromSequence} and e.seq_id <= {range.ToSequence}{stream}{(tree is null ? "" : $" and l.number < {size}")} order by e.seq_id");
        await using var rows = await BinaryCopy.StartAsync(connection, query, 1 + AuditLeaf.Columns.Count, cancellation);
        while (await rows.ReadAsync(cancellation))
            yield return EventLine(rows, commitments, tree, size);
    }

    /// <summary>Verifies a bundle's file.</summary>
    public static async Task<BundleVerification> VerifyAsync(string file, IReadOnlyList<VerifierKey> keys, CancellationToken cancellation)
    {
        await using var content = new BufferedStream(File.OpenRead(file), 1 << 16);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var (events, checkpoint, line, order) = (0L, default(SignedCheckpoint), 0L, new BundleOrder());
        try
        {
            // Byte for byte: a line's end that was changed is a change like any other.
            var text = ReadLine(content);
            while (ReadLine(content) is { } next)
            {
                cancellation.ThrowIfCancellationRequested();
                hash.AppendData(text!);
                line++;
                if (line == 1)
                {
                    using var header = JsonDocument.Parse(text, Strict);
                    if (header.RootElement.GetProperty("format").GetString() != Format)
                        return Wrong($"it is no {Format}");
                    OnlyKnown(header.RootElement, HeaderFields);
                    checkpoint = SignedCheckpoint.Parse(Text(header.RootElement, "checkpoint"));
                    if (!checkpoint.SignedBy(keys))
                        return Wrong("its checkpoint is not signed by the given key");
                }
                else if ((Check(Encoding.UTF8.GetString(text!), checkpoint!.Checkpoint, out var proved) ?? order.Follow(proved)) is { } wrong)
                {
                    return Wrong($"line {line}: {wrong}");
                }
                else
                {
                    events++;
                }
                text = next;
            }
            return checkpoint is not null && text.AsSpan().SequenceEqual(Encoding.UTF8.GetBytes(Last(hash, events))) ? new(events, checkpoint.Checkpoint, null, order.First, order.Last)
                : Wrong("its last line is not the hash of those before it: something was changed, added or cut off");
        }
        catch (Exception unreadable) when (IsUnreadable(unreadable))
        {
            return Wrong($"line {line} cannot be read: {unreadable.Message.Split('\n')[0]}");
        }

        BundleVerification Wrong(string what) => new(events, checkpoint?.Checkpoint, what, order.First, order.Last);
    }

    /// <summary>One event with its proof and the checkpoint, as JSON; what the event's columns hold stands in it to the byte.</summary>
    /// <param name="line">The event's line.</param>
    /// <param name="checkpoint">The checkpoint that it is proved by.</param>
    /// <param name="leaf">Hash of the event's leaf.</param>
    public static string Proof(string line, SignedCheckpoint checkpoint, byte[] leaf) => Line(
        writer =>
        {
            writer.WriteString("checkpoint", checkpoint.Note);
            writer.WriteString("leaf", Convert.ToHexStringLower(leaf));
            writer.WritePropertyName("event");
            writer.WriteRawValue(line);
        }, Plain with { Indented = true });

    /// <summary>Verifies a file with the proof of one event.</summary>
    public static async Task<BundleVerification> VerifyProofAsync(string file, IReadOnlyList<VerifierKey> keys, CancellationToken cancellation)
    {
        var checkpoint = default(SignedCheckpoint);
        try
        {
            using var proof = JsonDocument.Parse(await File.ReadAllBytesAsync(file, cancellation), Strict);
            OnlyKnown(proof.RootElement, ProofFields);
            checkpoint = SignedCheckpoint.Parse(Text(proof.RootElement, "checkpoint"));
            if (!checkpoint.SignedBy(keys))
                return new(0, checkpoint.Checkpoint, "its checkpoint is not signed by the given key");
            var given = proof.RootElement.GetProperty("event");
            var wrong = Check(given.GetRawText(), checkpoint.Checkpoint, out var proved);
            if (wrong is null && Text(proof.RootElement, "leaf") != Convert.ToHexStringLower(LeafHash(given, proved.Number, out _)))
                wrong = "the leaf is not that of the event";
            return wrong is null ? new(1, checkpoint.Checkpoint, null, proved, proved) : new(0, checkpoint.Checkpoint, wrong);
        }
        catch (Exception unreadable) when (IsUnreadable(unreadable))
        {
            return new(0, checkpoint?.Checkpoint, $"it cannot be read: {unreadable.Message.Split('\n')[0]}");
        }
    }

    internal static bool IsUnreadable(Exception failed) =>
        failed is JsonException or FormatException or KeyNotFoundException or InvalidOperationException or OverflowException or ArgumentException or IndexOutOfRangeException;

    /// <summary>What is wrong with an event and its proof; null when it is one of those that a checkpoint was made over.</summary>
    /// <param name="line">The event's line.</param>
    /// <param name="checkpoint">The checkpoint, whose signature was checked.</param>
    /// <param name="proved">Which event it is.</param>
    public static string? Check(string line, Checkpoint checkpoint, out ProvedEvent proved)
    {
        using var document = JsonDocument.Parse(line, Strict);
        var given = document.RootElement;
        OnlyKnown(given, Known);
        proved = new(given.GetProperty("number").GetInt64(), given.GetProperty("sequence").GetInt64(), given.GetProperty("stream").GetString(), given.GetProperty("version").GetInt64());
        var hash = LeafHash(given, proved.Number, out var wrong);
        var proof = given.GetProperty("proof").EnumerateArray().Select(node => node.GetBytesFromBase64()).ToList();
        return wrong ?? (MerkleTree.VerifyInclusion(hash, proved.Number, checkpoint.Size, proof, checkpoint.Root)
            ? null : $"event {proved.Sequence} is not as it was when it was sealed, or its proof was changed");
    }

    // What no proof covers would be taken for what it covers.
    private static void OnlyKnown(JsonElement given, HashSet<string> known)
    {
        foreach (var property in given.EnumerateObject())
        {
            if (!known.Contains(property.Name))
                throw new FormatException($"it has an unknown {property.Name}");
        }
    }

    private static string Text(JsonElement given, string name) => given.GetProperty(name).GetString() ?? throw new FormatException($"it has no {name}");

    private static byte[] LeafHash(JsonElement given, long number, out string? wrong)
    {
        var commitments = given.TryGetProperty("commitments", out var list)
            ? list.EnumerateArray().ToDictionary(entry => Text(entry, "field"), entry => (Value: entry.GetProperty("commitment"), Salt: entry.GetProperty("salt")))
            : [];
        var mismatch = default(string);
        var columns = new byte[]?[AuditLeaf.Columns.Count];
        columns[AuditLeaf.Sequence] = Int64(given.GetProperty("sequence").GetInt64());
        columns[AuditLeaf.Id] = given.GetProperty("id").GetGuid().ToByteArray(bigEndian: true);
        columns[AuditLeaf.Version] = Int64(given.GetProperty("version").GetInt64());
        columns[AuditLeaf.Timestamp] = Int64(Microseconds(given.GetProperty("timestamp").GetString()!));
        columns[AuditLeaf.Archived] = given.GetProperty("archived") is { ValueKind: not JsonValueKind.Null } archived ? [archived.GetBoolean() ? (byte)1 : (byte)0] : null;
        columns[AuditLeaf.Type] = Bytes("type");
        columns[AuditLeaf.StreamId] = Bytes("stream");
        columns[AuditLeaf.Tenant] = Bytes("tenant");
        columns[AuditLeaf.DotNetType] = Bytes("dotnetType");
        columns[AuditLeaf.Correlation] = Bytes("correlation");
        columns[AuditLeaf.Causation] = Bytes("causation");
        columns[AuditLeaf.Headers] = given.GetProperty("headers") is { ValueKind: not JsonValueKind.Null } headers ? AuditLeaf.Jsonb(headers.GetRawText()) : null;
        columns[AuditLeaf.BinaryData] = given.GetProperty("binary") is { ValueKind: not JsonValueKind.Null } binary ? binary.GetBytesFromBase64() : null;
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
            if (kept.Salt.GetString() is { } salt ? !AuditLeaf.Commit(Convert.FromHexString(salt), value).AsSpan().SequenceEqual(said) : value != AuditLeaf.Redacted)
                mismatch = $"the commitment to {field} is to another value";
            return said;
        }
    }

    private static string EventLine(BinaryCopy row, Dictionary<(long, string), (byte[] Commitment, byte[]? Salt)> commitments, MerkleProofs? tree, long size)
    {
        // The audit number comes before the columns of a leaf.
        var sealedAs = row.IsNull(0) ? default(long?) : row.Int64(0);
        return Line(writer =>
        {
            if (sealedAs is { } number)
                writer.WriteNumber("number", number);
            else
                writer.WriteNull("number");
            writer.WriteNumber("sequence", row.Int64(1 + AuditLeaf.Sequence));
            writer.WriteString("id", new Guid(row.Field(1 + AuditLeaf.Id), bigEndian: true));
            writer.WriteNumber("version", row.Int64(1 + AuditLeaf.Version));
            writer.WriteString("timestamp", Time(row.Int64(1 + AuditLeaf.Timestamp)));
            if (row.IsNull(1 + AuditLeaf.Archived))
                writer.WriteNull("archived");
            else
                writer.WriteBoolean("archived", row.Field(1 + AuditLeaf.Archived)[0] != 0);
            Text("type", AuditLeaf.Type);
            Text("stream", AuditLeaf.StreamId);
            Text("tenant", AuditLeaf.Tenant);
            Text("dotnetType", AuditLeaf.DotNetType);
            Text("correlation", AuditLeaf.Correlation);
            Text("causation", AuditLeaf.Causation);
            Json("headers", AuditLeaf.Headers);
            Json("data", AuditLeaf.Data);
            if (row.IsNull(1 + AuditLeaf.BinaryData))
                writer.WriteNull("binary");
            else
                writer.WriteBase64String("binary", row.Field(1 + AuditLeaf.BinaryData));
            if (tree is null || sealedAs is not { } leaf)
                return;
            if (AuditLeaf.IsRedactable(row.Field(1 + AuditLeaf.Type)))
                Commitments(leaf);
            writer.WriteStartArray("proof");
            foreach (var node in tree.Inclusion(leaf, size))
                writer.WriteBase64StringValue(node);
            writer.WriteEndArray();

            void Text(string name, int column)
            {
                if (row.IsNull(1 + column))
                    writer.WriteNull(name);
                else
                    writer.WriteString(name, row.Field(1 + column));
            }

            void Json(string name, int column)
            {
                writer.WritePropertyName(name);
                if (row.IsNull(1 + column))
                    writer.WriteNullValue();
                else
                    writer.WriteRawValue(row.Field(1 + column)[1..]);
            }

            void Commitments(long number)
            {
                writer.WriteStartArray("commitments");
                foreach (var field in AuditLeaf.RedactableFields)
                {
                    if (!commitments.TryGetValue((number, field), out var kept))
                        continue;
                    writer.WriteStartObject();
                    writer.WriteString("field", field);
                    writer.WriteString("commitment", Convert.ToHexStringLower(kept.Commitment));
                    writer.WriteString("salt", kept.Salt is null ? null : Convert.ToHexStringLower(kept.Salt));
                    writer.WriteEndObject();
                }
                writer.WriteEndArray();
            }
        });
    }

    private static async Task<Dictionary<(long, string), (byte[], byte[]?)>> CommitmentsAsync(NpgsqlConnection connection, BundleRange range, CancellationToken cancellation)
    {
        var commitments = new Dictionary<(long, string), (byte[], byte[]?)>();
        await using var command = new NpgsqlCommand(
            "select c.number, c.field, c.commitment, c.salt from audit.commitments c join audit.leaves l on l.number = c.number where l.seq_id >= $1 and l.seq_id <= $2", connection)
        { Parameters = { new() { Value = range.FromSequence }, new() { Value = range.ToSequence } } };
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
            commitments[(reader.GetInt64(0), reader.GetString(1))] = (reader.GetFieldValue<byte[]>(2), reader.IsDBNull(3) ? null : reader.GetFieldValue<byte[]>(3));
        return commitments;
    }

    private static string Line(Action<Utf8JsonWriter> write) => Line(write, Plain);

    private static string Line(Action<Utf8JsonWriter> write, JsonWriterOptions options)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, options))
        {
            writer.WriteStartObject();
            write(writer);
            writer.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static string Last(IncrementalHash hash, long events) =>
        string.Create(CultureInfo.InvariantCulture, $"{{\"events\":{events},\"sha256\":\"{Convert.ToHexStringLower(hash.GetHashAndReset())}\"}}\n");

    // A line with its end; what follows the last end too; null at the end of the file.
    private static byte[]? ReadLine(Stream content)
    {
        var line = new ArrayBufferWriter<byte>(4096);
        for (int next; (next = content.ReadByte()) >= 0;)
        {
            line.GetSpan(1)[0] = (byte)next;
            line.Advance(1);
            if (next == '\n')
                break;
            if (line.WrittenCount > MaxLine)
                throw new FormatException("it is too long");
        }
        return line.WrittenCount == 0 ? null : line.WrittenSpan.ToArray();
    }

    private static string Time(long microseconds) =>
        Epoch.AddTicks(checked(microseconds * TimeSpan.TicksPerMicrosecond)).ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);

    private static long Microseconds(string time) =>
        (DateTime.ParseExact(time, "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal) - Epoch).Ticks / TimeSpan.TicksPerMicrosecond;

    private static byte[] Int64(long value)
    {
        var bytes = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(bytes, value);
        return bytes;
    }
}
