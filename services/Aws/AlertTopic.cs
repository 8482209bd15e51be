using System.Net;
using System.Net.Sockets;
using Amazon.Runtime;
using Amazon.SimpleNotificationService;
using Amazon.SimpleNotificationService.Model;

namespace Trading.Aws;

/// <summary>SNS did not take a message, or that is unknown.</summary>
/// <param name="message">Why, in one line.</param>
/// <param name="sent">False when it was certainly not taken; null when that is unknown.</param>
public sealed class AlertTopicException(string message, bool? sent) : Exception(message)
{
    /// <summary>False when the message was certainly not taken; null when that is unknown.</summary>
    public bool? Sent { get; } = sent;
}

/// <summary>An SNS topic that people subscribe to. Nothing is sent twice here; the caller decides about retries.</summary>
public sealed class AlertTopic : IDisposable
{
    private const int MaxSubject = 100;
    private readonly AmazonSimpleNotificationServiceClient _sns;
    private readonly string _topic;
    private volatile string? _arn;

    /// <summary>A topic.</summary>
    /// <param name="region">Region, for example eu-central-1.</param>
    /// <param name="serviceUrl">Another endpoint that speaks the protocol; AWS's own when null.</param>
    /// <param name="topic">ARN of the topic, or its name: then it is created when it is missing.</param>
    /// <param name="timeout">Most time for a message.</param>
    public AlertTopic(string region, string? serviceUrl, string topic, TimeSpan timeout)
    {
        (_sns, _topic) = (
            new(new AwsPlace(region, serviceUrl).Lead(new AmazonSimpleNotificationServiceConfig { Timeout = timeout, MaxErrorRetry = 0 })),
            topic);
        _arn = topic.StartsWith("arn:", StringComparison.Ordinal) ? topic : null;
    }

    /// <summary>Publishes a message with attributes, by which subscribers filter.</summary>
    /// <exception cref="AlertTopicException">It was not taken, or that is unknown.</exception>
    public async Task PublishAsync(string subject, string text, IReadOnlyDictionary<string, string> attributes,
        CancellationToken cancellation)
    {
        var request = new PublishRequest
        {
            TopicArn = _arn ??= await AskAsync(async () => (await _sns.CreateTopicAsync(_topic, cancellation)).TopicArn,
                false, cancellation),
            Subject = subject.Length <= MaxSubject ? subject : subject[..MaxSubject],
            Message = text,
            MessageAttributes = attributes.ToDictionary(attribute => attribute.Key,
                attribute => new MessageAttributeValue { DataType = "String", StringValue = attribute.Value }),
        };
        await AskAsync(() => _sns.PublishAsync(request, cancellation), null, cancellation);
    }

    /// <inheritdoc/>
    public void Dispose() => _sns.Dispose();

    /// <summary>
    /// Whether a server that refused a message may still have passed it on. After an internal or gateway error it may have; when it is
    /// unavailable it has not.
    /// </summary>
    public static bool MayHaveTaken(HttpStatusCode refusal) => (int)refusal >= 500 && refusal != HttpStatusCode.ServiceUnavailable;

    private static async Task<T> AskAsync<T>(Func<Task<T>> ask, bool? sentWithoutAnswer, CancellationToken cancellation)
    {
        try
        {
            return await ask();
        }
        catch (AmazonServiceException refused) when (refused.StatusCode != 0)
        {
            throw new AlertTopicException($"SNS answered {(int)refused.StatusCode} {refused.ErrorCode}: {refused.Message}",
                MayHaveTaken(refused.StatusCode) ? sentWithoutAnswer : false);
        }
        catch (Exception failure) when (failure is AmazonServiceException or AmazonClientException or HttpRequestException or IOException
            || (failure is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            // Without a connection nothing was sent; without an answer it is unknown.
            var unconnected = failure is AmazonClientException || failure.GetBaseException() is SocketException;
            throw new AlertTopicException($"SNS gave no answer: {failure.GetBaseException().Message}",
                unconnected ? false : sentWithoutAnswer);
        }
    }
}
