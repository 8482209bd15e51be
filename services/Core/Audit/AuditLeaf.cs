using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Trading.Core;

/// <summary>
/// What the leaf of an event is made over: the leaf prefix, the audit number, and every column of the event's row in PostgreSQL's binary
/// form, each behind its length. docs/audit-format.md describes it byte by byte; it is frozen, since every proof ever given rests on it.
/// </summary>
public static class AuditLeaf
{
    /// <summary>Bytes before the columns: the leaf prefix of RFC 6962 and the audit number.</summary>
    public const int PrefixLength = 1 + sizeof(long);

    /// <summary>Bytes of a salt.</summary>
    public const int SaltSize = 32;

    /// <summary>The stream of redactions.</summary>
    public const string RedactionStream = "audit-redactions";

    /// <summary>The stream of programs' starts and stops.</summary>
    public const string ProgramStream = "audit-programs";

    /// <summary>The stream of commitments to prices from elsewhere.</summary>
    public const string PriceStream = "audit-prices";

    /// <summary>The stream of archived stretches.</summary>
    public const string SegmentStream = "audit-segments";

    /// <summary>The stream of what was thinned of the checkpoints.</summary>
    public const string CheckpointStream = "audit-checkpoints";

    /// <summary>The stream of statements about accounts.</summary>
    public const string AccountStream = "audit-accounts";

    /// <summary>What stands in the place of a value that was redacted.</summary>
    public const string Redacted = "(redacted)";

    /// <summary>Place of a column in <see cref="Columns"/>.</summary>
    public const int Sequence = 0, Id = 1, Version = 2, Timestamp = 3, Archived = 4, Type = 5, StreamId = 6, Tenant = 7, DotNetType =
        8, Correlation = 9, Causation = 10,
        Headers = 11, Data = 12, BinaryData = 13;

    private const byte JsonbVersion = 1;
    private const string CommitmentPrefix = "sha256:";

    /// <summary>The names of the events whose leaves hold commitments: what operators did.</summary>
    public static IReadOnlyList<string> RedactableEvents { get; } = ["limits_set", "trading_halted", "trading_reduced", "trading_resumed",
        "cash_adjusted", "symbol_state_set", "flatten_ordered", "marks_set", "operator_commanded", "cancel_requested", "field_redacted",
        "external_fill_booked", "external_order_adopted", "position_adopted", "position_written_off", "position_corrected",
        "external_differences_accepted", "real_trading_confirmed", "segment_archived"];

    private static readonly byte[][] RedactableTypes = [.. RedactableEvents.Select(Encoding.UTF8.GetBytes)];

    /// <summary>The columns of mt_events in the order in which a leaf holds them.</summary>
    public static IReadOnlyList<string> Columns { get; } =
    [
        "seq_id", "id", "version", "timestamp", "is_archived", "type", "stream_id", "tenant_id", "mt_dotnet_type", "correlation_id",
        "causation_id", "headers", "data", "bdata",
    ];

    /// <summary>
    /// The fields of an operator's event that can be redacted: the leaf holds a salted commitment to each and not the value.
    /// </summary>
    public static IReadOnlyList<string> RedactableFields { get; } = ["by", "reason"];

    /// <summary>Whether events of a type hold commitments in place of <see cref="RedactableFields"/>.</summary>
    /// <param name="type">The event's name in UTF-8, for example limits_set.</param>
    public static bool IsRedactable(ReadOnlySpan<byte> type)
    {
        foreach (var redactable in RedactableTypes)
        {
            if (type.SequenceEqual(redactable))
                return true;
        }
        return false;
    }

    /// <summary>Hashes a leaf whose columns stand behind <see cref="PrefixLength"/> free bytes, which are written.</summary>
    public static void Hash(Span<byte> prefixAndColumns, long number, Span<byte> hash)
    {
        prefixAndColumns[0] = MerkleTree.LeafPrefix;
        BinaryPrimitives.WriteInt64BigEndian(prefixAndColumns[1..], number);
        SHA256.HashData(prefixAndColumns, hash);
    }

    /// <summary>The commitment to a value: its hash with a secret salt, so that the value cannot be guessed from it.</summary>
    public static byte[] Commit(ReadOnlySpan<byte> salt, string value) => SHA256.HashData([.. salt, .. Encoding.UTF8.GetBytes(value)]);

    /// <summary>The data of an operator's event with commitments in place of the values of its redactable fields.</summary>
    /// <param name="data">The column data: a version byte and JSON.</param>
    /// <param name="commit">The commitment for a field and its value.</param>
    /// <exception cref="JsonException">The data is no JSON object.</exception>
    public static byte[] WithCommitments(ReadOnlySpan<byte> data, Func<string, string, byte[]> commit)
    {
        var json = data[1..];
        var (committed, copied) = (new List<byte>(data.Length + 128) { data[0] }, 0);
        var reader = new Utf8JsonReader(json);
        while (reader.Read())
        {
            if (reader.TokenType != JsonTokenType.PropertyName || reader.CurrentDepth != 1)
                continue;
            var field = reader.GetString()!;
            if (!reader.Read() || reader.TokenType != JsonTokenType.String || !RedactableFields.Contains(field))
            {
                reader.Skip();
                continue;
            }
            var begin = checked((int)reader.TokenStartIndex);
            committed.AddRange(json[copied..begin]);
            committed.AddRange(
                Encoding.ASCII.GetBytes($"\"{CommitmentPrefix}{Convert.ToHexStringLower(commit(field, reader.GetString()!))}\""));
            copied = begin + reader.ValueSpan.Length + 2;
        }
        committed.AddRange(json[copied..]);
        return [.. committed];
    }

    /// <summary>Cuts a leaf's columns apart.</summary>
    /// <returns>Begin and length of each; a length of -1 is null.</returns>
    /// <exception cref="FormatException">These are not the columns of a leaf.</exception>
    public static (int Begin, int Length)[] Cut(ReadOnlySpan<byte> columns)
    {
        var cut = new (int, int)[Columns.Count];
        var at = 0;
        for (var column = 0; column < cut.Length; column++)
        {
            var length = at + sizeof(int) <= columns.Length ? BinaryPrimitives.ReadInt32BigEndian(columns[at..]) : int.MinValue;
            at += sizeof(int);
            if (length < -1 || length > columns.Length - at)
                throw new FormatException($"The column {Columns[column]} does not fit into {columns.Length} bytes.");
            cut[column] = (at, length);
            at += Math.Max(0, length);
        }
        return at == columns.Length ? cut : throw new FormatException($"{columns.Length - at} bytes are left over.");
    }

    /// <summary>Puts columns together.</summary>
    /// <param name="prefix">Free bytes to leave in front.</param>
    /// <param name="columns">The value of each column; null where the column is null.</param>
    public static byte[] Join(int prefix, IReadOnlyList<byte[]?> columns)
    {
        var joined = new byte[prefix + columns.Sum(column => sizeof(int) + (column?.Length ?? 0))];
        var at = prefix;
        foreach (var column in columns)
        {
            BinaryPrimitives.WriteInt32BigEndian(joined.AsSpan(at), column?.Length ?? -1);
            column?.CopyTo(joined, at + sizeof(int));
            at += sizeof(int) + (column?.Length ?? 0);
        }
        return joined;
    }

    /// <summary>JSON as PostgreSQL sends it: a version byte before the text.</summary>
    public static byte[] Jsonb(string json) => [JsonbVersion, .. Encoding.UTF8.GetBytes(json)];
}
