using Trading.Contracts;
using Trading.Core;
using Trading.Hosting;
using Trading.Journal;

namespace Trading.Services;

/// <summary>
/// Takes a trade from its approval to its end. The order is recorded before the exchange is called; its end and the settlement of the account are appended in one
/// transaction. However often it is called, by whomever, a trade has one order and one end.
/// </summary>
public sealed class TradeExecution(TradeJournal journal, PaperExchange exchange, TradingMetrics metrics, TimeProvider clock)
{
    private int _sales;
    private int _profitableSales;

    /// <summary>Executes a trade, or tells how it ended.</summary>
    /// <exception cref="ImpossibleMessageException">There is no such trade: an approval is in the journal before anybody hears of it.</exception>
    public async Task<TradeExecuted> ExecuteAsync(Guid tradeId, string causationId, CancellationToken cancellation)
    {
        var cause = new Cause(tradeId, causationId);
        while (true)
        {
            var (trade, version) = await journal.TradeAsync(tradeId, cancellation) ?? throw new ImpossibleMessageException($"Trade {tradeId} is not in the journal.");
            if (trade.Executed() is { } executed)
                return executed;

            if (trade.Placed is not null)
                await CloseAsync(trade, version, exchange.Fill(trade), cause, cancellation);
            else if (clock.GetUtcNow() >= trade.Assessment!.ExpiresAt)
                await CloseAsync(trade, version, NotPlaced(trade, TradeOutcome.Expired, $"the approval expired at {trade.Assessment.ExpiresAt:u} before the order was placed"), cause, cancellation);
            else if ((await AccountAsync(trade, cancellation)).State.State == TradingState.Halted)
                await CloseAsync(trade, version, NotPlaced(trade, TradeOutcome.Cancelled, "trading was halted before the order was placed"), cause, cancellation);
            else
                await journal.AppendAsync([new(Trade.StreamId(tradeId), version, Trade.Place(trade, PaperExchange.Name, true, exchange.Costs, clock.GetUtcNow()))], cause, cancellation);
        }
    }

    private Execution NotPlaced(Trade trade, TradeOutcome outcome, string reason) => new(
        outcome, PaperExchange.Name, true, DerivedId.ClientOrderId(trade.TradeId), null, 0, 0, 0, reason, clock.GetUtcNow());

    // The account that approved the order is the one that it is settled with, whatever this process is set to.
    private async Task<Loaded<Portfolio>> AccountAsync(Trade trade, CancellationToken cancellation) =>
        await journal.AccountAsync(trade.Assessment!.Account, cancellation) ?? throw new InvalidOperationException($"The account {trade.Assessment.Account} does not exist.");

    private async Task CloseAsync(Trade trade, long version, Execution execution, Cause cause, CancellationToken cancellation)
    {
        var before = await AccountAsync(trade, cancellation);
        var settled = Portfolio.Decide(new SettleTrade(trade.TradeId, execution), before.State);
        var appended = await journal.AppendAsync(
            [new(Trade.StreamId(trade.TradeId), version, Trade.Close(trade, execution)), new(before.State.Id, before.Version, settled)], cause, cancellation);
        if (!appended)
            return;
        metrics.Executed(new(trade.TradeId, trade.Assessed(), execution));
        if (trade.Assessment!.Signal == TradeAction.Sell && execution.FilledQuantity > 0)
            CountSale(before.State, settled.Aggregate(before.State, Portfolio.Evolve), execution);
    }

    private void CountSale(Portfolio before, Portfolio after, Execution execution)
    {
        var sales = Interlocked.Increment(ref _sales);
        var profitable = after.RealisedUsd - before.RealisedUsd > execution.FeeUsd ? Interlocked.Increment(ref _profitableSales) : Volatile.Read(ref _profitableSales);
        metrics.Sold(sales, profitable);
    }
}
