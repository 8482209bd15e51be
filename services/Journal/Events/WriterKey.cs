using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Trading.Core;
using Trading.Journal.Keys;

namespace Trading.Journal.Events;

/// <summary>
/// The secret with which programs mark the events that they write, before these reach the database: a trigger, a rule or a person with
/// rights on the database can write other events, but not their marks. docs/audit-format.md says how a mark is made.
/// </summary>
public sealed class WriterKey
{
    /// <summary>The header with the mark.</summary>
    public const string MarkHeader = "mac";

    /// <summary>The header with the marks of fields that can be redacted.</summary>
    public const string FieldsHeader = "fields";

    private const string Begin = "WRITER+KEY+";
    private const int KeySize = 32, MarkSize = 16;

    private static readonly ConcurrentDictionary<Type, (string Name, bool IsRedactable)> Types = [];

    private readonly byte[] _key;

    // To make one costs as much as to hash an event. Only one mark at a time may use it.
    private readonly ConcurrentBag<IncrementalHash> _idle = [];

    private WriterKey(byte[] key) => _key = key;

    /// <summary>What stands in the headers of an event.</summary>
    /// <param name="Mac">The mark, base64.</param>
    /// <param name="Fields">Marks of the fields that can be redacted, in hexadecimal digits; null where there are none.</param>
    public sealed record Mark(string Mac, IReadOnlyDictionary<string, string>? Fields);

    /// <summary>Reads a key's text, which is a secret.</summary>
    /// <exception cref="SealKeyException">It is not a key.</exception>
    public static WriterKey Parse(string text, string place)
    {
        var bytes = new byte[KeySize];
        return text.StartsWith(Begin, StringComparison.Ordinal)
            && Convert.TryFromBase64String(text[Begin.Length..], bytes, out var length) && length == KeySize
            ? new(bytes) : throw new SealKeyException($"{place} holds no key of writers ({Begin}base64 of {KeySize} bytes)");
    }

    /// <summary>Reads a key file.</summary>
    /// <exception cref="SealKeyException">There is none, it holds no key, or others can read it.</exception>
    public static WriterKey Load(string file)
    {
        SealKey.MustBeOwners(file);
        return Parse(File.ReadAllText(file).Trim(), file);
    }

    /// <summary>Reads a key file, after making a new key when there is none.</summary>
    /// <exception cref="SealKeyException">It holds no key, or others can read it.</exception>
    public static WriterKey LoadOrCreate(string file)
    {
        if (!File.Exists(file))
            SealKey.WriteOwners(file, Begin + Convert.ToBase64String(RandomNumberGenerator.GetBytes(KeySize)));
        return Load(file);
    }

    /// <summary>Marks an event that is about to be written.</summary>
    public Mark Of(object happened, string stream, long version, string? correlation, string? causation, JournalWriter writer)
    {
        var (type, isRedactable) = Types.GetOrAdd(happened.GetType(), static type => JournalReader.EventName(type) is var name
            ? (name, AuditLeaf.IsRedactable(Encoding.UTF8.GetBytes(name))) : default);
        var data = PackedProposal.Json(happened);
        Dictionary<string, string>? fields = null;
        if (isRedactable)
        {
            fields = [];
            data = AuditLeaf.WithCommitments([1, .. data], (field, value) =>
            {
                var mark = OfField(stream, version, field, value);
                fields[field] = Convert.ToHexStringLower(mark);
                return mark;
            })[1..];
        }
        return new(Make(stream, version, type, correlation, causation, writer.Service, writer.Version, data), fields);
    }

    /// <summary>Why a stored event is not one that a program with this key wrote; null when it is.</summary>
    /// <param name="stream">Its stream.</param>
    /// <param name="version">Its place in it.</param>
    /// <param name="type">Its name.</param>
    /// <param name="correlation">What it belongs to.</param>
    /// <param name="causation">What caused it.</param>
    /// <param name="headers">Its headers as JSON; empty for none.</param>
    /// <param name="data">Its data as PostgreSQL writes it.</param>
    /// <param name="isMarked">Whether it carries a mark at all.</param>
    public string? Violation(string stream, long version, string type, string? correlation, string? causation,
        ReadOnlySpan<byte> headers, ReadOnlySpan<byte> data, out bool isMarked)
    {
        isMarked = false;
        try
        {
            var reader = new Utf8JsonReader(headers);
            using var document = headers.IsEmpty ? null : JsonDocument.ParseValue(ref reader);
            if (document?.RootElement is not { ValueKind: JsonValueKind.Object } root || !root.TryGetProperty(MarkHeader, out var mark))
                return "carries no mark of a writer";
            isMarked = true;
            var content = data;
            if (AuditLeaf.IsRedactable(Encoding.UTF8.GetBytes(type)))
            {
                content = AuditLeaf.WithCommitments([1, .. data], (field, value) => value != AuditLeaf.Redacted
                    ? OfField(stream, version, field, value)
                    : Convert.FromHexString(root.GetProperty(FieldsHeader).GetProperty(field).GetString()!)).AsSpan(1);
            }
            return Make(stream, version, type, correlation, causation, Header(root, "service"), Header(root, "version"), content)
                == mark.GetString() ? null : "does not carry the mark of who wrote it: something else than a program of this system "
                    + "wrote or changed it on its way";
        }
        catch (Exception unreadable) when (unreadable is JsonException or FormatException or KeyNotFoundException
            or InvalidOperationException)
        {
            return "has headers or data that cannot be read";
        }
    }

    private static string Header(JsonElement root, string name) => root.TryGetProperty(name, out var value) ? value.ToString() : "";

    private byte[] OfField(string stream, long version, string field, string value) => HMACSHA256.HashData(_key,
        Encoding.UTF8.GetBytes(FormattableString.Invariant($"trading-writer-field/1\n{stream}\n{version}\n{field}\n{value}")));

    private string Make(string stream, long version, string type, string? correlation, string? causation, string service, string program,
        ReadOnlySpan<byte> data)
    {
        if (!_idle.TryTake(out var mac))
            mac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, _key);
        mac.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture,
            $"trading-writer/1\n{stream}\n{version}\n{type}\n{correlation}\n{causation}\n{service}\n{program}\n")));
        mac.AppendData(data);
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        mac.GetHashAndReset(hash);
        _idle.Add(mac);
        return Convert.ToBase64String(hash[..MarkSize]);
    }
}
