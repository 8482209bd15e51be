using Amazon.SimpleNotificationService;
using Amazon.SimpleNotificationService.Model;

namespace MassTransit.AmazonSqsTransport;

/// <summary>The subscriptions of queues to topics; with rights to use but not to create, it says what is missing.</summary>
/// <param name="sns">The client of SNS.</param>
internal sealed class SqsSubscriptions(IAmazonSimpleNotificationService sns)
{
    /// <summary>Subscribes a queue to a topic, with the attributes that both ask for.</summary>
    internal async Task SubscribeAsync(TopicHandle topic, QueueHandle queue, SqsTopic settings, SqsQueueSettings queueSettings,
        CancellationToken cancellationToken)
    {
        var wanted = SqsAttributes.Texts(settings.TopicSubscriptionAttributes) ?? [];
        foreach (var (name, value) in SqsAttributes.Texts(queueSettings.SubscriptionAttributes) ?? [])
            wanted[name] = value;
        wanted["RawMessageDelivery"] = "true";
        try
        {
            // Answers with the existing subscription when it has these attributes.
            await sns.SubscribeAsync(new SubscribeRequest(topic.Arn, "sqs", queue.Arn) { Attributes = wanted }, cancellationToken);
        }
        catch (InvalidParameterException exception) when (exception.Message.Contains("exists", StringComparison.Ordinal))
        {
            await UpdateAsync(topic, queue, wanted, cancellationToken);
        }
        catch (AmazonSimpleNotificationServiceException exception) when (Transient.IsDenied(exception))
        {
            await ReportAsync(topic, queue, exception, cancellationToken);
        }
    }

    private async Task UpdateAsync(TopicHandle topic, QueueHandle queue, Dictionary<string, string> wanted,
        CancellationToken cancellationToken)
    {
        try
        {
            if (await FindAsync(topic.Arn, queue.Arn, cancellationToken) is not { } subscription)
                return;
            var existing = (await sns.GetSubscriptionAttributesAsync(subscription, cancellationToken)).Attributes;
            foreach (var (name, value) in wanted)
            {
                if (existing.TryGetValue(name, out var current) && current == value)
                    continue;
                await sns.SetSubscriptionAttributesAsync(subscription, name, value, cancellationToken);
                LogContext.Info?.Log("Set {Attribute} of the subscription of queue {Queue} to topic {Topic}", name, queue.Name, topic.Name);
            }
        }
        catch (AmazonSimpleNotificationServiceException exception) when (Transient.IsDenied(exception))
        {
            LogContext.Warning?.Log("Queue {Queue} is subscribed to topic {Topic} with other attributes, "
                + "and reading or setting them is denied (sns:ListSubscriptionsByTopic, sns:GetSubscriptionAttributes, "
                + "sns:SetSubscriptionAttributes): {Error}",
                queue.Name, topic.Name, exception.Message);
        }
    }

    private async Task ReportAsync(TopicHandle topic, QueueHandle queue, Exception denied, CancellationToken cancellationToken)
    {
        try
        {
            if (await FindAsync(topic.Arn, queue.Arn, cancellationToken) is null)
                LogContext.Error?.Log("Queue {Queue} is not subscribed to topic {Topic}, so its messages do not arrive, "
                    + "and subscribing is denied (sns:Subscribe): {Error}",
                    queue.Name, topic.Name, denied.Message);
        }
        catch (AmazonSimpleNotificationServiceException exception) when (Transient.IsDenied(exception))
        {
            LogContext.Warning?.Log("Whether queue {Queue} is subscribed to topic {Topic} is unknown: "
                + "sns:Subscribe and sns:ListSubscriptionsByTopic are denied: {Error}",
                queue.Name, topic.Name, exception.Message);
        }
    }

    /// <summary>The ARN of a queue's subscription to a topic; null where there is none.</summary>
    internal async Task<string?> FindAsync(string topicArn, string queueArn, CancellationToken cancellationToken)
    {
        string? next = null;
        do
        {
            var page = await sns.ListSubscriptionsByTopicAsync(
                new ListSubscriptionsByTopicRequest(topicArn) { NextToken = next }, cancellationToken);
            if (page.Subscriptions?.Find(subscription => subscription.Protocol == "sqs" && subscription.Endpoint == queueArn) is { } found)
                return found.SubscriptionArn;
            next = page.NextToken;
        }
        while (!string.IsNullOrEmpty(next));
        return null;
    }
}
