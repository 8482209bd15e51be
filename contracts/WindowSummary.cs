using System.Text.Json.Serialization;

namespace Trading.Contracts;

/// <summary>The state of a price window: all that the technical model needs besides the price itself.</summary>
/// <param name="Count">Prices in the window since the last gap.</param>
/// <param name="Sma20">Simple moving average of the last 20 prices; null before there are 20.</param>
/// <param name="Sma50">Simple moving average of the last 50 prices; null before there are 50.</param>
/// <param name="Momentum10">Relative change from the price ten steps back, 0.01 = 1 percent; null before there are 11.</param>
/// <param name="Volatility">
/// Standard deviation of the last 50 one-step returns, 0.001 = 0.1 percent a step; null before there are 51 prices.
/// </param>
/// <param name="RuleHits">How many of the rule's past directional signals in the window came true.</param>
/// <param name="RuleSignals">How many past directional signals of the rule in the window have been scored.</param>
/// <param name="Digest">
/// SHA-256 (hex) over the window's instants and prices: two replicas with the same window have the same digest.
/// </param>
/// <param name="Between">
/// Prices between the decision before and this one, oldest first, where prices come more often than decisions: with them the journal holds
/// every price of the window. Null when there are none.
/// </param>
public sealed record WindowSummary(
    int Count,
    double? Sma20,
    double? Sma50,
    double? Momentum10,
    double? Volatility,
    int RuleHits,
    int RuleSignals,
    string Digest,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<EarlierPrice>? Between = null);

/// <summary>A price of a window before the one that is decided on.</summary>
/// <param name="UnixSeconds">Start of its interval in seconds since 1970.</param>
/// <param name="Price">The price as the window calculates with it, to ten decimals.</param>
public sealed record EarlierPrice(long UnixSeconds, decimal Price);
