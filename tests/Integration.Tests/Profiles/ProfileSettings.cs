using System.Text.Json.Nodes;
using Trading.TestKit.Aws;
using Trading.TestKit.Profiles;
using Trading.TestKit.Servers;

namespace Trading.Integration.Tests.Profiles;

/// <summary>What a profile is given besides: addresses, names that no other test has, and what a test asks for.</summary>
internal static class ProfileSettings
{
    public static JsonObject Of(string profile, ProfileServers servers, PlayedMarket market, JsonObject more)
    {
        var settings = new JsonObject
        {
            ["Profile"] = profile, ["EnableRealTrading"] = false,
            ["PriceStores"] = new JsonArray("postgres", "dynamodb", "s3", "timestream"),
            ["SealKeySecret"] = ProfileServers.SealKeySecret, ["MessageKeySecret"] = ProfileServers.MessageKeySecret,
            ["Sources"] = Array(PlayedMarket.Sources), ["SourceAddresses"] = Array(market.SourceAddresses), ["CreateStores"] = true,
            ["AwsRegion"] = ProtocolServer.Region,
            ["BedrockServiceUrl"] = servers.Bedrock.Url, ["SageMakerServiceUrl"] = servers.SageMaker.Url,
            ["TimestreamUrl"] = servers.Timestream.Url,
            ["SecretsServiceUrl"] = servers.Secrets.Url, ["DynamoDbUrl"] = $"{servers.WayToDynamoDb.Url}",
            ["S3Url"] = $"{servers.WayToS3.Url}",
            ["DynamoDbPriceTable"] = StoreServers.NewName("prices"), ["DynamoDbTradeTable"] = StoreServers.NewName("trades"),
            ["RawPriceBucket"] = StoreServers.NewName("raw"),
            // The profiles' largest order is a part of such an account, and not all of it.
            ["StartingCashUsd"] = 100_000,
            // Days pass in minutes here: what is bounded for a day of the wall's clock must not end before the data, and stores must keep
            // up with a day of prices at once.
            ["ModelCallsPerDay"] = 1_000_000, ["ModelTokensPerDay"] = 2_000_000_000, ["StoreQueueLength"] = 100_000,
            ["SealIntervalSeconds"] = 1, ["AlertCheckSeconds"] = 1,
        };
        foreach (var (name, value) in more)
            settings[name] = value?.DeepClone();
        return new() { ["Trading"] = settings };
    }

    private static JsonArray Array(IEnumerable<string> values) => [.. values.Select(value => JsonValue.Create(value))];
}
