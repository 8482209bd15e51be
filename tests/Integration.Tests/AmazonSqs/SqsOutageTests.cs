using Amazon.SQS;
using MassTransit;
using Trading.TestKit.Programs;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.AmazonSqs;

/// <summary>An endpoint that is away, and queues and topics that vanish.</summary>
[Collection(nameof(SqsTransportTest))]
public sealed class SqsOutageTests : SqsTransportTest
{
    [Fact]
    public async Task the_bus_stays_up_while_its_endpoint_is_away_and_goes_on_when_it_is_back()
    {
        await using var way = new CuttableProxy(url);
        var prices = new Received<Price>();
        var bus = Create(bus => Receive(bus, Queue, endpoint =>
        {
            // The receive that was cut may still be given the message, which then comes again after this time.
            endpoint.QueueAttributes[QueueAttributeName.VisibilityTimeout] = 2;
            prices.HandleIn(endpoint);
        }), way.Url);
        var health = new HealthChanges();
        bus.ConnectReceiveEndpointObserver(health);
        await bus.StartAsync();
        await bus.Publish(new Price(1, "before"));
        await prices.Next();

        way.Cut();
        await health.Faulted();
        Assert.NotEqual(BusHealthStatus.Healthy, bus.CheckHealth().Status);
        var publish = bus.Publish(new Price(2, "meanwhile"));

        way.Open();
        await publish.WaitAsync(HangGuard.Limit);
        Assert.Equal(2, (await prices.Next()).Message.Number);
        await health.Ready();
        Assert.Equal(BusHealthStatus.Healthy, bus.CheckHealth().Status);
    }

    [Fact]
    public async Task a_stop_ends_also_while_the_endpoint_is_away_and_a_handled_message_cannot_be_deleted()
    {
        await using var way = new CuttableProxy(url);
        var started = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        var bus = Create(bus => Receive(bus, Queue, endpoint => endpoint.Handler<Price>(async context =>
        {
            started.TrySetResult();
            await release.Task;
            await context.Publish(new Trade(context.Message.Number));
        })), way.Url);
        await bus.StartAsync();
        await bus.Publish(new Price(1, "p"));
        await started.Task.WaitAsync(HangGuard.Limit);

        way.Cut();
        release.SetResult();

        await bus.StopAsync().WaitAsync(HangGuard.Limit);
    }

    [Fact]
    public async Task a_bus_that_starts_while_the_endpoint_is_away_works_when_it_comes()
    {
        await using var way = new CuttableProxy(url);
        way.Cut();
        var prices = new Received<Price>();
        var bus = Create(bus => Receive(bus, Queue, endpoint => prices.HandleIn(endpoint)), way.Url);
        var health = new HealthChanges();
        bus.ConnectReceiveEndpointObserver(health);
        var start = bus.StartAsync();
        await health.Faulted();

        way.Open();
        await start.WaitAsync(HangGuard.Limit);
        await bus.Publish(new Price(1, "at last"));

        Assert.Equal(1, (await prices.Next()).Message.Number);
    }

    [Fact]
    public async Task a_queue_and_a_topic_that_vanish_are_made_again()
    {
        var prices = new Received<Price>();
        var bus = Create(bus => Receive(bus, Queue, endpoint =>
        {
            endpoint.WaitTimeSeconds = 0;
            prices.HandleIn(endpoint);
        }));
        var health = new HealthChanges();
        bus.ConnectReceiveEndpointObserver(health);
        await bus.StartAsync();
        await bus.Publish(new Price(1, "before"));
        await prices.Next();

        var queue = await sqs.GetQueueAttributesAsync((await sqs.GetQueueUrlAsync(Queue)).QueueUrl, ["QueueArn"]);
        var topic = queue.QueueARN.Replace(":sqs:", ":sns:", StringComparison.Ordinal)
            .Replace(Queue, $"{name}_Trading_Integration_Tests_AmazonSqs-Price", StringComparison.Ordinal);
        await sns.DeleteTopicAsync(topic);
        await sqs.DeleteQueueAsync((await sqs.GetQueueUrlAsync(Queue)).QueueUrl);
        await health.Faulted();
        await health.Ready();
        await bus.Publish(new Price(2, "after"));

        Assert.Equal(2, (await prices.Next()).Message.Number);
    }
}
