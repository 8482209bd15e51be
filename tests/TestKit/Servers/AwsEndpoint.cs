using Amazon.SQS;
using Amazon.SimpleNotificationService;
using Trading.LocalServers;

namespace Trading.TestKit.Servers;

/// <summary>
/// The SNS and SQS of the whole test run: the endpoint that the environment variable TRADING_TEST_AWS names by its URL, else a local one
/// that starts when the first test asks for it and is gone with the run. Tests keep apart by names of their own.
/// </summary>
public static class AwsEndpoint
{
    private static readonly Lazy<Task<Uri>> Started = new(StartAsync);
    private static LocalAws? _local;
    private static int _names;

    public static Task<Uri> UrlAsync() => Started.Value;

    /// <summary>A name that no other test has, now or in an earlier run on the same endpoint.</summary>
    public static string NewName() => $"t{Environment.ProcessId}-{Interlocked.Increment(ref _names)}";

    public static AmazonSQSClient Sqs(Uri url) =>
        new("test", "secret", new AmazonSQSConfig { ServiceURL = url.ToString(), AuthenticationRegion = "us-east-1" });

    public static AmazonSimpleNotificationServiceClient Sns(Uri url) =>
        new("test", "secret",
            new AmazonSimpleNotificationServiceConfig { ServiceURL = url.ToString(), AuthenticationRegion = "us-east-1" });

    internal static async Task StopAsync()
    {
        if (_local is not null)
            await _local.DisposeAsync();
    }

    private static async Task<Uri> StartAsync()
    {
        if (Environment.GetEnvironmentVariable("TRADING_TEST_AWS") is { Length: > 0 } given)
            return new Uri(given);
        _local = await LocalAws.StartAsync();
        return _local.Url;
    }
}
