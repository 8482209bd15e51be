using System.Globalization;
using System.Text;
using Amazon.SQS;
using Amazon.SQS.Model;

namespace MassTransit.AmazonSqsTransport;

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
        MostBytes = int.TryParse(attributes.GetValueOrDefault(QueueAttributeName.MaximumMessageSize), NumberStyles.None,
            CultureInfo.InvariantCulture, out var most) ? most : 256 * 1024;
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

    /// <summary>Most bytes of a message, its attributes included.</summary>
    internal int MostBytes { get; }

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

    /// <summary>The bytes that SQS counts.</summary>
    internal static int SizeOf(SendMessageBatchRequestEntry entry) => Encoding.UTF8.GetByteCount(entry.MessageBody)
        + entry.MessageAttributes.Sum(attribute => (int)(attribute.Value.BinaryValue?.Length ?? 0)
            + Encoding.UTF8.GetByteCount(attribute.Key + attribute.Value.DataType + attribute.Value.StringValue));

    private static IEnumerable<BatchFailure> Failures(List<Amazon.SQS.Model.BatchResultErrorEntry>? failed) =>
        (failed ?? []).Select(entry => new BatchFailure(int.Parse(entry.Id, CultureInfo.InvariantCulture), entry.Code, entry.Message));
}
