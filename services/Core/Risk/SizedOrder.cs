using Trading.Contracts;

namespace Trading.Core;

/// <summary>An order as a value, before it is recorded.</summary>
/// <param name="Side">Buy or sell.</param>
/// <param name="Quantity">Units of the base currency; 0 when not even one lot fits.</param>
/// <param name="WorstPrice">The price beyond which it may not fill.</param>
/// <param name="ReservedUsd">Cash that a buy needs; 0 for a sale.</param>
public readonly record struct SizedOrder(TradeAction Side, decimal Quantity, decimal WorstPrice, decimal ReservedUsd);
