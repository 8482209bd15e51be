using MassTransit.Transports;

namespace MassTransit.AmazonSqsTransport;

/// <summary>What the parts of a running endpoint share.</summary>
internal sealed class SqsReceiveEndpointContext(SqsHostConfiguration host, SqsReceiveEndpointConfiguration configuration)
    : BaseReceiveEndpointContext(host, configuration)
{
    internal SqsHostConfiguration Host => host;

    internal SqsReceiveEndpointConfiguration Configuration => configuration;

    internal int ConcurrencyLimit => ConcurrentMessageLimit ?? PrefetchCount;

    public override void AddSendAgent(IAgent agent) =>
        throw new NotSupportedException("The connection of this transport is stopped by its host.");

    public override void AddConsumeAgent(IAgent agent) =>
        throw new NotSupportedException("The receiver of this transport is stopped by its endpoint.");

    public override Exception ConvertException(Exception exception, string message) => new AmazonSqsConnectionException(message, exception);

    /// <summary>The topology in the form of the official transport's probe.</summary>
    public override void Probe(ProbeContext context)
    {
        context.Add("type", "AmazonSQS");
        context.Set(new
        {
            EntityName = configuration.Queue.Name,
            Durable = !configuration.Queue.IsTemporary,
            AutoDelete = configuration.Queue.IsTemporary,
            configuration.PrefetchCount,
            ConcurrentMessageLimit = ConcurrencyLimit,
            WaitTimeSeconds = configuration.WaitSeconds,
            PurgeOnStartup = configuration.Purge,
        });
        var topology = context.CreateScope("topology");
        foreach (var topic in configuration.Subscriptions)
            topology.CreateScope("topic").Set(new { topic.Name, Durable = !topic.IsTemporary, AutoDelete = topic.IsTemporary });
        topology.CreateScope("queue").Set(
            new { configuration.Queue.Name, Durable = !configuration.Queue.IsTemporary, AutoDelete = configuration.Queue.IsTemporary });
        foreach (var topic in configuration.Subscriptions)
            topology.CreateScope("queueSubscription").Set(new { Source = topic.Name, Destination = configuration.Queue.Name });
    }

    protected override ISendTransportProvider CreateSendTransportProvider() => new SqsTransportProvider(host, this);

    protected override IPublishTransportProvider CreatePublishTransportProvider() => new SqsTransportProvider(host, this);
}
