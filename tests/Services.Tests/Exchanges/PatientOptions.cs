using Trading.Services.Exchanges;

namespace Trading.Services.Tests.Exchanges;

/// <summary>Options of a connector that waits for an answer for as long as a busy machine may need.</summary>
internal static class PatientOptions
{
    public static ExchangeOptions At(Uri address, string usd, bool testNetwork = true) =>
        new(address, testNetwork, TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(30), usd);
}
