using Trading.Contracts;
using Trading.Core;
using Trading.Hosting.Telemetry;
using Trading.Journal.Events;
using Trading.Services.Exchanges;

namespace Trading.Services;

/// <summary>
/// Appends what became of an order to the journal. A trade's end and the account's settlement are one transaction. When two processes
/// append, the first one counts and the other reads the trade again.
/// </summary>
public sealed class TradeBooking(TradeJournal journal, IExchange exchange, TradingMetrics metrics, TimeProvider clock)
{
    private int _sales;
    private int _profitableSales;

    /// <summary>The account that approved the order; it is also settled with it, whatever this process's settings say.</summary>
    public async Task<Loaded<Portfolio>> AccountAsync(Trade trade, CancellationToken cancellation) =>
        await journal.AccountAsync(trade.Assessment!.Account, cancellation)
        ?? throw new InvalidOperationException($"The account {trade.Assessment.Account} does not exist.");

    /// <summary>Lets the account that approved the order decide something.</summary>
    public Task DecideAsync(Trade trade, IAccountCommand command, CancellationToken cancellation) =>
        journal.DecideAsync(trade.Assessment!.Account, command, "executor", cancellation);

    /// <summary>A trade that must be in the journal, as it is now.</summary>
    public async Task<Loaded<Trade>> TradeAsync(Guid tradeId, CancellationToken cancellation) =>
        await journal.TradeAsync(tradeId, cancellation)
        ?? throw new InvalidOperationException($"Trade {tradeId} is not in the journal.");

    /// <summary>Appends events to a trade; false when another process appended first.</summary>
    public Task<bool> AppendAsync(Trade trade, long version, IReadOnlyList<ITradeEvent> events, Cause cause,
        CancellationToken cancellation) =>
        journal.AppendAsync([new(Trade.StreamId(trade.TradeId), version, events)], cause, cancellation);

    /// <summary>Ends a trade whose order was never placed, or not taken by the exchange.</summary>
    public Task<Step> EndNotPlacedAsync(Trade trade, long version, TradeOutcome outcome, string reason, Cause cause,
        CancellationToken cancellation, string? refusal = null) => EndAsync(trade, version, new(
            outcome, trade.Placed?.Exchange ?? exchange.Name, trade.Placed?.Simulated ?? exchange.Simulated,
            trade.Placed?.ClientOrderId ?? DerivedId.ClientOrderId(trade.TradeId), null, 0, 0, 0, reason, clock.GetUtcNow(),
            Refusal: refusal), null, cause, cancellation);

    /// <summary>Ends a trade and settles the account.</summary>
    public async Task<Step> EndAsync(Trade trade, long version, Execution execution, IReadOnlyList<OrderFilled>? fills,
        Cause cause, CancellationToken cancellation)
    {
        var before = await AccountAsync(trade, cancellation);
        var settled = Portfolio.Decide(new SettleTrade(trade.TradeId, execution, trade.Cancel is not null), before.State);
        // On paper the one fill follows from the execution.
        var recorded = exchange.IsPaper ? null : fills;
        var closed = Trade.Close(trade, execution, recorded);
        var appended = await journal.AppendAsync(
            [new(Trade.StreamId(trade.TradeId), version, closed), new(before.State.Id, before.Version, settled)], cause, cancellation);
        if (!appended)
            return Step.MovedOn;
        metrics.Executed(new(trade.TradeId, trade.Assessed(), execution));
        if (trade.Assessment!.Signal == TradeAction.Sell && execution.FilledQuantity > 0)
            CountSale(before.State, settled.Aggregate(before.State, Portfolio.Evolve), execution);
        return Step.EndedWith(closed.Aggregate(trade, Trade.Evolve).Executed()!);
    }

    private void CountSale(Portfolio before, Portfolio after, Execution execution)
    {
        var sales = Interlocked.Increment(ref _sales);
        var profitable = after.RealisedUsd - before.RealisedUsd > execution.FeeUsd + (execution.FeeValueUsd ?? 0)
            ? Interlocked.Increment(ref _profitableSales) : Volatile.Read(ref _profitableSales);
        metrics.Sold(sales, profitable);
    }
}
