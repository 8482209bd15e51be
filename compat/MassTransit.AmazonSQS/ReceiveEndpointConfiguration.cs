using MassTransit.Configuration;
using MassTransit.Transports;

namespace MassTransit.AmazonSqsTransport;

/// <summary>One receive endpoint: its queue, what the queue is subscribed to, and how messages are taken from it.</summary>
internal sealed class SqsReceiveEndpointConfiguration : ReceiveEndpointConfiguration, IAmazonSqsReceiveEndpointConfigurator
{
    private static readonly TimeSpan LongestVisibility = TimeSpan.FromHours(12);

    private readonly SqsHostConfiguration host;
    private readonly SqsEndpointConfiguration endpoint;
    private readonly Dictionary<string, SqsTopic> subscriptions = [];

    internal SqsReceiveEndpointConfiguration(SqsHostConfiguration host, string queueName, SqsEndpointConfiguration endpoint)
        : base(host, endpoint)
    {
        this.host = host;
        this.endpoint = endpoint;
        Queue = new SqsQueueSettings(queueName);
    }

    internal SqsQueueSettings Queue { get; }

    /// <summary>Where messages go whose handling failed for good.</summary>
    internal SqsQueueSettings ErrorQueue =>
        Queue.Sibling(endpoint.SqsTopology.Send.ErrorQueueNameFormatter.FormatErrorQueueName(Queue.Name));

    /// <summary>Where messages go that no consumer of the endpoint wants.</summary>
    internal SqsQueueSettings SkippedQueue =>
        Queue.Sibling(endpoint.SqsTopology.Send.DeadLetterQueueNameFormatter.FormatDeadLetterQueueName(Queue.Name));

    internal IReadOnlyCollection<SqsTopic> Subscriptions => subscriptions.Values;

    internal int WaitSeconds { get; private set; } = 3;

    internal bool Purge { get; private set; }

    internal int RedeliverAfterSeconds { get; private set; } = 1;

    internal TimeSpan LongestHandling { get; private set; } = LongestVisibility;

    internal int RenewalSeconds { get; private set; } = 60;

    internal SqsPublishTopology Published => endpoint.SqsTopology.Publish;

    public override Uri HostAddress => host.HostAddress;

    public override Uri InputAddress
    {
        get
        {
            var (region, scope) = SqsAddress.ParseHost(host.HostAddress);
            return new SqsAddress(region, scope, Queue.Name, IsTopic: false, Queue.IsTemporary).ToUri();
        }
    }

    public bool AutoDelete { set => Queue.IsTemporary = value; }

    public IDictionary<string, object> QueueAttributes => Queue.Attributes;

    public IDictionary<string, object> QueueSubscriptionAttributes => Queue.SubscriptionAttributes;

    public IDictionary<string, string> QueueTags => Queue.Tags;

    public ushort WaitTimeSeconds { set => WaitSeconds = value; }

    public bool PurgeOnStartup { set => Purge = value; }

    public int RedeliverVisibilityTimeout { set => RedeliverAfterSeconds = value; }

    public TimeSpan MaxVisibilityTimeout { set => LongestHandling = value < LongestVisibility ? value : LongestVisibility; }

    public int MaxVisibilityTimeoutRenewal { set => RenewalSeconds = Math.Max(value, 60); }

    public void Subscribe<T>(Action<IAmazonSqsTopicSubscriptionConfigurator>? callback = null) where T : class =>
        Subscribe(Published.For<T>().Topic, callback);

    public void Subscribe(string topicName, Action<IAmazonSqsTopicSubscriptionConfigurator>? callback = null) =>
        Subscribe(new SqsTopic(topicName), callback);

    private void Subscribe(SqsTopic topic, Action<IAmazonSqsTopicSubscriptionConfigurator>? callback)
    {
        if (callback is null)
        {
            subscriptions.TryAdd(topic.Name, topic);
            return;
        }
        // What is said about this subscription must not reach the other queues of the topic.
        var own = topic.Copy();
        callback(own);
        subscriptions[topic.Name] = own;
    }

    public override IEnumerable<ValidationResult> Validate()
    {
        // The suffix of the error queue must fit too.
        if (!SqsAddress.IsValidName(Queue.Name, maxLength: 80 - "_skipped".Length))
            yield return this.Failure(Queue.Name, "must be a queue name of at most 72 letters, digits, hyphens and underscores");
        if (PrefetchCount < 1)
            yield return this.Failure(Queue.Name, "PrefetchCount", $"must be at least 1, was {PrefetchCount}");
        if (WaitSeconds > 20)
            yield return this.Failure(Queue.Name, "WaitTimeSeconds", $"must be 0 to 20, was {WaitSeconds}");
        if (RedeliverAfterSeconds is < 0 or > 43200)
            yield return this.Failure(Queue.Name, "RedeliverVisibilityTimeout", $"must be 0 to 43200 seconds, was {RedeliverAfterSeconds}");
        if (RenewalSeconds > 43200)
            yield return this.Failure(Queue.Name, "MaxVisibilityTimeoutRenewal", $"must be at most 43200 seconds, was {RenewalSeconds}");
        if (Purge)
            yield return this.Warning(Queue.Name, "what is in the queue is thrown away when the bus starts");
        foreach (var result in base.Validate())
            yield return result.WithParentKey(Queue.Name);
    }

    public override ReceiveEndpointContext CreateReceiveEndpointContext() => CreateContext();

    internal void Build(IHost host)
    {
        var context = CreateContext();
        var built = new ReceiveEndpoint(new SqsReceiveTransport(context), context);
        host.AddReceiveEndpoint(Queue.Name, built);
        ReceiveEndpoint = built;
    }

    private SqsReceiveEndpointContext CreateContext()
    {
        ApplySpecifications(new Builder(this));
        var context = new SqsReceiveEndpointContext(host, this);
        var errors = new SqsErrorTransport(host, ErrorQueue);
        var skipped = new SqsSkippedTransport(host, SkippedQueue);
        context.GetOrAddPayload<IErrorTransport>(() => errors);
        context.GetOrAddPayload<IDeadLetterTransport>(() => skipped);
        context.GetOrAddPayload(() => host.Topology);
        return context;
    }

    /// <summary>Subscribes the queue to the topic of each message type that a consumer is connected for.</summary>
    private sealed class Builder(SqsReceiveEndpointConfiguration configuration) : ReceiveEndpointBuilder(configuration)
    {
        public override ConnectHandle ConnectConsumePipe<T>(IPipe<ConsumeContext<T>> pipe, ConnectPipeOptions options)
        {
            if (configuration.ConfigureConsumeTopology && options.HasFlag(ConnectPipeOptions.ConfigureConsumeTopology)
                && configuration.Topology.Consume.GetMessageTopology<T>().ConfigureConsumeTopology)
                configuration.Subscribe<T>();
            return base.ConnectConsumePipe(pipe, options);
        }
    }
}
