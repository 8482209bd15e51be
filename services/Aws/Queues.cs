using System.Globalization;
using Amazon.Runtime;
using Amazon.SQS;
using Amazon.SQS.Model;

namespace Trading.Aws;

/// <summary>Reads queues and handles the messages in error queues.</summary>
public sealed class Queues : IDisposable
{
    private const int Batch = 10;
    private readonly AmazonSQSClient _sqs;
    private readonly TimeProvider _clock;

    /// <summary>Connects; credentials come from the SDK's chain.</summary>
    public Queues(AmazonSqsOptions options, TimeProvider clock)
    {
        _clock = clock;
        _sqs = new AmazonSQSClient(new AwsPlace(options.Region, options.ServiceUrl).Lead(new AmazonSQSConfig()));
    }

    /// <summary>Whether a failure of SQS is the user's to correct, not a bug.</summary>
    public static bool IsUsersError(Exception failure) =>
        failure is AmazonServiceException or AmazonClientException or HttpRequestException;

    /// <summary>All queues whose name begins with a prefix, by name.</summary>
    public async Task<IReadOnlyList<QueueDepth>> ListAsync(string prefix, CancellationToken cancellation)
    {
        var depths = new List<QueueDepth>();
        string? next = null;
        do
        {
            var page = await _sqs.ListQueuesAsync(
                new ListQueuesRequest { QueueNamePrefix = prefix, NextToken = next, MaxResults = 100 }, cancellation);
            foreach (var url in page.QueueUrls ?? [])
                depths.Add(await DepthAsync(url, cancellation));
            next = page.NextToken;
        }
        while (!string.IsNullOrEmpty(next));
        return [.. depths.OrderBy(depth => depth.Name, StringComparer.Ordinal)];
    }

    /// <summary>
    /// The error and skipped queues whose name begins with a prefix, and how many messages wait in each; nothing is received.
    /// </summary>
    public async Task<IReadOnlyList<(string Name, int Waiting)>> StuckAsync(string prefix, CancellationToken cancellation)
    {
        var stuck = new List<(string, int)>();
        string? next = null;
        do
        {
            var page = await _sqs.ListQueuesAsync(
                new ListQueuesRequest { QueueNamePrefix = prefix, NextToken = next, MaxResults = 100 }, cancellation);
            foreach (var url in (page.QueueUrls ?? [])
                .Where(url => url.EndsWith("_error", StringComparison.Ordinal) || url.EndsWith("_skipped", StringComparison.Ordinal)))
            {
                var attributes = (await _sqs.GetQueueAttributesAsync(
                    new GetQueueAttributesRequest { QueueUrl = url, AttributeNames = ["ApproximateNumberOfMessages"] },
                    cancellation)).Attributes;
                stuck.Add((url[(url.LastIndexOf('/') + 1)..],
                    int.Parse(attributes["ApproximateNumberOfMessages"], CultureInfo.InvariantCulture)));
            }
            next = page.NextToken;
        }
        while (!string.IsNullOrEmpty(next));
        return stuck;
    }

    /// <summary>Up to ten of the waiting messages; they stay in the queue.</summary>
    public async Task<IReadOnlyList<WaitingMessage>> PeekAsync(string queue, CancellationToken cancellation) =>
        [.. (await ReceiveAsync(await UrlAsync(queue, cancellation), visibilitySeconds: 0, cancellation)).Select(QueuedMessage.Read)];

    /// <summary>
    /// Moves the messages of an error or skipped queue back to the queue that they came from; a message is deleted only after it was sent.
    /// Messages that fail again meanwhile stay.
    /// </summary>
    /// <returns>How many were moved.</returns>
    /// <exception cref="ArgumentException">The queue is neither an error nor a skipped queue.</exception>
    public async Task<int> ReplayAsync(string queue, CancellationToken cancellation)
    {
        var target = queue.EndsWith("_error", StringComparison.Ordinal) ? queue[..^"_error".Length]
            : queue.EndsWith("_skipped", StringComparison.Ordinal) ? queue[..^"_skipped".Length]
            : throw new ArgumentException($"only queues that end in _error or _skipped can be replayed, was {queue}", nameof(queue));
        var (from, to) = (await UrlAsync(queue, cancellation), await UrlAsync(target, cancellation));
        var (moved, begin, back) = (0, _clock.GetUtcNow(), new List<Message>());
        while (await ReceiveAsync(from, visibilitySeconds: 60, cancellation) is { Count: > 0 } messages)
        {
            foreach (var message in messages)
            {
                if (QueuedMessage.SentAt(message) > begin)
                {
                    back.Add(message);
                    continue;
                }
                await _sqs.SendMessageAsync(
                    new SendMessageRequest
                    {
                        QueueUrl = to, MessageBody = message.Body, MessageAttributes = QueuedMessage.WithoutFault(message),
                    },
                    cancellation);
                await _sqs.DeleteMessageAsync(
                    new DeleteMessageRequest { QueueUrl = from, ReceiptHandle = message.ReceiptHandle }, cancellation);
                moved++;
            }
        }
        foreach (var message in back)
            await _sqs.ChangeMessageVisibilityAsync(from, message.ReceiptHandle, 0, cancellation);
        return moved;
    }

    /// <summary>Deletes all messages of a queue.</summary>
    public async Task PurgeAsync(string queue, CancellationToken cancellation) =>
        await _sqs.PurgeQueueAsync(new PurgeQueueRequest { QueueUrl = await UrlAsync(queue, cancellation) }, cancellation);

    /// <inheritdoc/>
    public void Dispose() => _sqs.Dispose();

    private async Task<string> UrlAsync(string queue, CancellationToken cancellation) =>
        (await _sqs.GetQueueUrlAsync(new GetQueueUrlRequest { QueueName = queue }, cancellation)).QueueUrl;

    private async Task<QueueDepth> DepthAsync(string url, CancellationToken cancellation)
    {
        var attributes = (await _sqs.GetQueueAttributesAsync(
            new GetQueueAttributesRequest
            {
                QueueUrl = url,
                AttributeNames = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
            }, cancellation)).Attributes;
        var waiting = int.Parse(attributes["ApproximateNumberOfMessages"], CultureInfo.InvariantCulture);
        var inFlight = int.Parse(attributes["ApproximateNumberOfMessagesNotVisible"], CultureInfo.InvariantCulture);
        var oldest = waiting == 0 ? null : (await ReceiveAsync(url, visibilitySeconds: 0, cancellation)).Min(QueuedMessage.SentAt);
        return new(url[(url.LastIndexOf('/') + 1)..], waiting, inFlight, oldest);
    }

    private async Task<List<Message>> ReceiveAsync(string url, int visibilitySeconds, CancellationToken cancellation) =>
        (await _sqs.ReceiveMessageAsync(
            new ReceiveMessageRequest
            {
                QueueUrl = url,
                MaxNumberOfMessages = Batch,
                VisibilityTimeout = visibilitySeconds,
                WaitTimeSeconds = 1,
                MessageAttributeNames = ["All"],
                MessageSystemAttributeNames = ["All"],
            },
            cancellation)).Messages ?? [];
}
