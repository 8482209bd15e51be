using Trading.Contracts;
using Trading.Core;
using Trading.Hosting;

namespace Trading.Services;

/// <summary>
/// An exchange on paper. A fill follows from the order and the price it was decided on, so asking for an order that was placed before a crash gives the fill that the
/// crash hid.
/// </summary>
public sealed class PaperExchange(TradingSettings settings, TimeProvider clock)
{
        /// <summary>Name of the exchange in records.</summary>
    public const string Name = PaperFill.Exchange;

    /// <summary>What trading on it costs.</summary>
    public PaperCosts Costs { get; } = settings.Pipeline().Costs;

    /// <summary>What became of an order that has been recorded as placed.</summary>
    public Execution Fill(Trade trade) =>
        PaperFill.Of(trade.TradeId, trade.Placed!.Order, trade.Cause().Price, trade.Placed.Costs ?? Costs, clock.GetUtcNow());
}
