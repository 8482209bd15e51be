using Trading.Contracts;

namespace Trading.Dashboard.Reading;

/// <summary>A trade: an order with a fill.</summary>
/// <param name="Sequence">Place of its settlement in the journal.</param>
/// <param name="TradeId">The trade.</param>
/// <param name="At">When its order ended (UTC).</param>
/// <param name="Symbol">What was traded.</param>
/// <param name="Side">Buy or sell.</param>
/// <param name="Quantity">Units of the base currency.</param>
/// <param name="Price">Mean price of the fills.</param>
/// <param name="ValueUsd">Quantity times price.</param>
/// <param name="FeeUsd">All fees, those in other assets at what they were worth.</param>
/// <param name="ResultUsd">What a sale made against the average cost, after its fee; null for a purchase.</param>
/// <param name="ResultPercent">The same in percent of the cost; null for a purchase.</param>
/// <param name="Reason">prediction, or why the position was left, for example stop-loss.</param>
/// <param name="HeldSeconds">How long the position had been open; null for a purchase.</param>
/// <param name="Exchange">Where it was traded.</param>
/// <param name="Simulated">Whether no real money moved.</param>
public sealed record TradeRow(
    long Sequence, Guid TradeId, DateTimeOffset At, string Symbol, TradeAction Side, decimal Quantity, decimal Price, decimal ValueUsd,
    decimal FeeUsd, decimal? ResultUsd, decimal? ResultPercent, string Reason, long? HeldSeconds, string Exchange, bool Simulated);
