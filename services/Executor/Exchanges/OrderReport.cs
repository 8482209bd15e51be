using Trading.Contracts;

namespace Trading.Services.Exchanges;

/// <summary>State of an order.</summary>
public enum OrderStatus
{
    /// <summary>It is in the book, filled in part or not at all.</summary>
    Open,

    /// <summary>It was filled completely.</summary>
    Filled,

    /// <summary>It ended with a part or nothing filled: cancelled or expired.</summary>
    Cancelled,

    /// <summary>The exchange did not take it.</summary>
    Rejected,
}

/// <summary>An order as an exchange reports it.</summary>
/// <param name="ExchangeOrderId">The exchange's order id.</param>
/// <param name="ClientOrderId">The id chosen by the program that placed it; null when it has none.</param>
/// <param name="Symbol">As this system calls it.</param>
/// <param name="Side">Buy or sell.</param>
/// <param name="Status">Its state.</param>
/// <param name="Quantity">Units of the base currency.</param>
/// <param name="FilledQuantity">Units that were filled.</param>
/// <param name="LimitPrice">Its limit; 0 when it has none.</param>
/// <param name="Fills">Every fill; empty in lists of orders.</param>
/// <param name="Reason">Why it was not filled completely, if the exchange says so.</param>
/// <param name="At">When it last changed, by the exchange's clock (UTC).</param>
public sealed record OrderReport(
    string ExchangeOrderId, string? ClientOrderId, string Symbol, TradeAction Side, OrderStatus Status, decimal Quantity,
    decimal FilledQuantity, decimal LimitPrice,
    IReadOnlyList<ExchangeFill> Fills, string? Reason, DateTimeOffset At)
{
    /// <summary>Whether all fills have been reported.</summary>
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
/// <param name="FeeAsset">The asset in which the fee was taken.</param>
/// <param name="At">When, by the exchange's clock (UTC).</param>
public sealed record ExchangeFill(
    string ExchangeOrderId, string ExchangeTradeId, string Symbol, TradeAction Side, decimal Quantity, decimal Price, decimal Fee,
    string FeeAsset, DateTimeOffset At);

/// <summary>Balance of an asset.</summary>
/// <param name="Asset">As the exchange calls it.</param>
/// <param name="Free">Units that are not reserved by open orders.</param>
/// <param name="Locked">Units reserved by open orders.</param>
public sealed record ExchangeBalance(string Asset, decimal Free, decimal Locked)
{
    /// <summary>All units.</summary>
    public decimal Total => Free + Locked;
}
