using Amazon;
using Amazon.Runtime;
using Amazon.SQS;
using Amazon.SimpleNotificationService;
using MassTransit.Transports;

namespace MassTransit.AmazonSqsTransport;

/// <summary>Which region or endpoint, with which credentials, and how names are scoped.</summary>
internal sealed class SqsHostSettings : IAmazonSqsHostConfigurator
{
    private readonly string region;
    private AWSCredentials? credentials;
    private AmazonSQSConfig? sqsConfig;
    private AmazonSimpleNotificationServiceConfig? snsConfig;
    private string? accessKey;
    private string? secretKey;
    private string scope;

    internal SqsHostSettings(Uri hostAddress)
    {
        (region, scope) = SqsAddress.ParseHost(hostAddress);
        if (hostAddress.UserInfo.Split(':') is [{ Length: > 0 } user, { Length: > 0 } password])
            credentials = new BasicAWSCredentials(Uri.UnescapeDataString(user), Uri.UnescapeDataString(password));
    }

    internal bool ScopeTopics { get; private set; }

    internal string TopicPrefix => ScopeTopics && scope != SqsAddress.NoScope ? scope + "_" : "";

    internal AllowTransportHeader? AllowHeader { get; private set; }

    internal Uri HostAddress => SqsAddress.HostAddress(region, scope);

    public void AccessKey(string accessKey) => SetKeys(accessKey, secretKey);

    public void SecretKey(string secretKey) => SetKeys(accessKey, secretKey);

    public void Credentials(AWSCredentials credentials) => this.credentials = credentials;

    public void Scope(string scope, bool scopeTopics = false)
    {
        this.scope = scope.Trim('/') is { Length: > 0 } name ? name : SqsAddress.NoScope;
        ScopeTopics |= scopeTopics;
    }

    public void EnableScopedTopics() => ScopeTopics = true;

    public void Config(AmazonSQSConfig? config) => sqsConfig = config;

    public void Config(AmazonSimpleNotificationServiceConfig? config) => snsConfig = config;

    public void AllowTransportHeader(AllowTransportHeader? allowTransportHeader) => AllowHeader = allowTransportHeader;

    internal IAmazonSQS CreateSqsClient()
    {
        var config = sqsConfig ?? new AmazonSQSConfig { RegionEndpoint = RegionEndpoint.GetBySystemName(region) };
        return credentials is null ? new AmazonSQSClient(config) : new AmazonSQSClient(credentials, config);
    }

    internal IAmazonSimpleNotificationService CreateSnsClient()
    {
        var config = snsConfig ?? new AmazonSimpleNotificationServiceConfig { RegionEndpoint = RegionEndpoint.GetBySystemName(region) };
        return credentials is null
            ? new AmazonSimpleNotificationServiceClient(config) : new AmazonSimpleNotificationServiceClient(credentials, config);
    }

    private void SetKeys(string? access, string? secret)
    {
        accessKey = access;
        secretKey = secret;
        if (!string.IsNullOrEmpty(access) && !string.IsNullOrEmpty(secret))
            credentials = new BasicAWSCredentials(access, secret);
    }
}
