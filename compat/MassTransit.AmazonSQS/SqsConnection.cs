using System.Collections.Concurrent;
using Amazon.Auth.AccessControlPolicy;
using Amazon.SQS;
using Amazon.SQS.Model;
using Amazon.SimpleNotificationService;
using Amazon.SimpleNotificationService.Model;
using MassTransit.Middleware;

namespace MassTransit.AmazonSqsTransport;

/// <summary>
/// The clients of SNS and SQS and what is known of topics and queues. What an endpoint needs is looked up first and created when it is not
/// there; with rights to use but not to create, it works with what is there, and says what is missing and which action was denied.
/// </summary>
internal sealed class SqsConnection : Agent, IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, Lazy<Task<QueueHandle>>> queues = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Lazy<Task<TopicHandle>>> topics = new(StringComparer.Ordinal);
    private readonly IAmazonSQS sqs;
    private readonly IAmazonSimpleNotificationService sns;
    private readonly SqsSubscriptions subscriptions;
    private readonly TimeProvider time;
    private readonly CancellationTokenSource repeating = new();
    private Lazy<Task<Dictionary<string, string>?>> topicArns;

    internal SqsConnection(SqsHostSettings settings, TimeProvider time)
    {
        this.time = time;
        sqs = settings.CreateSqsClient();
        sns = settings.CreateSnsClient();
        subscriptions = new(sns);
        topicArns = new(ListTopicsAsync);
        SetReady();
    }

    internal IAmazonSQS Sqs => sqs;

    /// <summary>
    /// The bus is stopping: what fails for a passing reason is repeated for five more seconds only, so that the stop ends while the
    /// endpoint is away.
    /// </summary>
    internal void StopRepeatingSoon() => repeating.CancelAfter(TimeSpan.FromSeconds(5));

    internal Task<QueueHandle> GetQueueAsync(SqsQueueSettings queue) =>
        Cached(queues, queue.Name, () => FindOrCreateQueueAsync(queue));

    internal Task<TopicHandle> GetTopicAsync(SqsTopic topic) => Cached(topics, topic.Name, () => FindOrCreateTopicAsync(topic));

    /// <summary>Forgets a queue or topic that turned out not to exist any more; it is looked up again when next needed.</summary>
    internal void Forget(SqsQueueSettings queue) => queues.TryRemove(queue.Name, out _);

    internal void Forget(SqsTopic topic)
    {
        topicArns = new(ListTopicsAsync);
        topics.TryRemove(topic.Name, out _);
    }

    /// <summary>Makes sure of the queue, its topics, its subscriptions to them and its permission to receive from them.</summary>
    internal async Task<QueueHandle> SubscribeAsync(SqsQueueSettings queueSettings, IReadOnlyCollection<SqsTopic> subscribedTopics,
        CancellationToken cancellationToken)
    {
        var queue = await GetQueueAsync(queueSettings).WaitAsync(cancellationToken);
        var arns = await Task.WhenAll(subscribedTopics.Select(async topic =>
        {
            var handle = await GetTopicAsync(topic).WaitAsync(cancellationToken);
            await subscriptions.SubscribeAsync(handle, queue, topic, queueSettings, cancellationToken);
            return handle.Arn;
        }));
        await AllowAsync(queue, arns, cancellationToken);
        return queue;
    }

    /// <summary>Deletes a temporary queue, its subscriptions, and the temporary topics that it was subscribed to.</summary>
    internal async Task DeleteAsync(SqsQueueSettings queueSettings, IReadOnlyCollection<SqsTopic> subscribedTopics,
        CancellationToken cancellationToken)
    {
        var queue = await GetQueueAsync(queueSettings).WaitAsync(cancellationToken);
        foreach (var topic in subscribedTopics)
        {
            var handle = await GetTopicAsync(topic).WaitAsync(cancellationToken);
            if (await subscriptions.FindAsync(handle.Arn, queue.Arn, cancellationToken) is { } subscription)
                await sns.UnsubscribeAsync(subscription, cancellationToken);
            if (!topic.IsTemporary)
                continue;
            await sns.DeleteTopicAsync(handle.Arn, cancellationToken);
            Forget(topic);
        }
        await sqs.DeleteQueueAsync(queue.Url, cancellationToken);
        Forget(queueSettings);
    }

    protected override async Task StopAgent(StopContext context)
    {
        await DisposeAsync();
        await base.StopAgent(context);
    }

    public async ValueTask DisposeAsync()
    {
        await repeating.CancelAsync();
        foreach (var queue in queues.Values.Where(queue => queue is { IsValueCreated: true, Value.IsCompletedSuccessfully: true }))
            await queue.Value.Result.DisposeAsync();
        foreach (var topic in topics.Values.Where(topic => topic is { IsValueCreated: true, Value.IsCompletedSuccessfully: true }))
            await topic.Value.Result.DisposeAsync();
        sqs.Dispose();
        sns.Dispose();
        repeating.Dispose();
    }

    private static async Task<T> Cached<T>(ConcurrentDictionary<string, Lazy<Task<T>>> cache, string name, Func<Task<T>> find)
    {
        var lazy = cache.GetOrAdd(name, _ => new Lazy<Task<T>>(find));
        try
        {
            return await lazy.Value;
        }
        catch
        {
            // A failure is not remembered: the next one who asks tries again.
            cache.TryRemove(new KeyValuePair<string, Lazy<Task<T>>>(name, lazy));
            throw;
        }
    }

    private async Task<QueueHandle> FindOrCreateQueueAsync(SqsQueueSettings queue)
    {
        string url;
        try
        {
            url = (await sqs.GetQueueUrlAsync(queue.Name)).QueueUrl;
        }
        catch (QueueDoesNotExistException)
        {
            url = await CreateQueueAsync(queue);
        }
        var attributes = await sqs.GetQueueAttributesAsync(url, [QueueAttributeName.All]);
        return new QueueHandle(queue.Name, url, attributes.Attributes, sqs, time, repeating.Token);
    }

    private async Task<string> CreateQueueAsync(SqsQueueSettings queue)
    {
        try
        {
            var created = await sqs.CreateQueueAsync(new CreateQueueRequest(queue.Name)
            {
                Attributes = SqsAttributes.Texts(queue.Attributes),
                Tags = queue.Tags.Count == 0 ? null : new Dictionary<string, string>(queue.Tags),
            });
            LogContext.Info?.Log("Created queue {Queue}", queue.Name);
            return created.QueueUrl;
        }
        catch (AmazonSQSException exception) when (Transient.IsDenied(exception))
        {
            throw new AmazonSqsConnectionException(
                $"Queue {queue.Name} does not exist and creating it is denied (sqs:CreateQueue): {exception.Message}", exception);
        }
    }

    private async Task<TopicHandle> FindOrCreateTopicAsync(SqsTopic topic)
    {
        var known = await topicArns.Value;
        if (known is not null && known.TryGetValue(topic.Name, out var arn))
            return new TopicHandle(topic.Name, arn, sns, time, repeating.Token);
        try
        {
            // Answers with the existing topic if another process was first.
            var created = await sns.CreateTopicAsync(new CreateTopicRequest(topic.Name)
            {
                Attributes = SqsAttributes.Texts(topic.TopicAttributes),
                Tags = topic.TopicTags.Count == 0 ? null : [.. topic.TopicTags.Select(tag => new Tag { Key = tag.Key, Value = tag.Value })],
            });
            LogContext.Info?.Log("Created topic {Topic}", topic.Name);
            return new TopicHandle(topic.Name, created.TopicArn, sns, time, repeating.Token);
        }
        catch (AmazonSimpleNotificationServiceException exception) when (Transient.IsDenied(exception))
        {
            // Somebody may provision it later: then the list is read again.
            topicArns = new(ListTopicsAsync);
            throw new AmazonSqsConnectionException(known is null
                ? $"Topic {topic.Name} cannot be found nor created: sns:ListTopics and sns:CreateTopic are denied: {exception.Message}"
                : $"Topic {topic.Name} does not exist and creating it is denied (sns:CreateTopic): {exception.Message}", exception);
        }
    }

    /// <summary>The ARNs of the account's topics by name; null when listing is denied.</summary>
    private async Task<Dictionary<string, string>?> ListTopicsAsync()
    {
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        string? next = null;
        try
        {
            do
            {
                var page = await sns.ListTopicsAsync(new ListTopicsRequest { NextToken = next });
                foreach (var topic in page.Topics ?? [])
                    found[topic.TopicArn[(topic.TopicArn.LastIndexOf(':') + 1)..]] = topic.TopicArn;
                next = page.NextToken;
            }
            while (!string.IsNullOrEmpty(next));
            return found;
        }
        catch (AmazonSimpleNotificationServiceException exception) when (Transient.IsDenied(exception))
        {
            LogContext.Warning?.Log("Topics are looked up by creating them, because listing them is denied (sns:ListTopics): {Error}",
                exception.Message);
            return null;
        }
        catch
        {
            topicArns = new(ListTopicsAsync);
            throw;
        }
    }

    /// <summary>Lets SNS deliver from the topics into the queue, in the form in which the official transport writes the policy.</summary>
    private async Task AllowAsync(QueueHandle queue, string[] arns, CancellationToken cancellationToken)
    {
        var policy = string.IsNullOrEmpty(queue.Policy) ? new Policy() : Policy.FromJson(queue.Policy);
        var missing = arns.Where(arn => !QueuePolicy.Allows(policy, queue.Arn, arn)).ToArray();
        if (missing.Length == 0)
            return;
        QueuePolicy.Allow(policy, queue.Arn, missing);
        var json = policy.ToJson();
        try
        {
            await sqs.SetQueueAttributesAsync(queue.Url,
                new Dictionary<string, string> { [QueueAttributeName.Policy] = json }, cancellationToken);
            queue.Policy = json;
        }
        catch (AmazonSQSException exception) when (Transient.IsDenied(exception))
        {
            LogContext.Error?.Log("The policy of queue {Queue} does not let SNS deliver from {Topics}, and setting it is denied "
                + "(sqs:SetQueueAttributes): {Error}",
                queue.Name, string.Join(", ", missing), exception.Message);
        }
    }
}
