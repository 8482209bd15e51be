using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Org.BouncyCastle.Math.EC.Rfc8032;

namespace Trading.Integration.Tests.Audit;

/// <summary>
/// A verifier written from docs/audit-format.md alone: it names no type of this system, and uses SHA-256, Ed25519 and the file. What it
/// finds wrong is thrown.
/// </summary>
internal static class IndependentVerifier
{
    private static readonly string[] Committed = ["limits_set", "trading_halted", "trading_reduced", "trading_resumed", "cash_adjusted",
        "symbol_state_set", "flatten_ordered", "marks_set", "operator_commanded", "cancel_requested", "external_fill_booked",
        "external_order_adopted", "position_adopted", "position_written_off", "position_corrected", "external_differences_accepted",
        "real_trading_confirmed", "field_redacted", "segment_archived"];

    /// <summary>Verifies the lines of a bundle.</summary>
    /// <param name="file">All bytes.</param>
    /// <param name="publicKey">The sealer's key, name+hash+base64.</param>
    /// <param name="witness">A witness's key whose cosignature is demanded; null for none.</param>
    /// <returns>Number of events.</returns>
    public static int Verify(byte[] file, string publicKey, string? witness = null)
    {
        var lines = Encoding.UTF8.GetString(file).Split('\n');
        Demand(lines[^1].Length == 0, "the last line has no line feed");
        lines = lines[..^1];
        using var header = JsonDocument.Parse(lines[0]);
        Demand(header.RootElement.GetProperty("format").GetString() == "trading-audit-bundle/1", "format");
        var (size, root) = Checkpoint(header.RootElement.GetProperty("checkpoint").GetString()!, publicKey, witness);
        foreach (var line in lines[1..^1])
            Event(line, size, root);
        var before = Encoding.UTF8.GetBytes(string.Concat(lines[..^1].Select(line => line + "\n")));
        var hash = Convert.ToHexStringLower(SHA256.HashData(before));
        Demand(lines[^1] == $"{{\"events\":{lines.Length - 2},\"sha256\":\"{hash}\"}}", "last line");
        return lines.Length - 2;
    }

