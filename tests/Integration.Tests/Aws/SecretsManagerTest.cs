using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Trading.Hosting.Secrets;
using Trading.TestKit.Aws;
using Trading.TestKit.Programs;

namespace Trading.Integration.Tests.Aws;

/// <summary>Secrets Manager by its protocol, and the secrets of a program that asks it.</summary>
public abstract class SecretsManagerTest
{
    private protected const string Hidden = "hunter2";

    private protected readonly ManualTime _time = new(DateTimeOffset.UnixEpoch);

    private static readonly WireProtocol Protocol = new("secretsmanager", "application/x-amz-json-1.1", "secretsmanager.");

    private static readonly string[] Stages = ["AWSCURRENT"];

    private protected static async Task<ProtocolServer> StartAsync(Func<WireRequest, WireAnswer> answer)
    {
        var service = await ProtocolServer.StartAsync(Protocol, answer);
        service.Keys = [AwsKey.Example];
        return service;
    }

    private protected AwsSecrets Open(ProtocolServer service) =>
        new(new(ProtocolServer.Region, service.Url), TimeSpan.FromSeconds(60), _time, NullLogger.Instance);

    private protected static WireAnswer Value(string secret) => WireAnswer.Ok(
        JsonSerializer.Serialize(new
        {
            ARN = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:trading/token-a1B2c3",
            Name = "trading/token",
            VersionId = "5048d2c5-8f6f-4b39-b8a7-a3f5d8b1c001",
            SecretString = secret,
            VersionStages = Stages,
            CreatedDate = 1_709_251_200.123,
        }), "application/x-amz-json-1.1");
}
