using Amazon.Runtime;
using Amazon.SimpleNotificationService;
using Amazon.SQS;
using MassTransit.AmazonSqsTransport;
using MassTransit.Transports;

namespace MassTransit;

public static class AmazonSqsBusFactoryConfiguratorExtensions
{
    /// <summary>Messages travel over Amazon SNS and SQS: one topic per message type, one queue per receive endpoint.</summary>
    public static void UsingAmazonSqs(this IBusRegistrationConfigurator configurator,
        Action<IBusRegistrationContext, IAmazonSqsBusFactoryConfigurator>? configure = null) =>
        configurator.SetBusFactory(new SqsRegistrationBusFactory(configure));

    /// <summary>The region's services by its name (or, with service URLs in the client configs, any name).</summary>
    public static void Host(this IAmazonSqsBusFactoryConfigurator configurator, string hostName,
        Action<IAmazonSqsHostConfigurator> configure) =>
        configurator.Host(new UriBuilder(SqsAddress.Scheme, hostName).Uri, configure);

    /// <summary>As by name, from an address <c>amazonsqs://region/scope</c>.</summary>
    public static void Host(this IAmazonSqsBusFactoryConfigurator configurator, Uri hostAddress,
        Action<IAmazonSqsHostConfigurator> configure)
    {
        var settings = new SqsHostSettings(hostAddress);
        configure(settings);
        ((SqsBusFactoryConfigurator)configurator).UseHost(settings);
    }
}

public interface IAmazonSqsBusFactoryConfigurator : IBusFactoryConfigurator<IAmazonSqsReceiveEndpointConfigurator>
{
    /// <summary>Sets attributes and tags of the topic of a message type.</summary>
    void Publish<T>(Action<IAmazonSqsMessagePublishTopologyConfigurator<T>>? configureTopology = null) where T : class;
}

public interface IAmazonSqsHostConfigurator
{
    void AccessKey(string accessKey);

    void SecretKey(string secretKey);

    /// <summary>Credentials to use instead of the SDK's default chain.</summary>
    void Credentials(AWSCredentials credentials);

    /// <summary>A name that appears in addresses and, with <paramref name="scopeTopics"/>, before the names of all topics.</summary>
    void Scope(string scope, bool scopeTopics = false);

    void EnableScopedTopics();

    void Config(AmazonSQSConfig? config);

    void Config(AmazonSimpleNotificationServiceConfig? config);

    /// <summary>Decides by header which ones become message attributes; SQS carries at most ten.</summary>
    void AllowTransportHeader(AllowTransportHeader? allowTransportHeader);
}

public interface IAmazonSqsTopicConfigurator
{
    IDictionary<string, object> TopicAttributes { get; }

    /// <summary>Attributes of every subscription to the topic, such as FilterPolicy. Raw message delivery is always on.</summary>
    IDictionary<string, object> TopicSubscriptionAttributes { get; }

    IDictionary<string, string> TopicTags { get; }
}

public interface IAmazonSqsTopicSubscriptionConfigurator : IAmazonSqsTopicConfigurator;

public interface IAmazonSqsMessagePublishTopologyConfigurator<TMessage>
    : IMessagePublishTopologyConfigurator<TMessage>, IAmazonSqsTopicConfigurator
    where TMessage : class;

public interface IAmazonSqsQueueConfigurator
{
    /// <summary>The queue and its subscriptions are deleted when the endpoint stops.</summary>
    bool AutoDelete { set; }

    /// <summary>Attributes of the queue when it is created, such as VisibilityTimeout; the error and skipped queues get them too.</summary>
    IDictionary<string, object> QueueAttributes { get; }

    IDictionary<string, object> QueueSubscriptionAttributes { get; }

    IDictionary<string, string> QueueTags { get; }
}

public interface IAmazonSqsQueueEndpointConfigurator : IAmazonSqsQueueConfigurator
{
    /// <summary>
    /// How long a receive waits for messages, 0 to 20 seconds; 3 by default. A clean stop waits for the receive in progress.
    /// </summary>
    ushort WaitTimeSeconds { set; }

    /// <summary>Throws away what is in the queue when the bus starts.</summary>
    bool PurgeOnStartup { set; }
}

public interface IAmazonSqsReceiveEndpointConfigurator : IReceiveEndpointConfigurator, IAmazonSqsQueueEndpointConfigurator
{
    /// <summary>Seconds after which SQS gives out again a message that could be neither handled nor moved; 1 by default.</summary>
    int RedeliverVisibilityTimeout { set; }

    /// <summary>
    /// The longest that one message is kept from other receivers while its handler runs; at most and by default 12 hours.
    /// </summary>
    TimeSpan MaxVisibilityTimeout { set; }

    /// <summary>Seconds by which a renewal extends, at most the queue's own timeout; at least and by default 60.</summary>
    int MaxVisibilityTimeoutRenewal { set; }

    /// <summary>Subscribes the queue to the topic of a message type that no consumer of the endpoint has.</summary>
    void Subscribe<T>(Action<IAmazonSqsTopicSubscriptionConfigurator>? callback = null) where T : class;

    /// <summary>Subscribes the queue to a topic by its name.</summary>
    void Subscribe(string topicName, Action<IAmazonSqsTopicSubscriptionConfigurator>? callback = null);
}
