using Amazon;
using Amazon.Runtime;
using Amazon.SimpleNotificationService;
using Amazon.SQS;
using MassTransit.Configuration;
using MassTransit.Observables;
using MassTransit.Transports;
using MassTransit.Util;

namespace MassTransit.AmazonSqsTransport;

/// <summary>Which region or endpoint, with which credentials, and how names are scoped.</summary>
internal sealed class SqsHostSettings : IAmazonSqsHostConfigurator
{
    private readonly string region;
    private AWSCredentials? credentials;
    private AmazonSQSConfig? sqsConfig;
    private AmazonSimpleNotificationServiceConfig? snsConfig;
    private string? accessKey;
    private string? secretKey;
    private string scope;

    internal SqsHostSettings(Uri hostAddress)
    {
        (region, scope) = SqsAddress.ParseHost(hostAddress);
        if (hostAddress.UserInfo.Split(':') is [{ Length: > 0 } user, { Length: > 0 } password])
            credentials = new BasicAWSCredentials(Uri.UnescapeDataString(user), Uri.UnescapeDataString(password));
    }

    internal bool ScopeTopics { get; private set; }

    internal string TopicPrefix => ScopeTopics && scope != SqsAddress.NoScope ? scope + "_" : "";

    internal AllowTransportHeader? AllowHeader { get; private set; }

    internal Uri HostAddress => SqsAddress.HostAddress(region, scope);

    public void AccessKey(string accessKey) => SetKeys(accessKey, secretKey);

    public void SecretKey(string secretKey) => SetKeys(accessKey, secretKey);

    public void Credentials(AWSCredentials credentials) => this.credentials = credentials;

    public void Scope(string scope, bool scopeTopics = false)
    {
        this.scope = scope.Trim('/') is { Length: > 0 } name ? name : SqsAddress.NoScope;
        ScopeTopics |= scopeTopics;
    }

    public void EnableScopedTopics() => ScopeTopics = true;

    public void Config(AmazonSQSConfig? config) => sqsConfig = config;

    public void Config(AmazonSimpleNotificationServiceConfig? config) => snsConfig = config;

    public void AllowTransportHeader(AllowTransportHeader? allowTransportHeader) => AllowHeader = allowTransportHeader;

    internal IAmazonSQS CreateSqsClient()
    {
        var config = sqsConfig ?? new AmazonSQSConfig { RegionEndpoint = RegionEndpoint.GetBySystemName(region) };
        return credentials is null ? new AmazonSQSClient(config) : new AmazonSQSClient(credentials, config);
    }

    internal IAmazonSimpleNotificationService CreateSnsClient()
    {
        var config = snsConfig ?? new AmazonSimpleNotificationServiceConfig { RegionEndpoint = RegionEndpoint.GetBySystemName(region) };
        return credentials is null
            ? new AmazonSimpleNotificationServiceClient(config) : new AmazonSimpleNotificationServiceClient(credentials, config);
    }

    private void SetKeys(string? access, string? secret)
    {
        accessKey = access;
        secretKey = secret;
        if (!string.IsNullOrEmpty(access) && !string.IsNullOrEmpty(secret))
            credentials = new BasicAWSCredentials(access, secret);
    }
}

internal class SqsEndpointConfiguration : EndpointConfiguration
{
    internal SqsEndpointConfiguration(SqsTopologyConfiguration topology) : base(topology) => SqsTopology = topology;

    private SqsEndpointConfiguration(IEndpointConfiguration parent, SqsTopologyConfiguration topology, bool isBusEndpoint)
        : base(parent, topology, isBusEndpoint) => SqsTopology = topology;

    internal SqsTopologyConfiguration SqsTopology { get; }

    internal SqsEndpointConfiguration CreateEndpointConfiguration(bool isBusEndpoint = false) =>
        new(this, new SqsTopologyConfiguration(SqsTopology), isBusEndpoint);
}

internal sealed class SqsBusConfiguration : SqsEndpointConfiguration, IBusConfiguration
{
    private readonly BusObservable observers = new();

    internal SqsBusConfiguration() : base(new SqsTopologyConfiguration())
    {
        Host = new SqsHostConfiguration(this);
        BusEndpoint = CreateEndpointConfiguration(isBusEndpoint: true);
        observers.Connect(new StopObserver(Host));
    }

    internal SqsHostConfiguration Host { get; }

    internal SqsEndpointConfiguration BusEndpoint { get; }

    IHostConfiguration IBusConfiguration.HostConfiguration => Host;

