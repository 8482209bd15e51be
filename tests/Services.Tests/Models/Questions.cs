using Trading.Contracts;
using Trading.Core;
using Trading.Services.Models;

namespace Trading.Services.Tests.Models;

/// <summary>What models are asked in tests.</summary>
internal static class Questions
{
    public static readonly DateTimeOffset Noon = new(2024, 3, 1, 12, 0, 0, TimeSpan.Zero);

    /// <summary>A question about the last of 100 prices that rose by a dollar a minute up to this one.</summary>
    public static ForecastQuestion About(decimal price, int minutes = 100)
    {
        var window = new PriceWindow(new(60, 60));
        for (var back = minutes - 1; back >= 0; back--)
            window.Add(Noon.AddMinutes(-back).ToUnixTimeSeconds(), price * (1 - back * 0.0001m));
        var observed = new PriceObserved(
            DerivedId.Price("BTC-USD", 60, Noon), "BTC-USD", Noon, 60, Noon, price, "USD", null, null, null,
            Simulated: false, new(60, 1, 1, ["USD"]),
            [new(new("recorded", "USD", price, null, null, null, Noon), null)], []);
        return new(observed, window.Summarize(), window.Prices(), 3600, Noon.AddSeconds(120));
    }
}
