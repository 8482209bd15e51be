using Trading.Core;

namespace Trading.Hosting.Settings;

/// <summary>An exchange that settings can name.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Usd">The currency that stands for USD there.</param>
/// <param name="Fees">Its fees for the lowest volume as maker and as taker, in percent; null on paper, which has those of FeeVenue.</param>
/// <param name="Address">Where it is reached; null on paper.</param>
/// <param name="TestAddress">Where its test network is reached, on which no real money moves; null on paper.</param>
public sealed record ExchangeKind(string Name, string Usd, (decimal Maker, decimal Taker)? Fees, string? Address, string? TestAddress)
{
    /// <summary>The exchanges, one line each. The Executor finds the class of each by its name.</summary>
    public static IReadOnlyList<ExchangeKind> All { get; } =
    [
        new(PaperFill.Exchange, "USD", null, null, null),
        new("binance", "USDT", (0.1m, 0.1m), "https://api.binance.com", "https://testnet.binance.vision"),
        // Coinbase Advanced 1, as in LEAN's fee models.
        new("coinbase", "USD", (0.6m, 0.8m), "https://api.coinbase.com", "https://api-sandbox.coinbase.com"),
    ];

    /// <summary>The exchange with a name; null when there is none.</summary>
    public static ExchangeKind? Of(string name) => All.FirstOrDefault(exchange => exchange.Name == name);
}
