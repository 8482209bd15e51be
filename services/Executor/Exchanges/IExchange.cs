using Trading.Contracts;
using Trading.Core;

namespace Trading.Services.Exchanges;

/// <summary>
/// An exchange. What it refuses and what nobody can know are answers and not exceptions: a time-out, a broken connection or a 5xx after an order was sent is
/// <see cref="AnswerKind.Unknown"/> and never a refusal.
/// </summary>
public interface IExchange
{
    /// <summary>Name in settings and records.</summary>
    string Name { get; }

    /// <summary>True when no real money can move: paper, test network, sandbox.</summary>
    bool Simulated { get; }

    /// <summary>What trading on paper costs; null on an exchange that tells its fills.</summary>
    PaperCosts? Costs { get; }

    /// <summary>How long after it was sent the exchange may still take up a request.</summary>
    TimeSpan RequestLifetime { get; }

    /// <summary>Gets what an order is signed with, so that nothing is waited for between the last look at the account and the call. A failure shows when the order is placed.</summary>
    Task PrepareAsync(CancellationToken cancellation) => Task.CompletedTask;

    /// <summary>Places an order, once: nothing is sent again here, whatever the answer, and nothing at all after <see cref="ExchangeOrder.SendBefore"/>.</summary>
    Task<ExchangeAnswer<OrderReport>> PlaceAsync(ExchangeOrder order, CancellationToken cancellation);

    /// <summary>Cancels what is left of an order. An order that has ended already is refused as <see cref="ExchangeRefusal.NotFound"/>.</summary>
    Task<ExchangeAnswer<OrderReport>> CancelAsync(ExchangeOrder order, CancellationToken cancellation);

    /// <summary>What became of an order, with all its fills, by the client order id that was recorded before it was sent.</summary>
    Task<ExchangeAnswer<OrderReport>> OrderAsync(ExchangeOrder order, CancellationToken cancellation);

    /// <summary>The account's open orders in a symbol.</summary>
    Task<ExchangeAnswer<IReadOnlyList<OrderReport>>> OpenOrdersAsync(string symbol, CancellationToken cancellation);

    /// <summary>The account's fills in a symbol from a time on, oldest first.</summary>
    Task<ExchangeAnswer<IReadOnlyList<ExchangeFill>>> FillsAsync(string symbol, DateTimeOffset since, CancellationToken cancellation);

    /// <summary>The account's balances, those in open orders included; assets without any may be missing.</summary>
    Task<ExchangeAnswer<IReadOnlyList<ExchangeBalance>>> BalancesAsync(CancellationToken cancellation);

    /// <summary>What the exchange allows in orders of a symbol.</summary>
    Task<ExchangeAnswer<ProductFilters>> ProductAsync(string symbol, CancellationToken cancellation);

    /// <summary>What a unit of an asset is worth now in the currency that stands for USD; above 0.</summary>
    Task<ExchangeAnswer<decimal>> PriceAsync(string asset, CancellationToken cancellation);

    /// <summary>The exchange's clock.</summary>
    Task<ExchangeAnswer<DateTimeOffset>> ServerTimeAsync(CancellationToken cancellation);
}

/// <summary>What an answer amounts to.</summary>
public enum AnswerKind
{
    /// <summary>The exchange did what was asked, and says what came of it.</summary>
    Done,

    /// <summary>The exchange did nothing of what was asked, and that is certain.</summary>
    Refused,

    /// <summary>Nobody can say. Ask; never send again.</summary>
    Unknown,
}

/// <summary>Why an exchange refuses.</summary>
public enum ExchangeRefusal
{
    /// <summary>Nothing of what follows; the text tells.</summary>
    Other,

    /// <summary>A rule of the product: lot, tick, value, distance of the price.</summary>
    Filter,

    /// <summary>Not enough money or units.</summary>
    Funds,

    /// <summary>A post-only order would have been filled at once.</summary>
    WouldTake,

    /// <summary>A stop would have gone off at once.</summary>
    WouldTrigger,

    /// <summary>An open order has this client order id already.</summary>
    DuplicateId,

    /// <summary>The exchange knows no such order, or none that is open.</summary>
    NotFound,

    /// <summary>The exchange does not trade this symbol, or not now.</summary>
    NotTraded,

    /// <summary>It has no such kind of order.</summary>
    NotSupported,

    /// <summary>The request lacked something or was malformed.</summary>
    Malformed,

    /// <summary>The key, its address or its permissions.</summary>
    Key,

    /// <summary>The signature.</summary>
    Signature,

    /// <summary>This machine's clock is too far from the exchange's (-1021).</summary>
    ClockSkew,

    /// <summary>Asked too often (429): wait as long as the answer says.</summary>
    RateLimited,

    /// <summary>Banned for going on after 429 (418), from minutes to days.</summary>
    Banned,

    /// <summary>The exchange does not serve this country or region (451).</summary>
    Region,

    /// <summary>A firewall stood in the way (403).</summary>
    Firewall,
}

/// <summary>The answer of an exchange.</summary>
/// <param name="Kind">What it amounts to.</param>
/// <param name="Value">What was asked for; only when done.</param>
/// <param name="Refusal">Why not; only when refused.</param>
/// <param name="Reason">In words, without any secret; null when done.</param>
/// <param name="RetryAfter">How long to wait before anything is asked again; null when the exchange does not say.</param>
public sealed record ExchangeAnswer<T>(AnswerKind Kind, T? Value, ExchangeRefusal? Refusal, string? Reason, TimeSpan? RetryAfter)
{
    /// <summary>Whether it was done.</summary>
    [System.Diagnostics.CodeAnalysis.MemberNotNullWhen(true, nameof(Value))]
    public bool IsDone => Kind == AnswerKind.Done;

