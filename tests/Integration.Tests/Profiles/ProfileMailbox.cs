using Amazon.Runtime;
using Amazon.SQS;
using Amazon.SQS.Model;
using Amazon.SimpleNotificationService;
using Amazon.SimpleNotificationService.Model;
using Trading.Hosting.Settings;
using Trading.LocalServers;

namespace Trading.Integration.Tests.Profiles;

/// <summary>A subscriber of the alerts' topic.</summary>
internal sealed class ProfileMailbox
{
    private readonly AmazonSQSClient _sqs;
    private readonly string _queue;

    private ProfileMailbox(AmazonSQSClient sqs, string queue) => (_sqs, _queue) = (sqs, queue);

    /// <summary>Subscribes a queue of its own to the topic.</summary>
    public static async Task<ProfileMailbox> SubscribeAsync(LocalAws aws, AmazonSQSClient sqs, TradingSettings settings)
    {
        using var sns = new AmazonSimpleNotificationServiceClient(new BasicAWSCredentials("local", "local"),
            new AmazonSimpleNotificationServiceConfig { ServiceURL = aws.Url.ToString(), AuthenticationRegion = settings.AwsRegion });
        var topic = (await sns.CreateTopicAsync($"{settings.Scope}-trade-alerts")).TopicArn;
        var mailbox = (await sqs.CreateQueueAsync($"{settings.Scope}-mailbox")).QueueUrl;
        var queue = (await sqs.GetQueueAttributesAsync(mailbox, ["QueueArn"])).Attributes["QueueArn"];
        await sns.SubscribeAsync(
            new SubscribeRequest
            {
                TopicArn = topic,
                Protocol = "sqs",
                Endpoint = queue,
                Attributes = new() { ["RawMessageDelivery"] = "true" }
            });
        return new(sqs, mailbox);
    }

    /// <summary>What it has got.</summary>
    public async Task<List<Message>> MailAsync()
    {
        var mail = new List<Message>();
        while ((await _sqs.ReceiveMessageAsync(new ReceiveMessageRequest(
            _queue)
        { MaxNumberOfMessages = 10, WaitTimeSeconds = 1, MessageAttributeNames = ["All"] })).Messages is { Count: > 0 } more)
        {
            mail.AddRange(more);
            foreach (var message in more)
                await _sqs.DeleteMessageAsync(_queue, message.ReceiptHandle);
        }
        return mail;
    }
}
