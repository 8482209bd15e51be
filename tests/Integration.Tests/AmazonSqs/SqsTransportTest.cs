using System.Collections.Concurrent;
using Amazon.SQS;
using Amazon.SimpleNotificationService;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Trading.TestKit.Programs;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.AmazonSqs;

public record Price(int Number, string Text);

public record Trade(int Number);

/// <summary>MassTransit over SNS and SQS, against a real endpoint: each test has its own queues and topics there.</summary>
public abstract class SqsTransportTest : IAsyncLifetime
{
    private protected readonly string name = AwsEndpoint.NewName();
    private protected readonly List<IBusControl> buses = [];
    private protected readonly List<ServiceProvider> services = [];
    private protected readonly ConcurrentQueue<string> log = new();
    private protected Uri url = null!;
    private protected AmazonSQSClient sqs = null!;
    private protected AmazonSimpleNotificationServiceClient sns = null!;

    private protected string Queue => name + "-prices";

    public async Task InitializeAsync()
    {
        url = await AwsEndpoint.UrlAsync();
        sqs = AwsEndpoint.Sqs(url);
        sns = AwsEndpoint.Sns(url);
    }

    public async Task DisposeAsync()
    {
        // A test that failed may have left a handler waiting.
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        foreach (var bus in buses)
            await bus.StopAsync(patience.Token);
        foreach (var provider in services)
            await provider.DisposeAsync();
        sqs.Dispose();
        sns.Dispose();
    }

    private protected async Task<IBusControl> StartAsync(Action<IAmazonSqsBusFactoryConfigurator> configure)
    {
        var bus = Create(configure);
        await bus.StartAsync(HangGuard.Limit);
        return bus;
    }

    private protected IBusControl Create(Action<IAmazonSqsBusFactoryConfigurator> configure, Uri? endpoint = null)
    {
        var address = (endpoint ?? url).ToString();
        var provider = new ServiceCollection()
            .AddLogging(logging => logging.SetMinimumLevel(LogLevel.Warning).AddProvider(new Lines(log)))
            .AddMassTransit(registration => registration.UsingAmazonSqs((_, bus) =>
            {
                bus.Host("us-east-1", host =>
                {
                    host.AccessKey("test");
                    host.SecretKey("secret");
                    host.Scope(name, scopeTopics: true);
                    host.Config(new AmazonSQSConfig { ServiceURL = address });
                    host.Config(new AmazonSimpleNotificationServiceConfig { ServiceURL = address });
                });
                configure(bus);
            }))
            .BuildServiceProvider();
        services.Add(provider);
        var bus = provider.GetRequiredService<IBusControl>();
        buses.Add(bus);
        return bus;
    }

    private protected async Task<(int Waiting, int Taken)> CountsAsync()
    {
        var attributes = await sqs.GetQueueAttributesAsync((await sqs.GetQueueUrlAsync(Queue)).QueueUrl, ["All"]);
        return (attributes.ApproximateNumberOfMessages, attributes.ApproximateNumberOfMessagesNotVisible);
    }

    // A stop waits for the receive in progress, so the tests wait at the queue for a second only.
    private protected static void Receive(
        IAmazonSqsBusFactoryConfigurator bus, string queue, Action<IAmazonSqsReceiveEndpointConfigurator> configure) =>
        bus.ReceiveEndpoint(queue, endpoint =>
        {
            endpoint.WaitTimeSeconds = 1;
            configure(endpoint);
        });

    private protected static async Task UntilAsync(Func<Task<bool>> holds)
    {
        using var limit = new CancellationTokenSource(HangGuard.Limit);
        while (!await holds())
            await Task.Delay(TimeSpan.FromMilliseconds(20), limit.Token);
    }
}