    IEndpointConfiguration IBusConfiguration.BusEndpointConfiguration => BusEndpoint;

    IBusObserver IBusConfiguration.BusObservers => observers;

    public ConnectHandle ConnectBusObserver(IBusObserver observer) => observers.Connect(observer);

    public ConnectHandle ConnectEndpointConfigurationObserver(IEndpointConfigurationObserver observer) =>
        Host.ConnectEndpointConfigurationObserver(observer);
}

/// <summary>Tells the connection that the bus is about to stop, before its endpoints are stopped.</summary>
internal sealed class StopObserver(SqsHostConfiguration host) : IBusObserver
{
    public Task PreStop(IBus bus)
    {
        host.Connection.StopRepeatingSoon();
        return Task.CompletedTask;
    }

    public void PostCreate(IBus bus)
    {
    }

    public void CreateFaulted(Exception exception)
    {
    }

    public Task PreStart(IBus bus) => Task.CompletedTask;

    public Task PostStart(IBus bus, Task<BusReady> busReady) => Task.CompletedTask;

    public Task StartFaulted(IBus bus, Exception exception) => Task.CompletedTask;

    public Task PostStop(IBus bus) => Task.CompletedTask;

    public Task StopFaulted(IBus bus, Exception exception) => Task.CompletedTask;
}

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

internal sealed class SqsBusFactoryConfigurator(SqsBusConfiguration bus)
    : BusFactoryConfigurator(bus), IAmazonSqsBusFactoryConfigurator, IBusFactory
{
    internal void UseHost(SqsHostSettings settings) => bus.Host.Use(settings);

    void IAmazonSqsBusFactoryConfigurator.Publish<T>(Action<IAmazonSqsMessagePublishTopologyConfigurator<T>>? configureTopology) =>
        configureTopology?.Invoke(bus.SqsTopology.Publish.For<T>());

    public void ReceiveEndpoint(IEndpointDefinition definition, IEndpointNameFormatter? endpointNameFormatter,
        Action<IAmazonSqsReceiveEndpointConfigurator>? configureEndpoint = null) =>
        bus.Host.ReceiveEndpoint(definition, endpointNameFormatter, configureEndpoint);

    public void ReceiveEndpoint(IEndpointDefinition definition, IEndpointNameFormatter? endpointNameFormatter,
        Action<IReceiveEndpointConfigurator>? configureEndpoint = null) =>
        bus.Host.ReceiveEndpoint(definition, endpointNameFormatter, configureEndpoint);

    public void ReceiveEndpoint(string queueName, Action<IAmazonSqsReceiveEndpointConfigurator> configureEndpoint) =>
        bus.Host.ReceiveEndpoint(queueName, configureEndpoint);

    public void ReceiveEndpoint(string queueName, Action<IReceiveEndpointConfigurator> configureEndpoint) =>
        bus.Host.ReceiveEndpoint(queueName, configureEndpoint);

    /// <summary>The bus's own queue exists only while something listens to it, such as a request client.</summary>
    public IReceiveEndpointConfiguration CreateBusEndpointConfiguration(Action<IReceiveEndpointConfigurator>? configure)
    {
        var endpoint = new SqsReceiveEndpointConfiguration(bus.Host, bus.SqsTopology.Consume.CreateTemporaryQueueName("bus"),
            bus.BusEndpoint)
        { AutoDelete = true };
        return bus.Host.AddEndpoint(endpoint, configure);
    }
}

internal sealed class SqsRegistrationBusFactory : TransportRegistrationBusFactory<IAmazonSqsReceiveEndpointConfigurator>
{
    private readonly SqsBusConfiguration bus;
    private readonly Action<IBusRegistrationContext, IAmazonSqsBusFactoryConfigurator>? configure;

    internal SqsRegistrationBusFactory(Action<IBusRegistrationContext, IAmazonSqsBusFactoryConfigurator>? configure)
        : this(new SqsBusConfiguration(), configure)
    {
    }

    private SqsRegistrationBusFactory(SqsBusConfiguration bus, Action<IBusRegistrationContext, IAmazonSqsBusFactoryConfigurator>? configure)
        : base(bus.Host)
    {
        this.bus = bus;
        this.configure = configure;
    }

    public override IBusInstance CreateBus(
        IBusRegistrationContext context, IEnumerable<IBusInstanceSpecification> specifications, string busName) =>
        CreateBus<SqsBusFactoryConfigurator, IAmazonSqsBusFactoryConfigurator>(new SqsBusFactoryConfigurator(bus),
            context, configure, specifications);
}
