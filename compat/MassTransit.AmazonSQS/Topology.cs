using System.Diagnostics.CodeAnalysis;
using MassTransit.Configuration;
using MassTransit.Topology;
using MassTransit.Transports;

namespace MassTransit.AmazonSqsTransport;

/// <summary>Names of topics as the official transport forms them: <c>Some_Namespace-TypeName</c>.</summary>
internal sealed class SqsMessageNameFormatter : IMessageNameFormatter
{
    private readonly DefaultMessageNameFormatter formatter = new("__", "--", "-", "_");

    // Only namespaces contain dots, which topic names must not.
    public string GetMessageName(Type type) => formatter.GetMessageName(type).Replace('.', '_');
}

internal interface ISqsMessagePublishTopology
{
    SqsTopic Topic { get; }

    bool Exclude { get; }
}

internal sealed class SqsMessagePublishTopology<TMessage>(IPublishTopology publishTopology, IMessageTopology<TMessage> messageTopology)
    : MessagePublishTopology<TMessage>(publishTopology), IAmazonSqsMessagePublishTopologyConfigurator<TMessage>, ISqsMessagePublishTopology
    where TMessage : class
{
    public SqsTopic Topic { get; } = new(messageTopology.EntityName, MessageTypeCache<TMessage>.IsTemporaryMessageType);

    public IDictionary<string, object> TopicAttributes => Topic.TopicAttributes;

    public IDictionary<string, object> TopicSubscriptionAttributes => Topic.TopicSubscriptionAttributes;

    public IDictionary<string, string> TopicTags => Topic.TopicTags;

    public override bool TryGetPublishAddress(Uri baseAddress, [NotNullWhen(true)] out Uri? publishAddress)
    {
        var (region, scope) = SqsAddress.ParseHost(baseAddress);
        publishAddress = new SqsAddress(region, scope, Topic.Name, IsTopic: true, Topic.IsTemporary).ToUri();
        return true;
    }
}

internal sealed class SqsPublishTopology(IMessageTopology messageTopology) : PublishTopology
{
    internal SqsMessagePublishTopology<T> For<T>() where T : class => (SqsMessagePublishTopology<T>)GetMessageTopology<T>();

    /// <summary>The topics of all message types that the configuration names.</summary>
    internal IReadOnlyCollection<SqsTopic> Topics()
    {
        List<SqsTopic> topics = [];
        ForEachMessageType<ISqsMessagePublishTopology>(message =>
        {
            if (!message.Exclude)
                topics.Add(message.Topic);
        });
        return topics;
    }

    protected override IMessagePublishTopologyConfigurator CreateMessageTopology<T>()
    {
        var created = new SqsMessagePublishTopology<T>(this, messageTopology.GetMessageTopology<T>());
        OnMessageTopologyCreated(created);
        return created;
    }
}

internal sealed class SqsConsumeTopology : ConsumeTopology
{
    // A queue name has at most 80 characters; the suffixes of its error and skipped queues need room.
    internal SqsConsumeTopology() : base(maxQueueNameLength: 72)
    {
    }

    protected override IMessageConsumeTopologyConfigurator CreateMessageTopology<T>()
    {
        var created = new MessageConsumeTopology<T>();
        OnMessageTopologyCreated(created);
        return created;
    }
}

internal sealed class SqsTopologyConfiguration : ITopologyConfiguration
{
    internal SqsTopologyConfiguration()
    {
        Message = new MessageTopology(new MessageNameFormatterEntityNameFormatter(new SqsMessageNameFormatter()));
        Send = new SendTopology();
        Send.ConnectSendTopologyConfigurationObserver(new DelegateSendTopologyConfigurationObserver(GlobalTopology.Send));
        Publish = new SqsPublishTopology(Message);
        Publish.ConnectPublishTopologyConfigurationObserver(new DelegatePublishTopologyConfigurationObserver(GlobalTopology.Publish));
        Publish.ConnectPublishTopologyConfigurationObserver(new PublishToSendTopologyConfigurationObserver(Send));
    }

    /// <summary>The topology of one endpoint: it shares all but what the endpoint consumes.</summary>
    internal SqsTopologyConfiguration(SqsTopologyConfiguration bus)
    {
        Message = bus.Message;
        Send = bus.Send;
        Publish = bus.Publish;
    }

    public IMessageTopologyConfigurator Message { get; }

    public ISendTopologyConfigurator Send { get; }

    public IConsumeTopologyConfigurator Consume { get; } = new SqsConsumeTopology();

    internal SqsPublishTopology Publish { get; }

    IPublishTopologyConfigurator ITopologyConfiguration.Publish => Publish;

    public IEnumerable<ValidationResult> Validate() =>
        Send.Validate().Concat(((ISpecification)Publish).Validate()).Concat(Consume.Validate());
}
