using System.Text.Json.Serialization;

namespace Trading.Contracts;

/// <summary>What to do.</summary>
public enum TradeAction
{
    /// <summary>Nothing.</summary>
    Hold,

    /// <summary>Buy the base currency.</summary>
    Buy,

    /// <summary>Sell the base currency.</summary>
    Sell,
}

/// <summary>An order to an exchange.</summary>
/// <param name="Symbol">For example BTC-USD.</param>
/// <param name="Side">Buy or sell; never hold.</param>
/// <param name="Quantity">Units of the base currency, a multiple of the lot; above 0.</param>
/// <param name="WorstPrice">The price beyond which the order may not fill: highest for a buy, lowest for a sale.</param>
/// <param name="ReservedUsd">Cash set aside for a buy, worst price and fee included; 0 for a sale.</param>
/// <param name="Type">How it waits for its price.</param>
/// <param name="TimeInForce">What happens to the part that does not fill at once.</param>
/// <param name="LimitPrice">The limit of a limit order; null for the others.</param>
/// <param name="StopPrice">Price at which a stop order becomes a market order; null for the others.</param>
/// <param name="Exit">Why a position is left with this order; null when a prediction asked for it.</param>
public sealed record Order(
    string Symbol,
    TradeAction Side,
    decimal Quantity,
    decimal WorstPrice,
    decimal ReservedUsd,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] OrderType Type = OrderType.Market,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] TimeInForce TimeInForce = TimeInForce.ImmediateOrCancel,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] decimal? LimitPrice = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] decimal? StopPrice = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] ExitReason? Exit = null)
{
    /// <summary>Whether it is a stop that waits on an exchange under a position.</summary>
    public bool RestsOnExchange() => this is { Type: OrderType.Stop, Exit: not null };
}

/// <summary>How an order waits for its price.</summary>
public enum OrderType
{
    /// <summary>Not at all: it fills at what the market gives, but never beyond the order's worst price.</summary>
    Market,

    /// <summary>It fills at its limit price or better.</summary>
    Limit,

    /// <summary>It becomes a market order, bounded by the worst price, when the stop price is reached.</summary>
    Stop,
}

/// <summary>What happens to the part of an order that does not fill at once.</summary>
public enum TimeInForce
{
    /// <summary>It is cancelled.</summary>
    ImmediateOrCancel,

    /// <summary>It waits until it is filled or cancelled.</summary>
    GoodTillCancelled,

    /// <summary>It waits, and the order is refused when any of it would fill at once (post-only).</summary>
    PostOnly,
}
