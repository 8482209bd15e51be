using System.Text.Json.Serialization;
using Trading.Contracts;

namespace Trading.Core;

/// <summary>How an order is to be filled.</summary>
public enum OrderPlacement
{
    /// <summary>
    /// At the order's worst price or better, at once; the rest is cancelled. The only kind that bounds both price and time.
    /// </summary>
    LimitIoc,

    /// <summary>At the worst price or better; the rest waits until it is filled, cancelled or too old.</summary>
    LimitGtc,

    /// <summary>At the observed price or better, only by waiting for others: refused when it would be filled at once.</summary>
    PostOnly,

    /// <summary>At the book's prices, at once.</summary>
    Market,

    /// <summary>A sale that waits until the price has fallen to the stop.</summary>
    StopLoss,
}

/// <summary>Which of an exchange's rules an order would break.</summary>
public enum ProductRule
{
    /// <summary>The product is not traded now.</summary>
    NotTrading,

    /// <summary>The product does not take this kind of order.</summary>
    Kind,

    /// <summary>The price is not a multiple of the tick, or outside of the least and largest price.</summary>
    Price,

    /// <summary>The quantity is not a multiple of the lot, or outside of the least and largest quantity.</summary>
    Quantity,

    /// <summary>The value is too small or too large.</summary>
    Notional,

    /// <summary>The price is too far from the market's.</summary>
    PercentPrice,
}

/// <summary>What an exchange allows in the orders of one product. A value of 0 stands for no limit.</summary>
/// <param name="Symbol">As this system calls it, for example BTC-USD.</param>
/// <param name="ExchangeSymbol">As the exchange calls it, for example BTCUSDT.</param>
/// <param name="BaseAsset">What is traded.</param>
/// <param name="QuoteAsset">What it is paid in.</param>
/// <param name="Trading">Whether it is traded now.</param>
/// <param name="Kinds">The kinds of orders that it takes.</param>
/// <param name="TickSize">Smallest step of a price.</param>
/// <param name="LeastPrice">Least price.</param>
/// <param name="LargestPrice">Largest price.</param>
/// <param name="LotSize">Smallest step of a quantity.</param>
/// <param name="LeastQuantity">Least quantity.</param>
/// <param name="LargestQuantity">Largest quantity.</param>
/// <param name="LargestMarketQuantity">Largest quantity of a market order.</param>
/// <param name="LeastNotional">Least value in the quote currency.</param>
/// <param name="LargestNotional">Largest value in the quote currency.</param>
/// <param name="BuyMultiplierUp">A buy's price may be at most this many times the market's.</param>
/// <param name="BuyMultiplierDown">A buy's price must be at least this many times the market's.</param>
/// <param name="SellMultiplierUp">A sale's price may be at most this many times the market's.</param>
/// <param name="SellMultiplierDown">A sale's price must be at least this many times the market's.</param>
/// <param name="MaxOpenOrders">Most open orders.</param>
/// <param name="MarketLotSize">Smallest step of a market order's quantity, where it is coarser than the lot.</param>
/// <param name="MaxPosition">Most units that the account may hold, open buys included.</param>
/// <param name="LargestOfAccount">Largest quantity of an order of this account.</param>
/// <param name="LargestNotionalOfAccount">Largest value of an order of this account.</param>
/// <param name="FeePercent">What this account pays at most for an order that takes from the book; null where it is not known.</param>
public sealed record ProductFilters(
    string Symbol,
    string ExchangeSymbol,
    string BaseAsset,
    string QuoteAsset,
    bool Trading,
    IReadOnlyList<OrderPlacement> Kinds,
    decimal TickSize,
    decimal LeastPrice,
    decimal LargestPrice,
    decimal LotSize,
    decimal LeastQuantity,
    decimal LargestQuantity,
    decimal LargestMarketQuantity,
    decimal LeastNotional,
    decimal LargestNotional,
    decimal BuyMultiplierUp,
    decimal BuyMultiplierDown,
    decimal SellMultiplierUp,
    decimal SellMultiplierDown,
    int MaxOpenOrders,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] decimal MarketLotSize = 0,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] decimal MaxPosition = 0,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] decimal LargestOfAccount = 0,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] decimal LargestNotionalOfAccount = 0,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] decimal? FeePercent = null)
{
    /// <summary>Whether these are the same rules.</summary>
    public bool IsSame(ProductFilters other) => Kinds.SequenceEqual(other.Kinds) && this with { Kinds = other.Kinds } == other;

    /// <summary>These rules with what was last known of the account's own ones.</summary>
    public ProductFilters WithAccountOf(ProductFilters? known) => known is null ? this : this with
    {
        LargestOfAccount = known.LargestOfAccount,
        LargestNotionalOfAccount = known.LargestNotionalOfAccount,
        FeePercent = known.FeePercent,
    };

    /// <summary>A price on the tick that is not worse than a given one: down for a buy, up for a sale.</summary>
    public decimal PriceWithin(TradeAction side, decimal worst) =>
        TickSize == 0 ? worst
            : side == TradeAction.Buy ? Math.Floor(worst / TickSize) * TickSize
            : Math.Ceiling(worst / TickSize) * TickSize;

    /// <summary>A quantity on the lot that is not larger than a given one.</summary>
    public decimal QuantityWithin(decimal quantity, bool market = false) =>
        Math.Max(LotSize, market ? MarketLotSize : 0) is > 0 and var lot ? Math.Floor(quantity / lot) * lot : quantity;

    /// <summary>The first rule that an order would break; null when it breaks none.</summary>
    /// <param name="kind">How it is to be filled.</param>
    /// <param name="side">Buy or sell.</param>
    /// <param name="quantity">Units of the base currency.</param>
    /// <param name="price">Its limit; null for a market order.</param>
    /// <param name="market">The market's price, which values a market order and bounds the others.</param>
    public ProductRule? Broken(OrderPlacement kind, TradeAction side, decimal quantity, decimal? price, decimal market)
    {
        if (!Trading)
            return ProductRule.NotTrading;
        if (!Kinds.Contains(kind))
            return ProductRule.Kind;
        if (price is { } limit
            && (limit <= 0 || limit < LeastPrice || (LargestPrice > 0 && limit > LargestPrice) || (TickSize > 0 && limit % TickSize != 0)))
            return ProductRule.Price;
        var largest = kind == OrderPlacement.Market && LargestMarketQuantity > 0 ? LargestMarketQuantity : LargestQuantity;
        if (quantity <= 0 || quantity < LeastQuantity || (largest > 0 && quantity > largest) || (LotSize > 0 && quantity % LotSize != 0)
            || (kind == OrderPlacement.Market && MarketLotSize > 0 && quantity % MarketLotSize != 0))
            return ProductRule.Quantity;
        var notional = quantity * (price ?? market);
        if (notional < LeastNotional || (LargestNotional > 0 && notional > LargestNotional))
            return ProductRule.Notional;
        var (up, down) = side == TradeAction.Buy ? (BuyMultiplierUp, BuyMultiplierDown) : (SellMultiplierUp, SellMultiplierDown);
        return price is { } bounded && ((up > 0 && bounded > market * up) || (down > 0 && bounded < market * down))
            ? ProductRule.PercentPrice : null;
    }
}
