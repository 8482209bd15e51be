using Trading.Hosting.Secrets;
using Trading.Hosting.Settings;

namespace Trading.Services.Exchanges;

/// <summary>The exchange that settings name.</summary>
public static class ExchangeChoice
{
    /// <summary>Makes it.</summary>
    /// <param name="services">Holds keys, settings, journal and clock.</param>
    public static IExchange Of(IServiceProvider services)
    {
        var settings = services.GetRequiredService<TradingSettings>();
        var options = new ExchangeOptions(
            settings.ExchangeAddress(), settings.ExchangeTestNetwork,
            TimeSpan.FromSeconds(settings.ExchangeTimeoutSeconds),
            TimeSpan.FromMilliseconds(settings.ExchangeReceiveWindowMilliseconds), settings.UsdOnExchange());
        return Named.Find<IExchangeMaker>(settings.Exchange).Create(services, options);
    }

    /// <summary>Makes a real one without the services of a running program, only to ask it; paper needs a journal.</summary>
    public static IExchange Of(TradingSettings settings, ISecretStore secrets, TimeProvider clock) => Of(new ServiceCollection()
        .AddSingleton(settings).AddSingleton(clock).AddSingleton(new ExchangeKeys(secrets, settings)).BuildServiceProvider());
}
