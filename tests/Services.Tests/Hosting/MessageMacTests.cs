using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Trading.Contracts;
using Trading.Hosting.Messaging;
using Trading.Hosting.Secrets;
using Trading.Hosting.Settings;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Programs;
using Xunit;

namespace Trading.Services.Tests.Hosting;

/// <summary>Messages are believed only from those who have a key.</summary>
public sealed class MessageMacTests
{
    private static readonly MessageKey Key = new("k1", [.. Enumerable.Range(1, 32).Select(number => (byte)number)]);
    private static readonly PriceObserved Price = InProcessSystem.Price(60_000.10m, InProcessSystem.Start);

    [Fact]
    public void a_message_is_valid_whatever_its_white_space_and_also_with_a_member_that_this_version_does_not_know()
    {
        var message = JsonSerializer.SerializeToNode(Price, MassTransit.Serialization.SystemTextJsonMessageSerializer.Options)!.AsObject();
        message["newInALaterVersion"] = 1.10m;
        Assert.True(IsValid(message, MessageMac.Of(message, Key), indented: true));
        Assert.True(IsValid(message, MessageMac.Of(message, Key), indented: false));
    }

    [Fact]
    public void any_change_of_a_byte_is_found()
    {
        var header = MessageMac.Of(Price, Key);
        var body = Body(JsonSerializer.SerializeToNode(Price, MassTransit.Serialization.SystemTextJsonMessageSerializer.Options)!, false);
        Assert.True(MessageMac.IsValid<PriceObserved>(header, Key, body));
        var begin = Encoding.UTF8.GetString(body).IndexOf("\"message\"", StringComparison.Ordinal) + 10;
        for (var at = begin; at < body.Length - 1; at++)
        {
            var forged = body.ToArray();
            forged[at] ^= 1;
            Assert.False(MessageMac.IsValid<PriceObserved>(header, Key, forged), $"byte {at}");
        }
        Assert.False(MessageMac.IsValid<RiskAssessed>(header, Key, body));
        Assert.False(MessageMac.IsValid<PriceObserved>(header, Key with { Id = "k2" }, body));
        Assert.False(MessageMac.IsValid<PriceObserved>(header, Key with { Key = RandomNumberGenerator.GetBytes(32) }, body));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("v1:k1")]
    [InlineData("v2:k1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")]
    [InlineData("v1::AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")]
    public void what_is_no_header_names_no_key(string? header) => Assert.Null(MessageMac.KeyId(header));

    [Theory]
    [InlineData("")]
    [InlineData("k1")]
    [InlineData("k1:dG9vIHNob3J0")]
    [InlineData("K1:AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=")]
    [InlineData("k1:AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=\nk1:AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=")]
    public void a_secret_that_is_no_list_of_keys_is_refused_without_showing_it(string text)
    {
        var refused = Assert.Throws<SecretException>(() => MessageKeys.Parse("trading/messages", text));
        Assert.StartsWith("the secret trading/messages must have ", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("AQID", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("dG9v", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task a_message_without_a_key_or_with_a_wrong_one_is_refused_and_keys_can_be_rotated_without_a_gap()
    {
        var (old, next) = ($"old:{Convert.ToBase64String(Key.Key)}", $"next:{Convert.ToBase64String(RandomNumberGenerator.GetBytes(32))}");
        var secrets = new Told { Text = old };
        var time = new ManualTime(InProcessSystem.Start);
        var settings = new TradingSettings { MessageKeySecret = "messages" };
        var (sender, receiver) = (new MessageKeys(settings, secrets, time), new MessageKeys(settings, secrets, time));
        await using var bus = await VerifyingBus.StartAsync(receiver);

        var signed = MessageMac.Of(Price, await sender.SigningAsync(default));
        Assert.True(await bus.IsTakenAsync(Price, signed));
        Assert.False(await bus.IsTakenAsync(Price, null));
        Assert.False(await bus.IsTakenAsync(Price with { Price = 1 }, signed));
        var guessed = Key with { Id = "old", Key = RandomNumberGenerator.GetBytes(32) };
        Assert.False(await bus.IsTakenAsync(Price, MessageMac.Of(Price, guessed)));

        // The new key first verifies, then signs; messages of the old one that are still under way are taken.
        secrets.Text = $"{old}\n{next}";
        time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal("old", (await sender.SigningAsync(default)).Id);
        secrets.Text = $"{next}\n{old}";
        time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal("next", (await sender.SigningAsync(default)).Id);
        Assert.True(await bus.IsTakenAsync(Price, MessageMac.Of(Price, await sender.SigningAsync(default))));
        Assert.True(await bus.IsTakenAsync(Price, signed));
        secrets.Text = next;
        time.Advance(TimeSpan.FromMinutes(2));
        Assert.False(await bus.IsTakenAsync(Price, signed));

        // A store that does not answer changes nothing; the last keys are used.
        secrets.Text = null;
        time.Advance(TimeSpan.FromMinutes(2));
        Assert.True(await bus.IsTakenAsync(Price, MessageMac.Of(Price, await sender.SigningAsync(default))));
    }

    [Fact]
    public void prod_over_queues_needs_a_key() => Assert.Contains(
        "Trading:MessageKeySecret must be the name of a secret with profile prod and Trading:Transport=amazon-sqs, was empty",
        (TradingSettings.ForProfile("prod")! with { Transport = TransportKind.AmazonSqs }).Validate());

    private static bool IsValid(JsonNode message, string header, bool indented) =>
        MessageMac.IsValid<JsonObject>(header, Key, Body(message, indented));

    private static byte[] Body(JsonNode message, bool indented) => Encoding.UTF8.GetBytes(
        new JsonObject { ["messageId"] = Guid.Empty, ["message"] = message.DeepClone() }
            .ToJsonString(new JsonSerializerOptions { WriteIndented = indented }));

    private sealed class Told : ISecretStore
    {
        public string? Text { get; set; }

        public Task<string> GetAsync(string name, CancellationToken cancellation) =>
            Text is { } text ? Task.FromResult(text) : throw new SecretException("away");
    }
}
