using Trading.Hosting.Settings;

namespace Trading.Services.Exchanges;

/// <summary>
/// Makes an exchange. A new exchange is one new file here, with its maker, and one line in <see cref="ExchangeKind.All"/>.
/// </summary>
public interface IExchangeMaker : INamed
{
    /// <summary>Makes the exchange.</summary>
    /// <param name="services">Holds keys, settings, journal and clock.</param>
    /// <param name="options">Address, time-outs and currency.</param>
    IExchange Create(IServiceProvider services, ExchangeOptions options);
}
