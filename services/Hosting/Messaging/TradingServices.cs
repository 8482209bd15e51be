using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Trading.Hosting.Settings;

namespace Trading.Hosting.Messaging;

/// <summary>What a service registers itself with: the container, the consumers, and the settings.</summary>
/// <param name="Services">The container.</param>
/// <param name="Bus">The consumers; one bus for the whole process.</param>
/// <param name="Options">Settings and switches.</param>
public sealed record TradingServices(IServiceCollection Services, IBusRegistrationConfigurator Bus, StartOptions Options)
{
    /// <summary>The settings.</summary>
    public TradingSettings Settings => Options.Settings;

    /// <summary>Messages of an endpoint that one process handles at the same time; each may need a connection to the journal.</summary>
    public const int ConcurrentMessages = 16;

    /// <summary>
    /// Messages of an endpoint that one process receives ahead: enough to receive and delete in batches of ten while others are handled,
    /// few enough that replicas share a burst.
    /// </summary>
    public const int TakenMessages = 40;

    /// <summary>
    /// Waits before the retries of a failed message; after the last it goes to the error queue. Short outages of a database or an exchange
    /// end within these waits. A message that can never succeed (<see cref="ImpossibleMessageException"/>) is not retried.
    /// </summary>
    public static IReadOnlyList<TimeSpan> RetryIntervals { get; } =
    [
        TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(3),
        TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(30),
    ];
}