    /// <summary>The same answer to another question; only when there is no value.</summary>
    public ExchangeAnswer<TOther> As<TOther>() => new(Kind, default, Refusal, Reason, RetryAfter);

    /// <summary>The value turned into another, when there is one.</summary>
    public ExchangeAnswer<TOther> Select<TOther>(Func<T, TOther> turn) => IsDone ? ExchangeAnswer.Done(turn(Value)) : As<TOther>();
}

/// <summary>Makes answers.</summary>
public static class ExchangeAnswer
{
    /// <summary>It was done.</summary>
    public static ExchangeAnswer<T> Done<T>(T value) => new(AnswerKind.Done, value, null, null, null);

    /// <summary>It was refused.</summary>
    public static ExchangeAnswer<T> Refused<T>(ExchangeRefusal refusal, string reason, TimeSpan? retryAfter = null) => new(AnswerKind.Refused, default, refusal, reason, retryAfter);

    /// <summary>Nobody can say.</summary>
    public static ExchangeAnswer<T> Unknown<T>(string reason) => new(AnswerKind.Unknown, default, null, reason, null);
}

/// <summary>An order of a trade, as it was recorded before it was sent.</summary>
/// <param name="TradeId">The trade.</param>
/// <param name="ClientOrderId">The id that this system chose.</param>
/// <param name="Order">What was approved.</param>
/// <param name="Sent">The same in the exchange's terms.</param>
/// <param name="ReferencePrice">The price that it was decided on.</param>
/// <param name="PlacedAt">When the intent was recorded (UTC).</param>
/// <param name="ExchangeOrderId">The exchange's order id; null while it is not known.</param>
/// <param name="Costs">What trading on paper costs; null on an exchange that tells its fills.</param>
public sealed record ExchangeOrder(
    Guid TradeId, string ClientOrderId, Order Order, SentOrder Sent, decimal ReferencePrice, DateTimeOffset PlacedAt, string? ExchangeOrderId, PaperCosts? Costs)
{
    /// <summary>How long after its intent an order may be sent: who finds none at the exchange later than that, and the request's lifetime, knows that none will come.</summary>
    public static readonly TimeSpan SendWithin = TimeSpan.FromSeconds(3);

    /// <summary>Why an order is not sent any more.</summary>
    public static readonly string TooLate = FormattableString.Invariant($"not sent within {SendWithin.TotalSeconds} s");

    /// <summary>When it must have been sent (UTC).</summary>
    public DateTimeOffset SendBefore => PlacedAt + SendWithin;
}

/// <summary>Where an order stands.</summary>
public enum OrderStatus
{
    /// <summary>It waits, filled in part or not at all.</summary>
    Open,

    /// <summary>It was filled whole.</summary>
    Filled,

    /// <summary>It ended with a part or nothing filled: cancelled, or expired as its kind wants it.</summary>
    Cancelled,

    /// <summary>The exchange did not take it.</summary>
    Rejected,
}

/// <summary>An order as an exchange reports it.</summary>
/// <param name="ExchangeOrderId">The exchange's order id.</param>
/// <param name="ClientOrderId">The id that whoever placed it chose; null when there is none.</param>
/// <param name="Symbol">As this system calls it.</param>
/// <param name="Side">Buy or sell.</param>
/// <param name="Status">Where it stands.</param>
/// <param name="Quantity">Units of the base currency.</param>
/// <param name="FilledQuantity">Units that were filled.</param>
/// <param name="LimitPrice">Its limit; 0 when it has none.</param>
/// <param name="Fills">Every fill; empty in lists of orders, which do not tell them.</param>
/// <param name="Reason">Why it was not filled, or not whole, when the exchange says so.</param>
/// <param name="At">When it last changed, by the exchange's clock (UTC).</param>
public sealed record OrderReport(
    string ExchangeOrderId, string? ClientOrderId, string Symbol, TradeAction Side, OrderStatus Status, decimal Quantity, decimal FilledQuantity, decimal LimitPrice,
    IReadOnlyList<ExchangeFill> Fills, string? Reason, DateTimeOffset At)
{
    /// <summary>Whether the fills are all there are.</summary>
    public bool FillsAreComplete => Fills.Sum(fill => fill.Quantity) == FilledQuantity;
}

/// <summary>A fill as an exchange reports it.</summary>
/// <param name="ExchangeOrderId">The exchange's order id.</param>
/// <param name="ExchangeTradeId">The exchange's id of the fill.</param>
/// <param name="Symbol">As this system calls it.</param>
/// <param name="Side">Buy or sell.</param>
/// <param name="Quantity">Units of the base currency.</param>
/// <param name="Price">Price of a unit in the quote currency.</param>
/// <param name="Fee">Fee in units of <paramref name="FeeAsset"/>.</param>
/// <param name="FeeAsset">What the fee was taken in.</param>
/// <param name="At">When, by the exchange's clock (UTC).</param>
public sealed record ExchangeFill(
    string ExchangeOrderId, string ExchangeTradeId, string Symbol, TradeAction Side, decimal Quantity, decimal Price, decimal Fee, string FeeAsset, DateTimeOffset At);

/// <summary>What an account has of an asset.</summary>
/// <param name="Asset">As the exchange calls it.</param>
/// <param name="Free">Units that no open order has a claim on.</param>
/// <param name="Locked">Units in open orders.</param>
public sealed record ExchangeBalance(string Asset, decimal Free, decimal Locked)
{
    /// <summary>All units.</summary>
    public decimal Total => Free + Locked;
}
