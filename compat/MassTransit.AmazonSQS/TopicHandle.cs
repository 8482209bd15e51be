using System.Globalization;
using System.Text;
using Amazon.SimpleNotificationService;
using Amazon.SimpleNotificationService.Model;

namespace MassTransit.AmazonSqsTransport;

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
