namespace Trading.Core;

/// <summary>Asks for the last prices of a symbol up to and including an interval.</summary>
/// <param name="Symbol">For example BTC-USD.</param>
/// <param name="IntervalSeconds">Seconds from one price to the next.</param>
/// <param name="UpToUnixSeconds">Start of the newest price's interval, in seconds since 1970.</param>
/// <param name="Count">How many.</param>
public readonly record struct PriceQuestion(string Symbol, int IntervalSeconds, long UpToUnixSeconds, int Count);
