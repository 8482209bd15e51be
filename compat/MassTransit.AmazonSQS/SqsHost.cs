using MassTransit.Transports;

namespace MassTransit.AmazonSqsTransport;

internal sealed class SqsBusTopology(SqsHostConfiguration host, SqsTopologyConfiguration topology) : BusTopology(host, topology);

internal sealed class SqsHost(SqsHostConfiguration configuration, IBusTopology topology)
    : BaseHost(configuration, topology), IHost<IAmazonSqsReceiveEndpointConfigurator>
{
    public override HostReceiveEndpointHandle ConnectReceiveEndpoint(
        IEndpointDefinition definition, IEndpointNameFormatter? endpointNameFormatter = null,
        Action<IReceiveEndpointConfigurator>? configureEndpoint = null) =>
        Connect(definition, endpointNameFormatter, configureEndpoint);

    public override HostReceiveEndpointHandle ConnectReceiveEndpoint(
        string queueName, Action<IReceiveEndpointConfigurator>? configureEndpoint = null) =>
        Connect(queueName, configureEndpoint);

    HostReceiveEndpointHandle IReceiveConnector<IAmazonSqsReceiveEndpointConfigurator>.ConnectReceiveEndpoint(
        IEndpointDefinition definition,
        IEndpointNameFormatter? endpointNameFormatter, Action<IAmazonSqsReceiveEndpointConfigurator>? configureEndpoint) =>
        Connect(definition, endpointNameFormatter, configureEndpoint);

    HostReceiveEndpointHandle IReceiveConnector<IAmazonSqsReceiveEndpointConfigurator>.ConnectReceiveEndpoint(string queueName,
        Action<IAmazonSqsReceiveEndpointConfigurator>? configureEndpoint) => Connect(queueName, configureEndpoint);

    private HostReceiveEndpointHandle Connect(IEndpointDefinition definition, IEndpointNameFormatter? endpointNameFormatter,
        Action<IAmazonSqsReceiveEndpointConfigurator>? configureEndpoint) =>
        Connect(definition.GetEndpointName(endpointNameFormatter ?? DefaultEndpointNameFormatter.Instance), endpoint =>
        {
            configuration.ApplyDefinition(endpoint, definition);
            configureEndpoint?.Invoke(endpoint);
        });

    private HostReceiveEndpointHandle Connect(string queueName, Action<IAmazonSqsReceiveEndpointConfigurator>? configureEndpoint)
    {
        LogContext.SetCurrentIfNull(configuration.LogContext);
        var endpoint = configuration.AddEndpoint(queueName, configureEndpoint);
        endpoint.Validate().ThrowIfContainsFailure("The receive endpoint configuration is invalid:");
        endpoint.Build(this);
        return ReceiveEndpoints.Start(queueName);
    }

    protected override void Probe(ProbeContext context)
    {
        context.Set(new { Type = "AmazonSQS" });
        context.Add("address", configuration.HostAddress);
    }

    protected override IAgent[] GetAgentHandles() => [configuration.Connection];
}
