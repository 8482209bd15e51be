using Amazon.SQS.Model;
using MassTransit.Transports;
using SqsAttribute = Amazon.SQS.Model.MessageAttributeValue;

namespace MassTransit.AmazonSqsTransport;

/// <summary>Moves messages whose handling failed for good; the headers say what failed.</summary>
internal sealed class SqsErrorTransport(SqsHostConfiguration host, SqsQueueSettings destination)
    : SqsMoveTransport(host, destination), IErrorTransport
{
    public Task Send(ExceptionReceiveContext context) =>
        MoveAsync(context, attributes => Headers.CopyFrom(attributes, context.ExceptionHeaders));
}

/// <summary>Moves messages that no consumer of the endpoint wants.</summary>
internal sealed class SqsSkippedTransport(SqsHostConfiguration host, SqsQueueSettings destination)
    : SqsMoveTransport(host, destination), IDeadLetterTransport
{
    public Task Send(ReceiveContext context, string reason) =>
        MoveAsync(context, attributes => Headers.Set(attributes, MessageHeaders.Reason, reason ?? "Unspecified"));
}

/// <summary>Moves a received message as it is to another queue, with headers that say why.</summary>
internal abstract class SqsMoveTransport(SqsHostConfiguration host, SqsQueueSettings destination)
{
    private const int MostAttributes = 10;

    protected TransportSetHeaderAdapter<SqsAttribute> Headers { get; } = SqsHeaders.ForQueue(host.Settings.AllowHeader);

    protected async Task MoveAsync(ReceiveContext context, Action<Dictionary<string, SqsAttribute>> addReason)
    {
        var attributes = new Dictionary<string, SqsAttribute>();
        addReason(attributes);
        // SQS takes ten attributes at most: the reason goes before what the message brought.
        if (context.TryGetPayload(out Message? message))
            foreach (var (key, value) in message.MessageAttributes ?? [])
                if (!key.StartsWith("MT-", StringComparison.Ordinal) && attributes.Count < MostAttributes)
                    attributes.TryAdd(key, value);
        var queue = await host.Connection.GetQueueAsync(destination).WaitAsync(context.CancellationToken);
        var entry = new SendMessageBatchRequestEntry("", context.Body.GetString()) { MessageAttributes = attributes };
        // What is as large as SQS takes leaves no room for all of the reason. Without room it would come again for ever.
        while (QueueHandle.SizeOf(entry) > queue.MostBytes && Longest(attributes) is { } part)
            attributes.Remove(part);
        await queue.SendAsync(entry, context.CancellationToken);
    }

    // The longest part of the reason; its name goes last.
    private static string? Longest(Dictionary<string, SqsAttribute> attributes) => attributes
        .Where(attribute => attribute.Key.StartsWith("MT-", StringComparison.Ordinal))
        .OrderBy(attribute => attribute.Key == MessageHeaders.Reason).ThenByDescending(attribute => attribute.Value.StringValue?.Length)
        .Select(attribute => attribute.Key).FirstOrDefault();
}
