using Trading.Contracts;
using Trading.Core;

namespace Trading.Services.Exchanges;

/// <summary>An order of a trade, as it was recorded before it was sent.</summary>
/// <param name="TradeId">The trade.</param>
/// <param name="ClientOrderId">The id that this system chose.</param>
/// <param name="Order">What was approved.</param>
/// <param name="Sent">The order in the exchange's terms.</param>
/// <param name="ReferencePrice">The price that the decision was made on.</param>
/// <param name="PlacedAt">When the intent was recorded (UTC).</param>
/// <param name="ExchangeOrderId">The exchange's order id; null while it is not known.</param>
/// <param name="Costs">What trading on paper costs; null on an exchange that reports its fills.</param>
public sealed record ExchangeOrder(
    Guid TradeId, string ClientOrderId, Order Order, SentOrder Sent, decimal ReferencePrice, DateTimeOffset PlacedAt,
    string? ExchangeOrderId, PaperCosts? Costs)
{
    /// <summary>
    /// How long after its intent was recorded an order may be sent. If the exchange has no such order after this time and the request's
    /// lifetime, none will arrive.
    /// </summary>
    public static readonly TimeSpan SendWithin = TimeSpan.FromSeconds(3);

    /// <summary>The reason recorded for an order that was too late to send.</summary>
    public static readonly string TooLate = FormattableString.Invariant($"not sent within {SendWithin.TotalSeconds} s");

    /// <summary>
    /// The longest time for which it may have been out; null for since <see cref="PlacedAt"/>, which somebody's setting of the clock may
    /// have dated wrong.
    /// </summary>
    public TimeSpan? OutForAtMost { get; init; }

    /// <summary>The latest time to send it (UTC).</summary>
    public DateTimeOffset SendBefore => PlacedAt + SendWithin;
}
