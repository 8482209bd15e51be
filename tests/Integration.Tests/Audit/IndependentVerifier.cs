using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Trading.Integration.Tests.Audit;

/// <summary>
/// A verifier written from docs/audit-format.md alone: it names no type of this system, and uses SHA-256, Ed25519 and the file. What it
/// finds wrong is thrown.
/// </summary>
internal static class IndependentVerifier
{
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
        var (size, root) = IndependentNote.Checkpoint(header.RootElement.GetProperty("checkpoint").GetString()!, publicKey, witness);
        foreach (var line in lines[1..^1])
            IndependentEvent.Verify(line, size, root);
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
        var (size, root) = IndependentNote.Checkpoint(rows[1].Fields[17]!, publicKey, null);
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
            IndependentEvent.Verify($"{{{string.Join(',', json)}}}", size, root);
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

    internal static byte[] Node(byte[] left, byte[] right) => SHA256.HashData([1, .. left, .. right]);

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

    internal static void Demand(bool holds, string what)
    {
        if (!holds)
            throw new InvalidDataException($"wrong: {what}");
    }
}
