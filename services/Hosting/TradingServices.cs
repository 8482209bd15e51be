using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Trading.Contracts;
using Trading.Core;
using Trading.Journal;

namespace Trading.Hosting;

/// <summary>What a service registers itself on: its container, its consumers, and the settings that both follow.</summary>
/// <param name="Services">The container.</param>
/// <param name="Bus">The consumers; one bus for the whole process.</param>
/// <param name="Options">Settings and switches.</param>
public sealed record TradingServices(IServiceCollection Services, IBusRegistrationConfigurator Bus, StartOptions Options)
{
    /// <summary>The settings.</summary>
    public TradingSettings Settings => Options.Settings;

    /// <summary>Gives the program the operator's control pages.</summary>
    public void AddControl() => Services.TryAddSingleton<IOperatorControl>(
        services => new JournalControl(services.GetRequiredService<TradeJournal>(), Settings.Account, services.GetRequiredService<TimeProvider>()));

    /// <summary>Messages of an endpoint that one process handles at a time; each may need a connection to the journal.</summary>
    public const int ConcurrentMessages = 16;

    /// <summary>Messages of an endpoint that one process takes: enough to be receiving and deleting by ten while others are handled, few enough that replicas share a burst.</summary>
    public const int TakenMessages = 40;

    /// <summary>
    /// How often and after how long a failed message is tried again before it goes to the error queue. Outages of a database or an exchange end within
    /// these; a message that fails for good blocks its queue's place for no longer, and one that can never work (<see cref="ImpossibleMessageException"/>) is not tried again.
    /// </summary>
    public static IReadOnlyList<TimeSpan> RetryIntervals { get; } =
    [
        TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(3),
        TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(30),
    ];
}

/// <summary>A queue and what is put into it.</summary>
/// <param name="Name">Name of the queue, without the scope.</param>
/// <param name="Consumes">The messages that its service handles.</param>
/// <param name="Publishes">The messages that its service publishes.</param>
public sealed record TradingEndpoint(string Name, IReadOnlyList<Type> Consumes, IReadOnlyList<Type> Publishes)
{
    /// <summary>Predictor's queue.</summary>
    public static readonly TradingEndpoint Predictor = new("predictor", [typeof(PriceObserved)], [typeof(PredictionMade)]);

    /// <summary>RiskManager's queue.</summary>
    public static readonly TradingEndpoint RiskManager = new("risk-manager", [typeof(PriceObserved), typeof(PredictionMade)], [typeof(RiskAssessed)]);

    /// <summary>Executor's queue.</summary>
    public static readonly TradingEndpoint Executor = new("executor", [typeof(RiskAssessed)], [typeof(TradeExecuted)]);

    /// <summary>The queue by which PriceCollector learns of decisions; used in recorded runs alone.</summary>
    public static readonly TradingEndpoint Decisions = new("price-collector-decisions", [typeof(RiskAssessed), typeof(TradeExecuted)], [typeof(PriceObserved)]);

    /// <summary>The queue of alerts about trades, beside the Executor's; used where Trading:Alerts names a way.</summary>
    public static readonly TradingEndpoint Alerts = new("alerts", [typeof(TradeExecuted)], []);

    /// <summary>The queue by which the trade history table learns of ended trades; used where Trading:TradeStores names it.</summary>
    public static readonly TradingEndpoint TradeTable = new("trade-table", [typeof(TradeExecuted)], []);

    /// <summary>The queues that these settings need.</summary>
    public static IReadOnlyList<TradingEndpoint> Of(TradingSettings settings) =>
        [.. All.Where(endpoint => endpoint != Alerts || settings.Alerts.Count > 0), .. settings.TradeStores.Count > 0 ? [TradeTable] : Array.Empty<TradingEndpoint>()];

    /// <summary>The queues of the services themselves, under the settings of the local profile.</summary>
    public static IReadOnlyList<TradingEndpoint> All { get; } = [Predictor, RiskManager, Executor, Alerts, Decisions];

    /// <summary>Name of the queue in a scope.</summary>
    public string QueueName(string scope) => $"{scope}-{Name}";
}

/// <summary>The endpoint of one consumer: named after its service, with the retries that all share.</summary>
public abstract class TradingConsumerDefinition<T> : ConsumerDefinition<T>
    where T : class, IConsumer
{
    /// <summary>Names the endpoint.</summary>
    protected TradingConsumerDefinition(TradingEndpoint endpoint, TradingSettings settings) => EndpointName = endpoint.QueueName(settings.Scope);

    /// <inheritdoc/>
    protected override void ConfigureConsumer(
        IReceiveEndpointConfigurator endpointConfigurator, IConsumerConfigurator<T> consumerConfigurator, IRegistrationContext context)
    {
        endpointConfigurator.PrefetchCount = TradingServices.TakenMessages;
        endpointConfigurator.ConcurrentMessageLimit = TradingServices.ConcurrentMessages;
        endpointConfigurator.UseMessageRetry(retry =>
        {
            retry.Intervals([.. TradingServices.RetryIntervals]);
            // What can never work goes to the error queue at once.
            retry.Ignore<ImpossibleMessageException>();
        });
    }
}

/// <summary>A message that no repetition makes work: its values cannot be, or it speaks of what does not exist.</summary>
public sealed class ImpossibleMessageException(string message) : Exception(message);

/// <summary>Refuses a message whose values cannot be before anything is done with it, the data's clock included.</summary>
public sealed class PlausibilityFilter<T> : IFilter<ConsumeContext<T>>
    where T : class
{
    /// <inheritdoc/>
    /// <exception cref="ImpossibleMessageException">The message cannot be worked with.</exception>
    public Task Send(ConsumeContext<T> context, IPipe<ConsumeContext<T>> next) =>
        Plausibility.Violation(context.Message) is { } violation ? throw new ImpossibleMessageException($"{typeof(T).Name}: {violation}") : next.Send(context);

    /// <inheritdoc/>
    public void Probe(ProbeContext context) => context.CreateFilterScope("plausibility");
}
