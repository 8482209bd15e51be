namespace MassTransit.AmazonSqsTransport;

/// <summary>A queue that an endpoint receives from, or that failed messages are moved to.</summary>
internal sealed class SqsQueueSettings(string name)
{
    public string Name { get; } = name;

    public bool IsTemporary { get; set; }

    public IDictionary<string, object> Attributes { get; init; } = new Dictionary<string, object>();

    public IDictionary<string, object> SubscriptionAttributes { get; } = new Dictionary<string, object>();

    public IDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();

    /// <summary>A queue beside this one, created with the same attributes.</summary>
    internal SqsQueueSettings Sibling(string name) => new(name) { IsTemporary = IsTemporary, Attributes = Attributes, Tags = Tags };
}
