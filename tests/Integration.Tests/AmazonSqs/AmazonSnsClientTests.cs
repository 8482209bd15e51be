using Amazon.SQS;
using Amazon.SQS.Model;
using Amazon.SimpleNotificationService;
using Amazon.SimpleNotificationService.Model;
using Trading.TestKit.Servers;
using Xunit;
using SnsAttribute = Amazon.SimpleNotificationService.Model.MessageAttributeValue;

namespace Trading.Integration.Tests.AmazonSqs;

public sealed class AmazonSnsClientTests : IAsyncLifetime
{
    private readonly string name = AwsEndpoint.NewName();
    private AmazonSQSClient sqs = null!;
    private AmazonSimpleNotificationServiceClient sns = null!;
    private string topic = null!;
    private string queue = null!;
    private string queueArn = null!;

    public async Task InitializeAsync()
    {
        var url = await AwsEndpoint.UrlAsync();
        sqs = AwsEndpoint.Sqs(url);
        sns = AwsEndpoint.Sns(url);
        topic = (await sns.CreateTopicAsync(new CreateTopicRequest(name) { Tags = [new() { Key = "team", Value = "trading" }] })).TopicArn;
        queue = (await sqs.CreateQueueAsync(name)).QueueUrl;
        queueArn = (await sqs.GetQueueAttributesAsync(queue, ["QueueArn"])).QueueARN;
    }

    public async Task DisposeAsync()
    {
        await sns.DeleteTopicAsync(topic);
        await sqs.DeleteQueueAsync(queue);
        sns.Dispose();
        sqs.Dispose();
    }

    [Fact]
    public async Task creating_a_topic_again_answers_with_the_same_one()
    {
        Assert.Equal(topic, (await sns.CreateTopicAsync(name)).TopicArn);
        Assert.Equal(topic, (await sns.GetTopicAttributesAsync(topic)).Attributes["TopicArn"]);
    }

    [Fact]
    public async Task all_topics_are_listed_page_by_page()
    {
        var more = await Task.WhenAll(
            Enumerable.Range(0, 120).Select(async number => (await sns.CreateTopicAsync($"{name}-{number}")).TopicArn));
        List<string> listed = [];
        string? next = null;
        do
        {
            var page = await sns.ListTopicsAsync(new ListTopicsRequest { NextToken = next });
            listed.AddRange(page.Topics.Select(found => found.TopicArn));
            next = page.NextToken;
        }
        while (!string.IsNullOrEmpty(next));
        await Task.WhenAll(more.Select(arn => sns.DeleteTopicAsync(arn)));

        Assert.Superset(more.Append(topic).ToHashSet(), listed.ToHashSet());
    }

    [Fact]
    public async Task topic_attributes_and_tags_are_set()
    {
        await sns.SetTopicAttributesAsync(topic, "DisplayName", "Prices & more");
        await sns.TagResourceAsync(new TagResourceRequest { ResourceArn = topic, Tags = [new() { Key = "stage", Value = "test" }] });

        Assert.Equal("Prices & more", (await sns.GetTopicAttributesAsync(topic)).Attributes["DisplayName"]);
    }

    [Fact]
    public async Task a_published_message_arrives_raw_in_a_subscribed_queue()
    {
        const string Text = "{\"note\":\"é <&> + % \u20AC\"}";
        await SubscribeRaw();

        await sns.PublishAsync(new PublishRequest(topic, Text) { MessageAttributes = new() { ["Kind"] = Attribute("price") } });

        var message = Assert.Single(await Receive());
        Assert.Equal(Text, message.Body);
        Assert.Equal("price", message.MessageAttributes["Kind"].StringValue);
    }

    [Fact]
    public async Task a_published_batch_arrives_whole()
    {
        await SubscribeRaw();

        var published = await sns.PublishBatchAsync(new PublishBatchRequest
        {
            TopicArn = topic,
            PublishBatchRequestEntries = [
                .. Enumerable.Range(0, 10).Select(number => new PublishBatchRequestEntry { Id = $"{number}", Message = $"text {number}" })],
        });

        Assert.Equal(10, published.Successful.Count);
        Assert.Empty(published.Failed);
        Assert.Equal(Enumerable.Range(0, 10).Select(number => $"text {number}"), (await Receive()).Select(message => message.Body).Order());
    }

    [Fact]
    public async Task a_filter_policy_keeps_messages_out()
    {
        var subscription = await SubscribeRaw();
        await sns.SetSubscriptionAttributesAsync(subscription, "FilterPolicy", """{"Kind":["price"]}""");

        await sns.PublishAsync(new PublishRequest(topic, "no") { MessageAttributes = new() { ["Kind"] = Attribute("trade") } });
        await sns.PublishAsync(new PublishRequest(topic, "yes") { MessageAttributes = new() { ["Kind"] = Attribute("price") } });

        Assert.Equal("""{"Kind":["price"]}""", (await sns.GetSubscriptionAttributesAsync(subscription)).Attributes["FilterPolicy"]);
        Assert.Equal("yes", Assert.Single(await Receive()).Body);
    }

    [Fact]
    public async Task a_subscription_is_listed_until_it_is_removed()
    {
        var subscription = await SubscribeRaw();
        var listed = Assert.Single((await sns.ListSubscriptionsByTopicAsync(topic)).Subscriptions);
        Assert.Equal((subscription, "sqs", queueArn, topic), (listed.SubscriptionArn, listed.Protocol, listed.Endpoint, listed.TopicArn));

        await sns.UnsubscribeAsync(subscription);

        Assert.Empty((await sns.ListSubscriptionsByTopicAsync(topic)).Subscriptions);
    }

    [Fact]
    public async Task an_unknown_topic_is_an_exception_of_its_own()
    {
        var error = await Assert.ThrowsAsync<NotFoundException>(() => sns.PublishAsync(topic + "-absent", "text"));

        Assert.Equal("NotFound", error.ErrorCode);
        Assert.False(string.IsNullOrEmpty(error.RequestId));
    }

    private static SnsAttribute Attribute(string text) => new() { DataType = "String", StringValue = text };

    private async Task<string> SubscribeRaw() =>
        (await sns.SubscribeAsync(
            new SubscribeRequest(topic, "sqs", queueArn) { Attributes = new() { ["RawMessageDelivery"] = "true" } })).SubscriptionArn;

    private async Task<List<Message>> Receive() => (await sqs.ReceiveMessageAsync(new ReceiveMessageRequest(queue)
    {
        MaxNumberOfMessages = 10,
        WaitTimeSeconds = 5,
        MessageAttributeNames = ["All"],
    })).Messages;
}
