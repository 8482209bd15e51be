using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Trading.Contracts;
using Trading.Core;
using Trading.Journal.Events;
using Xunit;

namespace Trading.Services.Tests.Journal;

/// <summary>Proposals of decisions that led to no order, as the journal stores them.</summary>
public sealed class PackedProposalTests
{
    private const string Type = "trade_proposed";

    private static readonly JsonSerializerOptions
        Plain = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter() } },
        Stored = new(JsonSerializerDefaults.Web) { Converters = { new PackedProposal(), new JsonStringEnumConverter() } };

    [Fact]
    public void a_proposal_that_led_to_no_order_is_stored_in_a_third_of_its_bytes_and_read_as_it_was()
    {
        var proposal = Golden();
        var data = Data(proposal, order: null);
        var text = JsonbText.Of(JsonSerializer.SerializeToUtf8Bytes(proposal, Plain));
        Assert.Equal(["deflate"], JsonNode.Parse(data)!.AsObject().Select(property => property.Key));
        Assert.InRange(data.Length, 1, text.Length / 3);
        Assert.True(PackedProposal.Open(Type, data, out var opened));
        Assert.Equal(Encoding.UTF8.GetString(text), Encoding.UTF8.GetString(opened));
        Same(proposal, Event(data));
        Same(proposal, JsonSerializer.Deserialize<TradeProposed>(data, Stored)!);
    }

    [Fact]
    public void a_proposal_that_became_an_order_is_stored_as_it_is()
    {
        var proposal = Golden();
        var order = new Order("BTC-USD", TradeAction.Buy, 0.01m, 61_300, 620);
        var data = Data(proposal, order);
        Assert.Equal(JsonbText.Of(JsonSerializer.SerializeToUtf8Bytes(proposal, Plain)), data);
        Assert.False(PackedProposal.Open(Type, data, out _));
        Same(proposal, Event(data));
        Same(proposal, JsonSerializer.Deserialize<TradeProposed>(data, Stored)!);
    }

    [Fact]
    public void texts_of_every_kind_and_length_are_read_as_they_were()
    {
        var random = new Random(7);
        foreach (var length in new[] { 0, 1, 300, 4_000, 70_000 })
        {
            var said = new string([.. Enumerable.Range(0, length).Select(_ => "aé\"\\\n世\t {}"[random.Next(10)])]);
            var golden = Golden();
            var proposal = golden with
            {
                Prediction = golden.Prediction with
                {
                    Models = [new("bedrock", 1, Direction.Down, 0.5, null, new("m", null, said, 12.5, 1, 2, 1))],
                    Strategy = new StrategySignal("dips", TradeAction.Sell, 1, OrderType.Limit, 61_000.50m),
                },
            };
            Same(proposal, Event(Data(proposal, order: null)));
        }
    }

    [Fact]
    public void what_is_packed_and_cannot_be_read_is_named()
    {
        var data = Encoding.UTF8.GetString(Data(Golden(), order: null));
        var packed = data.Split('"')[3];
        var endless = new MemoryStream();
        using (var deflate = new DeflateStream(endless, CompressionLevel.Optimal, leaveOpen: true))
            deflate.Write(new byte[20_000_000]);
        foreach (var wrong in new[]
        {
            "", "?", packed[..^8], packed[8..], Convert.ToBase64String(new byte[40]), Convert.ToBase64String(endless.ToArray()),
        })
        {
            var thrown = Assert.Throws<InvalidDataException>(
                () => Event(Encoding.UTF8.GetBytes(data.Replace(packed, wrong, StringComparison.Ordinal))));
            Assert.StartsWith("Event 7 (s, version 1) cannot be read as trade_proposed: ", thrown.Message, StringComparison.Ordinal);
        }
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<TradeProposed>("""{"deflate": "?"}""", Stored));
    }

    [Fact]
    public void other_events_are_not_opened() => Assert.False(PackedProposal.Open("exit_proposed", Data(Golden(), order: null), out _));

    [Fact]
    public void the_document_has_the_dictionary_and_an_example()
    {
        var lines = File.ReadAllLines(Path.Combine(Root(), "docs", "audit-format.md"))
            .SkipWhile(line => line != "## Packed data").ToList();
        var begin = lines.FindIndex(line => line.StartsWith("    ", StringComparison.Ordinal));
        var dictionary = Encoding.UTF8.GetBytes(string.Join(' ', lines.Skip(begin).TakeWhile(line => line.Length > 0)
            .Select(line => line.Trim())));
        Assert.Contains($"`{Convert.ToHexStringLower(SHA256.HashData(dictionary))}`:", lines);
        var example = lines.FindIndex(line => line.EndsWith(" \\", StringComparison.Ordinal));
        var (packed, text) = (lines[example + 1].Trim(), lines[example + 3].Trim());

        // Deflate that begins with the dictionary as a block that is not compressed.
        using var joined = new MemoryStream([0, (byte)(dictionary.Length & 255), (byte)(dictionary.Length >> 8),
            (byte)(~dictionary.Length & 255), (byte)((~dictionary.Length >> 8) & 255), .. dictionary, .. Convert.FromBase64String(packed)]);
        using var inflate = new DeflateStream(joined, CompressionMode.Decompress);
        using var unpacked = new MemoryStream();
        inflate.CopyTo(unpacked);
        Assert.Equal(text, Encoding.UTF8.GetString(unpacked.ToArray().AsSpan(dictionary.Length)));
        Assert.True(PackedProposal.Open(Type, Encoding.UTF8.GetBytes($$"""{"deflate": "{{packed}}"}"""), out var opened));
        Assert.Equal(text, Encoding.UTF8.GetString(opened));
    }

    // As PostgreSQL writes what is appended.
    private static byte[] Data(TradeProposed proposal, Order? order)
    {
        var at = proposal.Prediction.MadeAt;
        var verdict = order is null ? Verdict.Hold : Verdict.Approved;
        PackedProposal.Pack([proposal, new TradeAssessed(new("main", TradeAction.Hold, verdict, null, order, [], 1, 2,
            10_000, 0, 0, 10_000, 0, at, at))]);
        return JsonbText.Of(JsonSerializer.SerializeToUtf8Bytes(proposal, Stored));
    }

    private static TradeProposed Event(byte[] data) => (TradeProposed)new StoredEvent(7, "s", 1, Type, default, data).Event();

    private static void Same(TradeProposed expected, TradeProposed found) =>
        Assert.Equal(JsonSerializer.Serialize(expected, Plain), JsonSerializer.Serialize(found, Plain));

    private static TradeProposed Golden() => JsonSerializer.Deserialize<TradeProposed>(
        File.ReadAllText(Path.Combine(Root(), "tests", "Core.Tests", "golden", $"{Type}.v1.json")), Plain)!;

    private static string Root()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Trading.sln")))
            folder = Path.GetDirectoryName(folder)!;
        return folder;
    }
}
