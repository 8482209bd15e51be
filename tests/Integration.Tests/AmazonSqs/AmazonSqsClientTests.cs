using System.Net;
using Amazon.SQS;
using Amazon.SQS.Model;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.AmazonSqs;

public sealed class AmazonSqsClientTests : IAsyncLifetime
{
    private readonly string name = AwsEndpoint.NewName();
    private AmazonSQSClient sqs = null!;
    private string queue = null!;

    public async Task InitializeAsync()
    {
        sqs = AwsEndpoint.Sqs(await AwsEndpoint.UrlAsync());
        queue = (await sqs.CreateQueueAsync(new CreateQueueRequest(name)
        {
            Attributes = new() { [QueueAttributeName.VisibilityTimeout] = "120" },
            Tags = new() { ["team"] = "trading" },
        })).QueueUrl;
    }

    public async Task DisposeAsync()
    {
        await sqs.DeleteQueueAsync(queue);
        sqs.Dispose();
    }

    [Fact]
    public async Task a_queue_is_found_by_name_and_by_prefix()
    {
        Assert.Equal(queue, (await sqs.GetQueueUrlAsync(name)).QueueUrl);
        Assert.Equal([queue], (await sqs.ListQueuesAsync(name)).QueueUrls);
    }

    [Fact]
    public async Task queue_attributes_are_read_and_changed()
    {
        Assert.Equal(120, (await Attributes()).VisibilityTimeout);

        await sqs.SetQueueAttributesAsync(queue, new() { [QueueAttributeName.VisibilityTimeout] = "7" });
        await sqs.TagQueueAsync(new TagQueueRequest { QueueUrl = queue, Tags = new() { ["stage"] = "test" } });

        Assert.Equal(7, (await Attributes()).VisibilityTimeout);
        Assert.EndsWith(":" + name, (await Attributes()).QueueARN, StringComparison.Ordinal);
    }

    [Fact]
    public async Task a_message_arrives_with_its_text_and_attributes()
    {
        const string Text = "{\"amount\":1.10,\"note\":\"é \\u2028 <&> \u20AC\"}";
        var sent = await sqs.SendMessageAsync(new SendMessageRequest(queue, Text)
        {
            MessageAttributes = new()
            {
                ["Content-Type"] = new() { DataType = "String", StringValue = "application/json" },
                ["Digest"] = new() { DataType = "Binary", BinaryValue = new MemoryStream([0, 1, 254, 255]) },
            },
        });

        var message = Assert.Single((await Receive()).Messages);

        Assert.Equal(sent.MessageId, message.MessageId);
        Assert.Equal(Text, message.Body);
        Assert.Equal("application/json", message.MessageAttributes["Content-Type"].StringValue);
        Assert.Equal([0, 1, 254, 255], message.MessageAttributes["Digest"].BinaryValue.ToArray());
        Assert.Equal("1", message.Attributes[MessageSystemAttributeName.ApproximateReceiveCount]);
    }

    [Fact]
    public async Task batches_send_extend_and_delete()
    {
        var sent = await sqs.SendMessageBatchAsync(queue,
            [.. Enumerable.Range(0, 10).Select(number => new SendMessageBatchRequestEntry($"{number}", $"text {number}"))]);
        Assert.Equal(10, sent.Successful.Count);
        Assert.Empty(sent.Failed ?? []);

        var received = (await Receive()).Messages;
        var extended = await sqs.ChangeMessageVisibilityBatchAsync(queue,
            [.. received.Select((message, at) =>
                new ChangeMessageVisibilityBatchRequestEntry($"{at}", message.ReceiptHandle) { VisibilityTimeout = 300 })]);
        Assert.Equal(10, extended.Successful.Count);
        Assert.Equal(10, (await Attributes()).ApproximateNumberOfMessagesNotVisible);

        var deleted = await sqs.DeleteMessageBatchAsync(queue,
            [.. received.Select((message, at) => new DeleteMessageBatchRequestEntry($"{at}", message.ReceiptHandle))]);
        Assert.Equal(10, deleted.Successful.Count);
        Assert.Equal(0, (await Attributes()).ApproximateNumberOfMessagesNotVisible);
    }

    [Fact]
    public async Task a_message_that_is_given_back_comes_again()
    {
        await sqs.SendMessageAsync(queue, "again");
        var first = Assert.Single((await Receive()).Messages);

        await sqs.ChangeMessageVisibilityAsync(queue, first.ReceiptHandle, 0);
        var second = Assert.Single((await Receive()).Messages);
        await sqs.DeleteMessageAsync(queue, second.ReceiptHandle);

        Assert.Equal(first.MessageId, second.MessageId);
        Assert.Equal("2", second.Attributes[MessageSystemAttributeName.ApproximateReceiveCount]);
        Assert.Equal(0, (await Attributes()).ApproximateNumberOfMessagesNotVisible);
    }

    [Fact]
    public async Task an_empty_queue_answers_with_no_list_and_a_purged_one_is_empty()
    {
        await sqs.SendMessageAsync(queue, "gone");
        await sqs.PurgeQueueAsync(queue);

        // As in version 4 of the SDK, an absent list is null and not empty.
        Assert.Null((await sqs.ReceiveMessageAsync(queue)).Messages);
    }

    [Fact]
    public async Task an_unknown_queue_is_an_exception_of_its_own_with_the_code_of_the_older_protocol()
    {
        var error = await Assert.ThrowsAsync<QueueDoesNotExistException>(() => sqs.GetQueueUrlAsync(name + "-absent"));

        Assert.Equal("AWS.SimpleQueueService.NonExistentQueue", error.ErrorCode);
        Assert.Equal(HttpStatusCode.BadRequest, error.StatusCode);
    }

    [Fact]
    public async Task a_batch_of_eleven_is_refused_by_its_own_exception()
    {
        List<SendMessageBatchRequestEntry> eleven = [
            .. Enumerable.Range(0, 11).Select(number => new SendMessageBatchRequestEntry($"{number}", "text"))];

        await Assert.ThrowsAsync<TooManyEntriesInBatchRequestException>(() => sqs.SendMessageBatchAsync(queue, eleven));
    }

    private Task<GetQueueAttributesResponse> Attributes() => sqs.GetQueueAttributesAsync(queue, [QueueAttributeName.All]);

    private Task<ReceiveMessageResponse> Receive() => sqs.ReceiveMessageAsync(new ReceiveMessageRequest(queue)
    {
        MaxNumberOfMessages = 10,
        WaitTimeSeconds = 5,
        MessageAttributeNames = ["All"],
        MessageSystemAttributeNames = [MessageSystemAttributeName.All],
    });
}
