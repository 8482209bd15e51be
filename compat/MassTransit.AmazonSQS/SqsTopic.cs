namespace MassTransit.AmazonSqsTransport;

/// <summary>A topic that messages are published to.</summary>
internal sealed class SqsTopic(string name, bool isTemporary = false) : IAmazonSqsTopicSubscriptionConfigurator
{
    public string Name { get; } = SqsAddress.IsValidName(name, maxLength: 256)
        ? name
        : throw new AmazonSqsTransportConfigurationException(
            $"'{name}' is no name of a topic: at most 256 letters, digits, hyphens and underscores are allowed.");

    public bool IsTemporary { get; } = isTemporary;

    public IDictionary<string, object> TopicAttributes { get; private init; } = new Dictionary<string, object>();

    public IDictionary<string, object> TopicSubscriptionAttributes { get; private init; } = new Dictionary<string, object>();

    public IDictionary<string, string> TopicTags { get; private init; } = new Dictionary<string, string>();

    internal SqsTopic Copy() => new(Name, IsTemporary)
    {
        TopicAttributes = new Dictionary<string, object>(TopicAttributes),
        TopicSubscriptionAttributes = new Dictionary<string, object>(TopicSubscriptionAttributes),
        TopicTags = new Dictionary<string, string>(TopicTags),
    };
}
