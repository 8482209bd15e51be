using Amazon.SimpleNotificationService.Model;
using MassTransit;
using Xunit;

namespace Trading.Integration.Tests.AmazonSqs;

/// <summary>MassTransit over SNS and SQS: what is published, sent or wrapped arrives.</summary>
[Collection(nameof(SqsTransportTest))]
public sealed class AmazonSqsTransportTests : SqsTransportTest
{
    [Fact]
    public async Task a_published_message_reaches_every_queue_that_consumes_its_type()
    {
        var first = new Received<Price>();
        var second = new Received<Price>();
        var other = new Received<Trade>();
        var bus = await StartAsync(bus =>
        {
            Receive(bus, Queue, endpoint => first.HandleIn(endpoint));
            Receive(bus, name + "-second", endpoint => second.HandleIn(endpoint));
            Receive(bus, name + "-trades", endpoint => other.HandleIn(endpoint));
        });

        await bus.Publish(new Price(1, "é <&> \u20AC"));
        await bus.Publish(new Trade(2));

        Assert.Equal(new Price(1, "é <&> \u20AC"), (await first.Next()).Message);
        Assert.Equal(1, (await second.Next()).Message.Number);
        Assert.Equal(2, (await other.Next()).Message.Number);
    }

    [Fact]
    public async Task a_sent_message_arrives_with_its_ids_and_headers()
    {
        var prices = new Received<Price>();
        var bus = await StartAsync(bus => Receive(bus, Queue, endpoint => prices.HandleIn(endpoint)));
        var messageId = new Guid("11111111-2222-3333-4444-555555555555");
        var correlationId = new Guid("66666666-7777-8888-9999-000000000000");

        var queue = await bus.GetSendEndpoint(new Uri("queue:" + Queue));
        await queue.Send(new Price(1, "sent"), context =>
        {
            context.MessageId = messageId;
            context.CorrelationId = correlationId;
            context.Headers.Set("Origin", "test");
        });

        var received = await prices.Next();
        Assert.Equal((messageId, correlationId, "test"),
            (received.MessageId, received.CorrelationId, received.Headers.Get<string>("Origin")));
        Assert.Equal(new Uri($"amazonsqs://us-east-1/{name}/{Queue}"), received.DestinationAddress);
        Assert.False(received.ReceiveContext.Redelivered);
    }

    [Fact]
    public async Task a_message_in_a_notification_envelope_is_unwrapped()
    {
        var prices = new Received<Price>();
        var relay = new Received<Price>();
        var bus = await StartAsync(bus =>
        {
            Receive(bus, Queue, endpoint => prices.HandleIn(endpoint));
            Receive(bus, name + "-relay", endpoint => relay.HandleIn(endpoint));
        });
        await (await bus.GetSendEndpoint(new Uri($"queue:{name}-relay"))).Send(new Price(3, "wrapped"));
        var original = (await relay.Next()).ReceiveContext.Body.GetString();

        var notification = System.Text.Json.JsonSerializer.Serialize(
            new { Type = "Notification", TopicArn = "arn:aws:sns:us-east-1:1:t", Message = original });
        await sqs.SendMessageAsync((await sqs.GetQueueUrlAsync(Queue)).QueueUrl, notification);

        Assert.Equal(new Price(3, "wrapped"), (await prices.Next()).Message);
    }

    [Fact]
    public async Task batches_hold_at_most_ten_messages_and_256_KiB()
    {
        var prices = new Received<Price>();
        using var requests = Requests.Watch(
            request => request is PublishBatchRequest batch && batch.TopicArn.Contains(name, StringComparison.Ordinal));
        var bus = await StartAsync(bus => Receive(bus, Queue, endpoint => prices.HandleIn(endpoint)));

        // 60,000 characters of two bytes each: two of them fit into a request.
        await Task.WhenAll(
            Enumerable.Range(0, 40).Select(number => bus.Publish(new Price(number, new string('é', number % 2 == 0 ? 60_000 : 1)))));

        var numbers = new HashSet<int>();
        while (numbers.Count < 40)
            numbers.Add((await prices.Next()).Message.Number);
        var batches = requests.Seen.Cast<PublishBatchRequest>().Select(batch => batch.PublishBatchRequestEntries).ToList();
        Assert.Equal(40, batches.Sum(entries => entries.Count));
        Assert.All(batches, entries => Assert.InRange(entries.Count, 1, 10));
        Assert.All(batches,
            entries => Assert.InRange(entries.Sum(entry => System.Text.Encoding.UTF8.GetByteCount(entry.Message)), 1, 256 * 1024));
        Assert.True(batches.Count < 40, $"{batches.Count} requests");
    }
}
