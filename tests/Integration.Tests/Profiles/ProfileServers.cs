using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using Trading.LocalServers;
using Trading.TestKit.Aws;
using Trading.TestKit.Distributed;
using Trading.TestKit.Models;
using Trading.TestKit.Servers;

namespace Trading.Integration.Tests.Profiles;

/// <summary>The models and stores of AWS that are spoken to by protocol, and the services' ways to DynamoDB and S3.</summary>
internal sealed class ProfileServers : IAsyncDisposable
{
    public const string SealKeySecret = "trading/seal-key";

    public const string MessageKeySecret = "trading/message-key";

    private readonly List<IAsyncDisposable> _owned = [];
    private readonly ConcurrentQueue<WireRequest> _taken = new();

    private ProfileServers()
    {
    }

    public ProtocolServer Bedrock { get; private set; } = null!;

    public ProtocolServer SageMaker { get; private set; } = null!;

    public ProtocolServer Timestream { get; private set; } = null!;

    public ProtocolServer Secrets { get; private set; } = null!;

    /// <summary>The services' way to DynamoDB; the test's own is another.</summary>
    public CuttableProxy WayToDynamoDb { get; private set; } = null!;

    /// <summary>The services' way to S3; the test's own is another.</summary>
    public CuttableProxy WayToS3 { get; private set; } = null!;

    /// <summary>Starts them.</summary>
    /// <param name="aws">S3.</param>
    /// <param name="movePercent">What the models on AWS predict of a price and its time.</param>
    public static async Task<ProfileServers> StartAsync(LocalAws aws, Func<decimal, DateTimeOffset, double> movePercent)
    {
        var servers = new ProfileServers();
        try
        {
            await servers.StartAllAsync(aws, movePercent);
            return servers;
        }
        catch
        {
            await servers.DisposeAsync();
            throw;
        }
    }

    /// <summary>The requests to write that Timestream took.</summary>
    public List<JsonElement> Taken() => [.. _taken.Where(request => request.Operation == "WriteRecords").Select(request => request.Json)];

    public async ValueTask DisposeAsync()
    {
        foreach (var owned in _owned)
            await owned.DisposeAsync();
    }

    private async Task StartAllAsync(LocalAws aws, Func<decimal, DateTimeOffset, double> movePercent)
    {
        Bedrock = await ModelServers.BedrockAsync(movePercent, confidence: 0.95);
        SageMaker = await ModelServers.SageMakerAsync(movePercent);
        Timestream = await ProtocolServer.StartAsync(new("timestream", "application/x-amz-json-1.0", "Timestream_20181101."), request =>
        {
            _taken.Enqueue(request);
            return WireAnswer.Ok("{}");
        });
        var key = new JsonObject { ["Name"] = SealKeySecret, ["SecretString"] = DistributedSystem.NewKey() }.ToJsonString();
        var messages = new JsonObject
        {
            ["Name"] = MessageKeySecret,
            ["SecretString"] = $"k1:{Convert.ToBase64String(System.Security.Cryptography.RandomNumberGenerator.GetBytes(32))}",
        }.ToJsonString();
        Secrets = await ProtocolServer.StartAsync(new("secretsmanager", "application/x-amz-json-1.1", "secretsmanager."),
            request => WireAnswer.Ok(
                System.Text.Encoding.UTF8.GetString(request.Body).Contains(MessageKeySecret, StringComparison.Ordinal) ? messages : key,
                "application/x-amz-json-1.1"));
        foreach (var server in new[] { Bedrock, SageMaker, Timestream, Secrets })
        {
            server.Keys = [AwsKey.Local, AwsKey.Example];
            _owned.Add(server);
        }
        WayToDynamoDb = new(new Uri((await StoreServers.PlaceAsync("dynalite")).Url!));
        _owned.Add(WayToDynamoDb);
        WayToS3 = new(aws.Url);
        _owned.Add(WayToS3);
    }
}
