using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using static Trading.Integration.Tests.Audit.IndependentVerifier;

namespace Trading.Integration.Tests.Audit;

/// <summary>The leaf of an event and the way from it to the root, made from docs/audit-format.md alone.</summary>
internal static class IndependentEvent
{
    private static readonly string[] Committed = ["limits_set", "trading_halted", "trading_reduced", "trading_resumed", "cash_adjusted",
        "symbol_state_set", "flatten_ordered", "marks_set", "operator_commanded", "cancel_requested", "external_fill_booked",
        "external_order_adopted", "position_adopted", "position_written_off", "position_corrected", "external_differences_accepted",
        "real_trading_confirmed", "field_redacted", "segment_archived"];

    internal static void Verify(string line, long size, byte[] root)
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
}
