using Amazon.SQS.Model;
using MassTransit;
using Xunit;

namespace Trading.Integration.Tests.AmazonSqs;

/// <summary>What cannot be handled or read, or nobody wants, is put aside with its reason and stops nothing.</summary>
[Collection(nameof(SqsTransportTest))]
public sealed class SqsErrorQueueTests : SqsTransportTest
{
    [Fact]
    public async Task a_message_whose_handler_fails_goes_to_the_error_queue_with_the_reason_and_stops_nothing()
    {
        var prices = new Received<Price>();
        var bus = await StartAsync(bus => Receive(bus, Queue, endpoint => endpoint.Handler<Price>(context =>
            context.Message.Number == 1 ? throw new InvalidOperationException("cannot digest\0 this") : prices.Handle(context))));

        await bus.Publish(new Price(1, "bad"));
        await bus.Publish(new Price(2, "good"));

        var moved = await ReceiveRawAsync(Queue + "_error");
        Assert.Equal("fault", moved.MessageAttributes["MT-Reason"].StringValue);
        Assert.Equal("cannot digest\uFFFD this", moved.MessageAttributes["MT-Fault-Message"].StringValue);
        Assert.Equal($"amazonsqs://us-east-1/{name}/{Queue}", moved.MessageAttributes["MT-Fault-InputAddress"].StringValue);
        Assert.Contains("\"text\":\"bad\"", moved.Body, StringComparison.Ordinal);
        Assert.Equal(2, (await prices.Next()).Message.Number);
    }

    [Theory]
    [InlineData("{\"broken\":")]
    [InlineData("no json at all")]
    [InlineData("[1,2]")]
    [InlineData("\"TopicArn\"")]
    [InlineData("{\"TopicArn\":\"x\",\"Message\":\"{broken\"}")]
    public async Task a_body_that_cannot_be_read_goes_to_the_error_queue_and_stops_nothing(string body)
    {
        var prices = new Received<Price>();
        var bus = await StartAsync(bus => Receive(bus, Queue, endpoint => prices.HandleIn(endpoint)));

        await sqs.SendMessageAsync((await sqs.GetQueueUrlAsync(Queue)).QueueUrl, body);
        await bus.Publish(new Price(2, "good"));

        var moved = await ReceiveRawAsync(Queue + "_error");
        Assert.Equal(body, moved.Body);
        Assert.False(string.IsNullOrWhiteSpace(moved.MessageAttributes["MT-Fault-Message"].StringValue));
        Assert.Equal(2, (await prices.Next()).Message.Number);
    }

    [Fact]
    public async Task a_message_as_large_as_sqs_takes_is_moved_too_and_of_its_reason_as_much_as_there_is_room_for()
    {
        const int MostBytes = 1024 * 1024;
        await StartAsync(bus => Receive(bus, Queue, endpoint => endpoint.Handler<Price>(_ => Task.CompletedTask)));
        var queue = (await sqs.GetQueueUrlAsync(Queue)).QueueUrl;

        await sqs.SendMessageAsync(queue, new string('x', MostBytes - 30));
        Assert.Equal(["MT-Reason"], (await ReceiveRawAsync(Queue + "_error")).MessageAttributes.Keys);
        await sqs.SendMessageAsync(queue, new string('x', MostBytes));
        Assert.Equal(MostBytes, (await ReceiveRawAsync(Queue + "_error")).Body.Length);
        await UntilAsync(async () => await CountsAsync() == (0, 0));
    }

    [Fact]
    public async Task a_message_that_no_handler_wants_goes_to_the_skipped_queue()
    {
        var bus = await StartAsync(bus => Receive(bus, Queue, endpoint => endpoint.Handler<Price>(_ => Task.CompletedTask)));

        var queue = await bus.GetSendEndpoint(new Uri("queue:" + Queue));
        await queue.Send(new Trade(7));

        var moved = await ReceiveRawAsync(Queue + "_skipped");
        Assert.Equal("dead-letter", moved.MessageAttributes["MT-Reason"].StringValue);
        Assert.Contains("\"number\":7", moved.Body, StringComparison.Ordinal);
    }

    private async Task<Amazon.SQS.Model.Message> ReceiveRawAsync(string queue)
    {
        var request = new ReceiveMessageRequest((await sqs.GetQueueUrlAsync(queue)).QueueUrl)
        { WaitTimeSeconds = 20, MessageAttributeNames = ["All"] };
        return Assert.Single((await sqs.ReceiveMessageAsync(request)).Messages);
    }
}
