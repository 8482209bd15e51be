using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Amazon.Auth.AccessControlPolicy;
using Amazon.SimpleNotificationService;
using Amazon.SimpleNotificationService.Model;
using Amazon.SQS;
using Amazon.SQS.Model;
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
    private readonly TimeProvider time;
    private readonly CancellationTokenSource repeating = new();
    private Lazy<Task<Dictionary<string, string>?>> topicArns;

    internal SqsConnection(SqsHostSettings settings, TimeProvider time)
    {
        this.time = time;
        sqs = settings.CreateSqsClient();
        sns = settings.CreateSnsClient();
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
            await SubscribeAsync(handle, queue, topic, queueSettings, cancellationToken);
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
            if (await FindSubscriptionAsync(handle.Arn, queue.Arn, cancellationToken) is { } subscription)
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
                Attributes = Texts(queue.Attributes),
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
                Attributes = Texts(topic.TopicAttributes),
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

    private async Task SubscribeAsync(TopicHandle topic, QueueHandle queue, SqsTopic settings, SqsQueueSettings queueSettings,
        CancellationToken cancellationToken)
    {
        var wanted = Texts(settings.TopicSubscriptionAttributes) ?? [];
        foreach (var (name, value) in Texts(queueSettings.SubscriptionAttributes) ?? [])
            wanted[name] = value;
        wanted["RawMessageDelivery"] = "true";
        try
        {
            // Answers with the existing subscription when it has these attributes.
            await sns.SubscribeAsync(new SubscribeRequest(topic.Arn, "sqs", queue.Arn) { Attributes = wanted }, cancellationToken);
        }
        catch (InvalidParameterException exception) when (exception.Message.Contains("exists", StringComparison.Ordinal))
        {
            await UpdateSubscriptionAsync(topic, queue, wanted, cancellationToken);
        }
        catch (AmazonSimpleNotificationServiceException exception) when (Transient.IsDenied(exception))
        {
            await ReportSubscriptionAsync(topic, queue, exception, cancellationToken);
        }
    }

    private async Task UpdateSubscriptionAsync(TopicHandle topic, QueueHandle queue, Dictionary<string, string> wanted,
        CancellationToken cancellationToken)
    {
        try
        {
            if (await FindSubscriptionAsync(topic.Arn, queue.Arn, cancellationToken) is not { } subscription)
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

    private async Task ReportSubscriptionAsync(TopicHandle topic, QueueHandle queue, Exception denied, CancellationToken cancellationToken)
    {
        try
        {
            if (await FindSubscriptionAsync(topic.Arn, queue.Arn, cancellationToken) is null)
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

    private async Task<string?> FindSubscriptionAsync(string topicArn, string queueArn, CancellationToken cancellationToken)
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

    private static Dictionary<string, string>? Texts(IDictionary<string, object> attributes) => attributes.Count == 0
        ? null
        : attributes.ToDictionary(attribute => attribute.Key, attribute => attribute.Value switch
        {
            bool flag => flag ? "true" : "false",
            var value => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
        });
}

/// <summary>The statement of a queue's policy that lets SNS send to it: one, with all topics in its condition.</summary>
internal static class QueuePolicy
{
    private const string SendMessage = "sqs:SendMessage";
    private const string Sns = "sns.amazonaws.com";

    internal static bool Allows(Policy policy, string queueArn, string topicArn)
    {
        var anyTopic = topicArn[..(topicArn.LastIndexOf(':') + 1)] + "*";
        return policy.Statements.Where(statement => statement.Resources.Any(resource => resource.Id == queueArn))
            .SelectMany(statement => statement.Conditions)
            .Any(condition => IsSourceArn(condition) && condition.Values.Any(value => value == topicArn || value == anyTopic));
    }

    internal static void Allow(Policy policy, string queueArn, string[] topicArns)
    {
        var statement = policy.Statements.FirstOrDefault(candidate => candidate.Effect == Statement.StatementEffect.Allow
            && candidate.Actions.Any(action => action.ActionName == SendMessage)
            && candidate.Resources.Any(resource => resource.Id == queueArn)
            && candidate.Principals.Any(principal => principal.Id == Sns));
        if (statement is null)
        {
            statement = new Statement(Statement.StatementEffect.Allow);
            statement.Actions.Add(new ActionIdentifier(SendMessage));
            statement.Resources.Add(new Resource(queueArn));
            statement.Principals.Add(new Principal("Service", Sns));
            policy.Statements.Add(statement);
        }
        var condition = statement.Conditions.FirstOrDefault(IsSourceArn);
        if (condition is null)
            statement.Conditions.Add(
                new Condition(nameof(ConditionFactory.ArnComparisonType.ArnLike), ConditionFactory.SOURCE_ARN_CONDITION_KEY, topicArns));
        else
            condition.Values = [.. condition.Values.Concat(topicArns).Distinct()];
    }

    private static bool IsSourceArn(Condition condition) =>
        condition.Type.Equals(nameof(ConditionFactory.ArnComparisonType.ArnLike), StringComparison.OrdinalIgnoreCase)
        && condition.ConditionKey.Equals(ConditionFactory.SOURCE_ARN_CONDITION_KEY, StringComparison.OrdinalIgnoreCase);
}

/// <summary>A queue that exists, with the batches of what is sent to it and deleted from it.</summary>
internal sealed class QueueHandle : IAsyncDisposable
{
    private readonly Batcher<SendMessageBatchRequestEntry> sends;
    private readonly Batcher<DeleteMessageBatchRequestEntry> deletes;
    private readonly Batcher<ChangeMessageVisibilityBatchRequestEntry> visibilities;

    internal QueueHandle(string name, string url, Dictionary<string, string> attributes, IAmazonSQS sqs,
        TimeProvider time, CancellationToken stopping)
    {
        Name = name;
        Url = url;
        Arn = attributes.GetValueOrDefault(QueueAttributeName.QueueArn)
            ?? throw new AmazonSqsTransportException($"Queue {name} has no ARN in its attributes.");
        Policy = attributes.GetValueOrDefault(QueueAttributeName.Policy);
        VisibilityTimeout = TimeSpan.FromSeconds(int.TryParse(
            attributes.GetValueOrDefault(QueueAttributeName.VisibilityTimeout), NumberStyles.None,
            CultureInfo.InvariantCulture, out var seconds) ? seconds : 30);
        sends = new($"send to queue {name}", time, SizeOf, async (batch, cancellationToken) =>
        {
            for (var position = 0; position < batch.Count; position++)
                batch[position].Id = position.ToString(CultureInfo.InvariantCulture);
            return Failures((await sqs.SendMessageBatchAsync(url, [.. batch], cancellationToken)).Failed);
        }, stopping);
        deletes = new($"delete from queue {name}", time, _ => 0, async (batch, cancellationToken) =>
        {
            for (var position = 0; position < batch.Count; position++)
                batch[position].Id = position.ToString(CultureInfo.InvariantCulture);
            return Failures((await sqs.DeleteMessageBatchAsync(url, [.. batch], cancellationToken)).Failed);
        }, stopping);
        visibilities = new($"change visibility in queue {name}", time, _ => 0, async (batch, cancellationToken) =>
        {
            for (var position = 0; position < batch.Count; position++)
                batch[position].Id = position.ToString(CultureInfo.InvariantCulture);
            return Failures((await sqs.ChangeMessageVisibilityBatchAsync(url, [.. batch], cancellationToken)).Failed);
        }, stopping);
    }

    internal string Name { get; }

    internal string Url { get; }

    internal string Arn { get; }

    internal string? Policy { get; set; }

    internal TimeSpan VisibilityTimeout { get; }

    internal Task SendAsync(SendMessageBatchRequestEntry entry, CancellationToken cancellationToken) =>
        sends.AddAsync(entry, cancellationToken);

    internal Task DeleteAsync(string receiptHandle, CancellationToken cancellationToken) =>
        deletes.AddAsync(new("", receiptHandle), cancellationToken);

    internal Task ChangeVisibilityAsync(string receiptHandle, int seconds, CancellationToken cancellationToken) =>
        visibilities.AddAsync(new("", receiptHandle) { VisibilityTimeout = seconds }, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await sends.DisposeAsync();
        await deletes.DisposeAsync();
        await visibilities.DisposeAsync();
    }

    private static int SizeOf(SendMessageBatchRequestEntry entry) => Encoding.UTF8.GetByteCount(entry.MessageBody)
        + entry.MessageAttributes.Sum(
            attribute => Encoding.UTF8.GetByteCount(attribute.Key + attribute.Value.DataType + attribute.Value.StringValue));

    private static IEnumerable<BatchFailure> Failures(List<Amazon.SQS.Model.BatchResultErrorEntry>? failed) =>
        (failed ?? []).Select(entry => new BatchFailure(int.Parse(entry.Id, CultureInfo.InvariantCulture), entry.Code, entry.Message));
}

/// <summary>A topic that exists, with the batches of what is published to it.</summary>
internal sealed class TopicHandle : IAsyncDisposable
{
    private readonly Batcher<PublishBatchRequestEntry> publishes;

    internal TopicHandle(string name, string arn, IAmazonSimpleNotificationService sns, TimeProvider time, CancellationToken stopping)
    {
        Name = name;
        Arn = arn;
        publishes = new($"publish to topic {name}", time, SizeOf, async (batch, cancellationToken) =>
        {
            for (var position = 0; position < batch.Count; position++)
                batch[position].Id = position.ToString(CultureInfo.InvariantCulture);
            var response = await sns.PublishBatchAsync(
                new PublishBatchRequest { TopicArn = arn, PublishBatchRequestEntries = [.. batch] }, cancellationToken);
            return (response.Failed ?? [])
                .Select(entry => new BatchFailure(int.Parse(entry.Id, CultureInfo.InvariantCulture), entry.Code, entry.Message));
        }, stopping);
    }

    internal string Name { get; }

    internal string Arn { get; }

    internal Task PublishAsync(PublishBatchRequestEntry entry, CancellationToken cancellationToken) =>
        publishes.AddAsync(entry, cancellationToken);

    public ValueTask DisposeAsync() => publishes.DisposeAsync();

    private static int SizeOf(PublishBatchRequestEntry entry) => Encoding.UTF8.GetByteCount(entry.Message)
        + entry.MessageAttributes.Sum(
            attribute => Encoding.UTF8.GetByteCount(attribute.Key + attribute.Value.DataType + attribute.Value.StringValue));
}
