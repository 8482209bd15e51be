using MassTransit.Configuration;
using MassTransit.Transports;
using MassTransit.Util;

namespace MassTransit.AmazonSqsTransport;

internal sealed class SqsHostConfiguration : BaseHostConfiguration<SqsReceiveEndpointConfiguration, IAmazonSqsReceiveEndpointConfigurator>
{
    private readonly SqsBusConfiguration bus;
    private readonly SqsBusTopology topology;
    private readonly Recycle<SqsConnection> connection;

    internal SqsHostConfiguration(SqsBusConfiguration bus) : base(bus)
    {
        this.bus = bus;
        topology = new SqsBusTopology(this, bus.SqsTopology);
        connection = new Recycle<SqsConnection>(() => new SqsConnection(Settings, TimeProvider.System));
        // Retries are the transport's own; MassTransit asks for this policy only to report it.
        ReceiveTransportRetryPolicy = Retry.None;
    }

    internal SqsHostSettings Settings { get; private set; } = new(SqsAddress.HostAddress("us-east-1", SqsAddress.NoScope));

    /// <summary>The clients and what is known of topics and queues; a bus that is started again after a stop gets a new one.</summary>
    internal SqsConnection Connection => connection.Supervisor;

    public override Uri HostAddress => Settings.HostAddress;

    public override IBusTopology Topology => topology;

    public override IRetryPolicy ReceiveTransportRetryPolicy { get; }

    internal void Use(SqsHostSettings settings)
    {
        Settings = settings;
        if (settings.TopicPrefix.Length > 0)
            bus.SqsTopology.Message.SetEntityNameFormatter(
                new PrefixEntityNameFormatter(bus.SqsTopology.Message.EntityNameFormatter, settings.TopicPrefix));
    }

    internal void ApplyDefinition(IAmazonSqsReceiveEndpointConfigurator configurator, IEndpointDefinition definition)
    {
        if (definition.IsTemporary)
            configurator.AutoDelete = true;
        ApplyEndpointDefinition(configurator, definition);
    }

    internal SqsReceiveEndpointConfiguration AddEndpoint(string queueName, Action<IAmazonSqsReceiveEndpointConfigurator>? configure) =>
        AddEndpoint(new SqsReceiveEndpointConfiguration(this, queueName, bus.CreateEndpointConfiguration()), configure);

    internal SqsReceiveEndpointConfiguration AddEndpoint(
        SqsReceiveEndpointConfiguration endpoint, Action<IAmazonSqsReceiveEndpointConfigurator>? configure)
    {
        configure?.Invoke(endpoint);
        Observers.EndpointConfigured(endpoint);
        Add(endpoint);
        return endpoint;
    }

    public override void ReceiveEndpoint(IEndpointDefinition definition, IEndpointNameFormatter? endpointNameFormatter,
        Action<IAmazonSqsReceiveEndpointConfigurator>? configureEndpoint = null) =>
        ReceiveEndpoint(definition.GetEndpointName(endpointNameFormatter ?? DefaultEndpointNameFormatter.Instance), endpoint =>
        {
            ApplyDefinition(endpoint, definition);
            configureEndpoint?.Invoke(endpoint);
        });

    public override void ReceiveEndpoint(string queueName, Action<IAmazonSqsReceiveEndpointConfigurator>? configureEndpoint) =>
        AddEndpoint(queueName, configureEndpoint);

    public override IReceiveEndpointConfiguration CreateReceiveEndpointConfiguration(
        string queueName, Action<IReceiveEndpointConfigurator>? configure) =>
        AddEndpoint(queueName, configure);

    public override IHost Build()
    {
        var host = new SqsHost(this, topology);
        foreach (var endpoint in GetConfiguredEndpoints())
            endpoint.Build(host);
        return host;
    }
}
