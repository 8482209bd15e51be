using MassTransit;
using Trading.Hosting.Settings;

namespace Trading.Hosting.Messaging;

/// <summary>The endpoint of one consumer: named after its service, with the retries that all share.</summary>
public abstract class TradingConsumerDefinition<T> : ConsumerDefinition<T>
    where T : class, IConsumer
{
    /// <summary>Names the endpoint.</summary>
    protected TradingConsumerDefinition(TradingEndpoint endpoint, TradingSettings settings) =>
        EndpointName = endpoint.QueueName(settings.Scope);

    /// <inheritdoc/>
    protected override void ConfigureConsumer(
        IReceiveEndpointConfigurator endpointConfigurator, IConsumerConfigurator<T> consumerConfigurator, IRegistrationContext context)
    {
        endpointConfigurator.PrefetchCount = TradingServices.TakenMessages;
        endpointConfigurator.ConcurrentMessageLimit = TradingServices.ConcurrentMessages;
        // A message that failed goes to the error queue; nobody listens to Fault<T>, and services may publish no other topics.
        endpointConfigurator.PublishFaults = false;
        endpointConfigurator.UseMessageRetry(retry =>
        {
            retry.Intervals([.. TradingServices.RetryIntervals]);
            // A message that can never succeed goes to the error queue at once.
            retry.Ignore<ImpossibleMessageException>();
        });
    }
}
