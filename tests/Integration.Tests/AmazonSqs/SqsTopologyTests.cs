using Amazon.SQS.Model;
using MassTransit;
using Xunit;

namespace Trading.Integration.Tests.AmazonSqs;

/// <summary>Names and attributes of queues, topics and subscriptions.</summary>
[Collection(nameof(SqsTransportTest))]
public sealed class SqsTopologyTests : SqsTransportTest
{
    [Fact]
    public async Task topics_and_subscriptions_have_the_names_and_attributes_of_the_official_transport()
    {
        await StartAsync(bus => Receive(bus, Queue, endpoint => endpoint.Handler<Price>(_ => Task.CompletedTask)));

        var queue = await sqs.GetQueueAttributesAsync((await sqs.GetQueueUrlAsync(Queue)).QueueUrl, ["All"]);
        var topic = queue.QueueARN.Replace(":sqs:", ":sns:", StringComparison.Ordinal)
            .Replace(Queue, $"{name}_Trading_Integration_Tests_AmazonSqs-Price", StringComparison.Ordinal);
        var subscription = Assert.Single((await sns.ListSubscriptionsByTopicAsync(topic)).Subscriptions);

        Assert.Equal(queue.QueueARN, subscription.Endpoint);
        Assert.Equal("true", (await sns.GetSubscriptionAttributesAsync(subscription.SubscriptionArn)).Attributes["RawMessageDelivery"]);
        Assert.Contains("sns.amazonaws.com", queue.Policy, StringComparison.Ordinal);
        Assert.Contains(topic, queue.Policy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task the_topology_can_be_read_from_a_probe_before_the_bus_starts()
    {
        var bus = Create(bus => Receive(bus, Queue, endpoint => endpoint.Handler<Price>(_ => Task.CompletedTask)));

        var probe = System.Text.Json.JsonSerializer.Serialize(bus.GetProbeResult().Results);

        Assert.Contains($"\"source\":\"{name}_Trading_Integration_Tests_AmazonSqs-Price\"", probe, StringComparison.OrdinalIgnoreCase);
        Assert.Contains($"\"destination\":\"{Queue}\"", probe, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task a_temporary_queue_is_gone_after_the_stop()
    {
        var bus = await StartAsync(bus => Receive(bus, Queue, endpoint =>
        {
            endpoint.AutoDelete = true;
            endpoint.WaitTimeSeconds = 0;
            endpoint.Handler<Price>(_ => Task.CompletedTask);
        }));
        Assert.NotNull((await sqs.GetQueueUrlAsync(Queue)).QueueUrl);

        await bus.StopAsync();

        await Assert.ThrowsAsync<QueueDoesNotExistException>(() => sqs.GetQueueUrlAsync(Queue));
    }

    [Fact]
    public void a_queue_name_or_wait_that_sqs_does_not_allow_is_refused_before_the_start()
    {
        var error = Assert.Throws<ConfigurationException>(() => Create(bus => Receive(bus, "prices.fifo", endpoint =>
        {
            endpoint.WaitTimeSeconds = 21;
            endpoint.Handler<Price>(_ => Task.CompletedTask);
        })));

        Assert.Contains("must be a queue name of at most 72 letters", error.Message, StringComparison.Ordinal);
        Assert.Contains("must be 0 to 20, was 21", error.Message, StringComparison.Ordinal);
    }
}
