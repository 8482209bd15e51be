using System.Text;
using System.Text.Json;
using MassTransit.Serialization;
using Trading.Contracts;
using Trading.Core;
using Trading.Hosting.Messaging;
using Trading.Hosting.Secrets;
using Trading.Hosting.Settings;
using Trading.Journal.Keys;
using Trading.Journal.Sealing;
using Trading.Journal.Witnesses;
using Trading.TestKit.Control;
using Trading.TestKit.Data;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Programs;
using Xunit;

namespace Trading.Services.Tests.Hosting;

/// <summary>Malformed checkpoints, requests to a witness, keys, tokens and secrets are refused as such. Cases by seed.</summary>
public sealed class MutatedTextsTests : IDisposable
{
    private static readonly int Cases = LongForm.Or(10_000, 400);
    private readonly string _folder = Directory.CreateTempSubdirectory("trading-texts-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void a_checkpoint_is_read_or_refused_and_what_was_changed_is_signed_by_nobody()
    {
        var key = SealKey.Create(Path.Combine(_folder, "key"));
        var note = Checkpoint().Sign(key).Note;
        var signed = note[..(note.IndexOf("\n\n", StringComparison.Ordinal) + 1)];
        var mutator = new TextMutator(1);
        for (var number = 0; number < Cases; number++)
        {
            var text = Encoding.UTF8.GetString(mutator.Next(note));
            if (Read<FormatException, SignedCheckpoint>(() => SignedCheckpoint.Parse(text)) is { } read)
                Assert.True(!read.SignedBy(key.Public) || read.Checkpoint.Text() == signed);
        }
    }

    [Fact]
    public void a_request_to_a_witness_is_read_or_refused()
    {
        var hash = new byte[MerkleTree.HashSize];
        var asked = new WitnessRequest(3, [hash, hash], Checkpoint().Sign(SealKey.Create(Path.Combine(_folder, "key")))).Text();
        var mutator = new TextMutator(2);
        WitnessRequest.Parse(asked);
        for (var number = 0; number < Cases; number++)
        {
            var text = Encoding.UTF8.GetString(mutator.Next(asked));
            Read<FormatException, WitnessRequest>(() => WitnessRequest.Parse(text));
        }
    }

    [Fact]
    public void a_marker_a_list_of_keys_and_a_token_are_read_or_refused()
    {
        var marker = AnchorMarker.Of("trading/live-00000000", JournalIdentity.New()).Text();
        var keys = $"one:{Convert.ToBase64String(new byte[32])}\ntwo:{Convert.ToBase64String(new byte[33])}\n";
        const string Token = "kim=operator:trading/token";
        var mutator = new TextMutator(3);
        Assert.Equal(2, MessageKeys.Parse("keys", keys).Count);
        Assert.NotNull(NamedToken.Parse(Token));
        for (var number = 0; number < Cases; number++)
        {
            var text = Encoding.UTF8.GetString(mutator.Next(marker));
            Assert.True(Read<AnchorException, AnchorMarker>(() => AnchorMarker.Parse("here", text)) is not { } read || read.Text() == text);
            text = Encoding.UTF8.GetString(mutator.Next(keys));
            Read<SecretException, IReadOnlyList<MessageKey>>(() => MessageKeys.Parse("keys", text));
            _ = NamedToken.Parse(Encoding.UTF8.GetString(mutator.Next(Token)));
            _ = VerifierKey.TryParse(Encoding.UTF8.GetString(mutator.Next(keys)), out _);
            _ = WitnessKey.TryParse(Encoding.UTF8.GetString(mutator.Next(keys)), out _);
        }
    }

    [Fact]
    public void a_changed_message_has_no_valid_mac_and_neither_has_one_with_a_second_content_beside_the_signed_one()
    {
        var (price, options) = (InProcessSystem.Price(60_000, InProcessSystem.Start), SystemTextJsonMessageSerializer.Options);
        var key = MessageKeys.Parse("keys", $"one:{Convert.ToBase64String(new byte[32])}")[0];
        var (header, signed) = (MessageMac.Of(price, key), JsonSerializer.Serialize(price, options));
        var forged = JsonSerializer.Serialize(price with { Price = 1 }, options);
        var envelope = $$"""{"messageId":"1","message":{{signed}}}""";
        Assert.True(Valid(envelope));
        // The bus reads names without regard to case, and the last of several.
        Assert.True(options.PropertyNameCaseInsensitive);
        foreach (var name in new[] { "message", "Message", "MESSAGE", @"m\u0065ssage" })
        {
            Assert.False(Valid($$"""{"message":{{signed}},"{{name}}":{{forged}}}"""));
            Assert.False(Valid($$"""{"{{name}}":{{forged}},"message":{{signed}}}"""));
        }
        var (json, text) = (new JsonMutator(6), new TextMutator(6));
        for (var number = 0; number < Cases; number++)
        {
            var body = number % 2 == 0 ? json.Next(envelope) : text.Next(envelope);
            if (!MessageMac.IsValid<PriceObserved>(header, key, body))
                continue;
            var read = JsonDocument.Parse(body).RootElement.GetProperty("message").Deserialize<PriceObserved>(options);
            Assert.Equal(signed, JsonSerializer.Serialize(read, options));
        }

        bool Valid(string body) => MessageMac.IsValid<PriceObserved>(header, key, Encoding.UTF8.GetBytes(body));
    }

    [Theory]
    [InlineData("trading/binance#apiKey")]
    [InlineData("trading/binance")]
    [InlineData("plain")]
    public async Task a_file_of_secrets_gives_a_text_or_says_in_a_line_without_any_secret_why_not(string name)
    {
        const string Secrets = """{ "trading/binance": { "apiKey": "abcdefgh", "apiSecret": "ijklmnop" }, "plain": "qrstuvwx" }""";
        var (mutator, file) = (new JsonMutator(name.Length), Path.Combine(_folder, "secrets.json"));
        var store = new FileSecrets(file);
        for (var number = 0; number < Cases; number++)
        {
            await File.WriteAllBytesAsync(file, number == 0 ? Encoding.UTF8.GetBytes(Secrets) : mutator.Next(Secrets));
            ControlHost.Permit(file);
            try
            {
                Assert.NotNull(await store.GetAsync(name, default));
            }
            catch (SecretException missing) when (number > 0)
            {
                Assert.DoesNotContain('\n', missing.Message);
                Assert.DoesNotContain("abcd", missing.Message, StringComparison.Ordinal);
            }
        }
    }

    private static Checkpoint Checkpoint() => new("trading/live-00000000", 5, new byte[MerkleTree.HashSize],
        new(2024, 3, 1, 12, 0, 0, TimeSpan.Zero), new byte[MerkleTree.HashSize], null, JournalIdentity.New());

    private static T? Read<TRefusal, T>(Func<T> read)
        where TRefusal : Exception
        where T : class
    {
        try
        {
            return read();
        }
        catch (TRefusal)
        {
            return null;
        }
    }
}