    /// <summary>Verifies a table with proofs.</summary>
    public static int VerifyTable(byte[] file, string publicKey)
    {
        var rows = Rows(Encoding.UTF8.GetString(file));
        string[] columns = ["number", "sequence", "id", "version", "timestamp", "archived", "type", "stream", "tenant", "dotnetType",
            "correlation", "causation", "headers", "data", "binary", "commitments", "proof", "checkpoint"];
        Demand(rows[0].Fields.SequenceEqual(columns), "first row");
        var (size, root) = Checkpoint(rows[1].Fields[17]!, publicKey, null);
        foreach (var (fields, _) in rows[1..^1])
        {
            var json = columns[..17].Zip(fields).Where(pair => pair.First != "commitments" || pair.Second is not null).Select(pair =>
                $"\"{pair.First}\":" + pair switch
                {
                    ("proof", _) => $"[{string.Join(',', (pair.Second ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries)
                        .Select(node => $"\"{node}\""))}]",
                    (_, null) => "null",
                    ("number" or "sequence" or "version" or "archived" or "headers" or "data" or "commitments", var raw) => raw,
                    (_, var text) => JsonSerializer.Serialize(text),
                });
            Event($"{{{string.Join(',', json)}}}", size, root);
        }
        var before = Encoding.UTF8.GetBytes(string.Concat(rows[..^1].Select(row => row.Text)));
        Demand(rows[^1].Fields[0] == $"sha256:{Convert.ToHexStringLower(SHA256.HashData(before))}"
            && rows[^1].Fields[1] == (rows.Count - 2).ToString(CultureInfo.InvariantCulture), "last row");
        return rows.Count - 2;
    }

    // RFC 6962: the proof that the tree of one checkpoint is the beginning of the other's.
    public static void Consistency(JsonElement said)
    {
        var (oldSize, newSize) = (said.GetProperty("oldSize").GetInt64(), said.GetProperty("newSize").GetInt64());
        var nodes = new Queue<byte[]>(said.GetProperty("proof").EnumerateArray().Select(node => node.GetBytesFromBase64()));
        byte[] oldRoot = said.GetProperty("oldRoot").GetBytesFromBase64(), newRoot = said.GetProperty("newRoot").GetBytesFromBase64();
        var first = BitOperations.IsPow2(oldSize) ? oldRoot : nodes.Dequeue();
        var (before, after, node, last) = (first, first, oldSize - 1, newSize - 1);
        for (; (node & 1) == 1; node >>= 1)
            last >>= 1;
        foreach (var next in nodes)
        {
            if ((node & 1) == 1 || node == last)
            {
                (before, after) = (Node(next, before), Node(next, after));
                for (; (node & 1) == 0 && node != 0; node >>= 1)
                    last >>= 1;
            }
            else
            {
                after = Node(after, next);
            }
            (node, last) = (node >> 1, last >> 1);
        }
        Demand(before.SequenceEqual(oldRoot) && after.SequenceEqual(newRoot) && last == 0, "consistency");
    }

    private static (long Size, byte[] Root) Checkpoint(string note, string publicKey, string? witness)
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

    private static void Event(string line, long size, byte[] root)
    {
        using var document = JsonDocument.Parse(line);
        var given = document.RootElement;
        var number = given.GetProperty("number").GetInt64();
        var data = Encoding.UTF8.GetBytes(given.GetProperty("data").GetRawText());
        if (Committed.Contains(given.GetProperty("type").GetString()))
            data = WithCommitments(data, given.GetProperty("commitments"));
        var micros = (DateTime.ParseExact(given.GetProperty("timestamp").GetString()!, "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'",
            CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal | DateTimeStyles.AssumeUniversal)
            - new DateTime(2000, 1, 1, 0, 0, 0, DateTimeKind.Utc)).Ticks / 10;
        var leaf = new List<byte> { 0 };
        leaf.AddRange(Long(number));
        foreach (var column in new[] { Number("sequence"), given.GetProperty("id").GetGuid().ToByteArray(bigEndian: true),
            Number("version"), Long(micros), [given.GetProperty("archived").GetBoolean() ? (byte)1 : (byte)0], Text("type"),
            Text("stream"), Text("tenant"), Text("dotnetType"), Text("correlation"), Text("causation"), Json("headers"), [1, .. data],
            given.GetProperty("binary").ValueKind == JsonValueKind.Null ? null : given.GetProperty("binary").GetBytesFromBase64() })
        {
            leaf.AddRange(column is null ? [255, 255, 255, 255] : Long(column.Length)[4..]);
            leaf.AddRange(column ?? []);
        }
        // RFC 6962, section 2.1.1: from the leaf upwards, on the right where the path comes from the left.
        var (hash, node, last) = (SHA256.HashData([.. leaf]), number, size - 1);
        foreach (var sibling in given.GetProperty("proof").EnumerateArray().Select(one => one.GetBytesFromBase64()))
        {
            if ((node & 1) == 1 || node == last)
            {
                hash = Node(sibling, hash);
                for (; (node & 1) == 0 && node != 0; node >>= 1)
                    last >>= 1;
            }
            else
            {
                hash = Node(hash, sibling);
            }
            (node, last) = (node >> 1, last >> 1);
        }
        Demand(last == 0 && hash.SequenceEqual(root), $"event {number}");

        byte[] Number(string name) => Long(given.GetProperty(name).GetInt64());
        byte[]? Text(string name) => given.GetProperty(name).GetString() is { } text ? Encoding.UTF8.GetBytes(text) : null;
        byte[]? Json(string name) => given.GetProperty(name).ValueKind == JsonValueKind.Null ? null
            : [1, .. Encoding.UTF8.GetBytes(given.GetProperty(name).GetRawText())];
    }

    // In place of a value at the top level stands sha256: and the commitment.
    private static byte[] WithCommitments(byte[] data, JsonElement commitments)
    {
        var (made, copied) = (new List<byte>(), 0);
        var reader = new Utf8JsonReader(data);
        while (reader.Read())
        {
            if (reader.TokenType != JsonTokenType.PropertyName || reader.CurrentDepth != 1 || reader.GetString() is not ("by" or "reason"))
                continue;
            var field = reader.GetString()!;
            reader.Read();
            if (reader.TokenType != JsonTokenType.String)
                continue;
            var (value, at) = (reader.GetString()!, (int)reader.TokenStartIndex);
            var one = commitments.EnumerateArray().Single(entry => entry.GetProperty("field").GetString() == field);
            var commitment = one.GetProperty("commitment").GetString()!;
            if (one.GetProperty("salt").GetString() is { } salt)
                Demand(commitment == Convert.ToHexStringLower(
                    SHA256.HashData([.. Convert.FromHexString(salt), .. Encoding.UTF8.GetBytes(value)])), $"commitment to {field}");
            else
                Demand(value == "(redacted)", $"{field} has no salt and is not redacted");
            made.AddRange(data[copied..at]);
            made.AddRange(Encoding.ASCII.GetBytes($"\"sha256:{commitment}\""));
            copied = at + reader.ValueSpan.Length + 2;
        }
        return [.. made, .. data[copied..]];
    }

    private static byte[] Long(long value)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(bytes, value);
        return bytes;
    }

    private static byte[] Node(byte[] left, byte[] right) => SHA256.HashData([1, .. left, .. right]);

    private static List<(List<string?> Fields, string Text)> Rows(string table)
    {
        var (rows, fields, begin, at) = (new List<(List<string?>, string)>(), new List<string?>(), 0, 0);
        while (at < table.Length)
        {
            string? field;
            if (table[at] == '"')
            {
                var end = at + 1;
                while (table[end] != '"' || table[end + 1] == '"')
                    end += table[end] == '"' ? 2 : 1;
                (field, at) = (table[(at + 1)..end].Replace("\"\"", "\"", StringComparison.Ordinal), end + 1);
            }
            else
            {
                var end = table.IndexOfAny([',', '\r'], at);
                (field, at) = (end == at ? null : table[at..end], end);
            }
            fields.Add(field);
            if (table[at++] == ',')
                continue;
            Demand(table[at++] == '\n', "a row ends with \\r\\n");
            rows.Add((fields, table[begin..at]));
            (fields, begin) = ([], at);
        }
        return rows;
    }

    private static void Demand(bool holds, string what)
    {
        if (!holds)
            throw new InvalidDataException($"wrong: {what}");
    }
}
