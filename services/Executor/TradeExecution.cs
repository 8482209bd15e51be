using Trading.Contracts;
using Trading.Core;
using Trading.Hosting;
using Trading.Journal;
using Trading.Services.Exchanges;

namespace Trading.Services;

/// <summary>
/// Takes a trade from its approval to its end. The order is recorded before the exchange is called, and only the process whose record it is calls, once: whoever else comes by, a second
/// replica or the next start, asks what became of it. Its end and the settlement of the account are appended in one transaction. However often it is called, by whomever, a trade has one
/// order and one end.
/// </summary>
public sealed class TradeExecution(
    TradeJournal journal, IExchange exchange, Products products, FeeValues feeValues, TradingMetrics metrics, TradingSettings settings, TimeProvider clock, ILogger<TradeExecution> log)
{
    /// <summary>How much longer than an order can be on its way it is looked for before it counts as never placed.</summary>
    public static readonly TimeSpan NotFoundMargin = TimeSpan.FromSeconds(2);

    /// <summary>How long a message waits for the end of its order; what lasts longer is left to <see cref="OpenOrders"/>.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    // A timer may ring a little early.
    private static readonly TimeSpan TimerMargin = TimeSpan.FromMilliseconds(20);

    private static readonly TimeSpan[] AskIntervals = [TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(250), TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(1)];

    private int _sales;
    private int _profitableSales;

    /// <summary>Executes a trade, or tells how it ended; null when its order is still open.</summary>
    /// <param name="tradeId">The trade.</param>
    /// <param name="causationId">What asks for it.</param>
    /// <param name="patience">How long to wait for the end.</param>
    /// <param name="cancellation">Gives up waiting; an order that was sent stays sent.</param>
    /// <exception cref="ImpossibleMessageException">There is no such trade: an approval is in the journal before anybody hears of it.</exception>
    public async Task<TradeExecuted?> ExecuteAsync(Guid tradeId, string causationId, TimeSpan patience, CancellationToken cancellation)
    {
        var cause = new Cause(tradeId, causationId);
        var begin = TimeProvider.System.GetTimestamp();
        for (var asked = 0; ; asked++)
        {
            var (trade, version) = await journal.TradeAsync(tradeId, cancellation) ?? throw new ImpossibleMessageException($"Trade {tradeId} is not in the journal.");
            if (trade.Executed() is { } executed)
                return executed;

            var moved = trade.Placed is null
                ? await PlaceAsync(trade, version, cause, cancellation)
                : await TakeAsync(trade, version, await exchange.OrderAsync(Sent(trade), cancellation), cause, cancellation);
            if (moved)
                continue;
            // A stop waits for its price however long; its message does not.
            if (Waits(trade) || TimeProvider.System.GetElapsedTime(begin) >= patience)
                return null;
            await Task.Delay(AskIntervals[Math.Min(asked, AskIntervals.Length - 1)], cancellation);
        }
    }

    // Whether the trade has moved on.
    private async Task<bool> PlaceAsync(Trade trade, long version, Cause cause, CancellationToken cancellation)
    {
        if (clock.GetUtcNow() >= trade.Assessment!.ExpiresAt)
            return await EndAsync(trade, version, NotPlaced(trade, TradeOutcome.Expired, $"the approval expired at {trade.Assessment.ExpiresAt:u} before the order was placed"), null, cause, cancellation);
        var account = (await AccountAsync(trade, cancellation)).State;
        if (Obstacle(account, trade) is { } obstacle)
            return await EndAsync(trade, version, NotPlaced(trade, TradeOutcome.Cancelled, obstacle), null, cause, cancellation);
        SentOrder? sent = null;
        if (exchange.Costs is null)
        {
            // Without the exchange's rules nothing is sent; they are asked for again until the approval expires.
            var order = trade.Assessment.Order!;
            if (await products.OfAsync(order.Symbol, cancellation) is not { } product)
                return false;
            // It is still looked at with each price, so there is no haste to sell.
            if (RestingStops.Rests(order) && !product.Kinds.Contains(OrderPlacement.StopLoss))
                return await EndAsync(trade, version, NotPlaced(trade, TradeOutcome.Rejected, $"{exchange.Name} takes no stops in {order.Symbol}: Trading:StopOnExchange=false sets none"), null, cause, cancellation);
            sent = Terms(trade, product, order.Quantity);
            if (Broken(trade, sent, product) is { } rule)
                return await EndAsync(trade, version, NotPlaced(trade, TradeOutcome.Rejected, $"{exchange.Name} would refuse it: {rule} of {sent.Quantity.Plain()} at {sent.LimitPrice?.Plain() ?? "market"}"), null, cause, cancellation);
            if (order.Side == TradeAction.Sell)
            {
                if (RestingStops.InTheWay(account, trade.TradeId, order) is [var stop, ..])
                    return await EndStopAsync(stop, trade, version, cause, cancellation);
                // What the stop has sold meanwhile is not sold again.
                var left = RestingStops.Left(account, trade.TradeId, order);
                if (left < order.Quantity)
                    sent = Terms(trade, product, left);
                if (left < order.Quantity && Broken(trade, sent, product) is not null)
                    return await EndAsync(trade, version, NotPlaced(trade, TradeOutcome.Cancelled, $"its stop had sold before it was placed: {left.Plain()} of {order.Quantity.Plain()} are left"), null, cause, cancellation);
            }
        }

        var placed = Trade.Place(trade, exchange.Name, exchange.Simulated, exchange.Costs, clock.GetUtcNow(), sent);
        // Somebody else was first: then it is theirs to send.
        if (!await journal.AppendAsync([new(Trade.StreamId(trade.TradeId), version, placed)], cause, cancellation))
            return true;
        return await SendAsync(placed.Aggregate(trade, Trade.Evolve), version + placed.Count, cause, cancellation);
    }

    // Takes a stop off the exchange, or keeps it from going there, and books what it sold; its end is told by OpenOrders. One that was approved before another makes room for that.
    private async Task<bool> EndStopAsync(Guid stopId, Trade trade, long version, Cause cause, CancellationToken cancellation)
    {
        var (stop, stopVersion) = await journal.TradeAsync(stopId, cancellation) ?? throw new InvalidOperationException($"The stop {stopId} is not in the journal.");
        if (stop.Execution is not null)
            return true;
        if (RestingStops.Rests(trade.Assessment!.Order!) && stop.Assessment!.AccountVersion > trade.Assessment.AccountVersion)
            return await EndAsync(trade, version, NotPlaced(trade, TradeOutcome.Cancelled, $"the stop of trade {stopId} takes its place"), null, cause, cancellation);

        var why = $"taken off for trade {trade.TradeId}";
        var because = cause with { CorrelationId = stopId };
        if (stop.Placed is null)
            return await EndAsync(stop, stopVersion, NotPlaced(stop, TradeOutcome.Cancelled, why), null, because, cancellation);

        var answer = await exchange.CancelAsync(Sent(stop), cancellation);
        if (answer is { Kind: AnswerKind.Refused, Refusal: ExchangeRefusal.NotFound })
            answer = await exchange.OrderAsync(Sent(stop), cancellation);
        else if (!answer.IsDone)
        {
            log.LogWarning("The stop of trade {TradeId} could not be taken off: {Reason}", stopId, answer.Reason);
            return false;
        }
        return await TakeAsync(stop, stopVersion, answer, because, cancellation, why);
    }

    private async Task<bool> SendAsync(Trade trade, long version, Cause cause, CancellationToken cancellation)
    {
        var order = Sent(trade);
        while (true)
        {
            await exchange.PrepareAsync(cancellation);
            // The last look before the call: a halt, or a process that slept in between, lets nothing out any more.
            if (exchange.Costs is null && Obstacle((await AccountAsync(trade, cancellation)).State, trade) is { } obstacle)
                return await EndAsync(trade, version, NotPlaced(trade, TradeOutcome.Cancelled, obstacle), null, cause, cancellation);
            if (exchange.Costs is null && clock.GetUtcNow() >= order.SendBefore)
                return await EndAsync(trade, version, NotPlaced(trade, TradeOutcome.Cancelled, ExchangeOrder.TooLate), null, cause, cancellation);

            var answer = await exchange.PlaceAsync(order, cancellation);
            var mayBeSentAgain = false;
            while (!mayBeSentAgain && answer.Kind == AnswerKind.Refused && answer.Refusal is ExchangeRefusal.RateLimited or ExchangeRefusal.ClockSkew
                && clock.GetUtcNow() + (answer.RetryAfter ?? AskIntervals[0]) < order.SendBefore)
            {
                // It was certainly not taken. It may be sent again, and only when the exchange says that it has no such order.
                log.LogWarning("Order of trade {TradeId} is refused for now: {Reason}", trade.TradeId, answer.Reason);
                await Task.Delay((answer.RetryAfter ?? AskIntervals[0]) + TimerMargin, cancellation);
                answer = await exchange.OrderAsync(order, cancellation);
                mayBeSentAgain = answer is { Kind: AnswerKind.Refused, Refusal: ExchangeRefusal.NotFound };
            }
            if (mayBeSentAgain)
                continue;
            if (answer.Kind == AnswerKind.Refused && order.Sent.Placement == OrderPlacement.StopLoss
                && answer.Refusal is not (ExchangeRefusal.DuplicateId or ExchangeRefusal.RateLimited or ExchangeRefusal.Banned))
            {
                // A position without its stop is left at once, but where nothing is sent at all: then the next price sets it. Nobody else can have sent anything: the stop was certainly not taken.
                if (await ReplaceStopAsync(trade, version, answer.Reason!, null, cause, cancellation) is not { } replaced)
                    return true;
                (trade, version) = (replaced, version + 1);
                order = Sent(trade);
                continue;
            }
            return answer.Kind == AnswerKind.Refused && answer.Refusal != ExchangeRefusal.DuplicateId
                ? await EndRefusedAsync(trade, version, answer.Reason!, cause, cancellation)
                : await TakeAsync(trade, version, answer, cause, cancellation);
        }
    }

    // A sale at market in place of a stop; null when somebody else was first, and sends it.
    private async Task<Trade?> ReplaceStopAsync(Trade trade, long version, string reason, string? clientOrderId, Cause cause, CancellationToken cancellation)
    {
        log.LogError("The stop of trade {TradeId} is refused, the position is sold at market: {Reason}", trade.TradeId, reason);
        var replaced = new OrderReplaced(new(OrderPlacement.Market, Sent(trade).Sent.Quantity, null, null), reason, clock.GetUtcNow(), clientOrderId);
        return await AppendAsync(trade, version, [replaced], cause, cancellation) ? Trade.Evolve(trade, replaced) : null;
    }

    // Who sent it knows that it was not taken, whatever others who asked meanwhile have noted: an exchange that answers nobody for a while could not tell them.
    private async Task<bool> EndRefusedAsync(Trade trade, long version, string reason, Cause cause, CancellationToken cancellation)
    {
        while (trade is { Execution: null, ExchangeOrderId: null, Fills.Count: 0 })
        {
            await EndAsync(trade, version, NotPlaced(trade, TradeOutcome.Rejected, reason), null, cause, cancellation);
            (trade, version) = await journal.TradeAsync(trade.TradeId, cancellation) ?? throw new InvalidOperationException($"Trade {trade.TradeId} is not in the journal any more.");
        }
        return true;
    }

    // What the exchange says of an order that was recorded as placed.
    private async Task<bool> TakeAsync(Trade trade, long version, ExchangeAnswer<OrderReport> answer, Cause cause, CancellationToken cancellation, string? why = null)
    {
        if (answer.IsDone)
            return await TakeAsync(trade, version, answer.Value, why, cause, cancellation);
        if (answer is { Kind: AnswerKind.Refused, Refusal: ExchangeRefusal.NotFound })
            return await MissingAsync(trade, version, cause, cancellation);
        metrics.Unanswered(exchange.Name, answer.Refusal?.ToString() ?? "unknown");
        if (trade.Unknown)
            return false;
        log.LogWarning("What became of the order of trade {TradeId} is not known and will be asked for: {Reason}", trade.TradeId, answer.Reason);
        await AppendAsync(trade, version, [new OrderUnknown(answer.Reason!, clock.GetUtcNow())], cause, cancellation);
        return false;
    }

    private async Task<bool> TakeAsync(Trade trade, long version, OrderReport report, string? why, Cause cause, CancellationToken cancellation)
    {
        // Fills are told a little later than the order here and there: an end without all of them is none yet.
        if (!report.FillsAreComplete)
            return false;
        var fills = new List<OrderFilled>();
        foreach (var fill in report.Fills)
            fills.Add(trade.Fills.Find(known => known.ExchangeTradeId == fill.ExchangeTradeId) ?? await FilledAsync(fill, trade.Placed!.Order.Symbol, cancellation));
        // The exchange took the stop and gave it up: it sells nothing any more, and a new one may fare no better. What is sold anyway needs it no more.
        if (report.Status == OrderStatus.Rejected && fills.Count == 0 && why is null && trade is { Cancel: null, Placed.Sent.Placement: OrderPlacement.StopLoss })
        {
            var given = await ReplaceStopAsync(trade, version, report.Reason ?? $"{exchange.Name} gave it up", DerivedId.ReplacementOrderId(trade.TradeId), cause, cancellation);
            return given is null || await SendAsync(given, version + 1, cause, cancellation);
        }
        if (report.Status != OrderStatus.Open)
        {
            return await EndAsync(
                trade, version, Trade.Ended(trade, report.ExchangeOrderId, fills, report.Status == OrderStatus.Rejected, why ?? report.Reason, clock.GetUtcNow()), fills, cause, cancellation);
        }

        List<ITradeEvent> news = [.. trade.ExchangeOrderId is null ? [new OrderAcknowledged(report.ExchangeOrderId, clock.GetUtcNow())] : Array.Empty<ITradeEvent>(), .. Trade.NewFills(trade, fills)];
        if (news.Count > 0)
            return await AppendAsync(trade, version, news, cause, cancellation);
        var account = (await AccountAsync(trade, cancellation)).State;
        // A stop protects a halted account too; an operator may end it.
        if (Waits(trade))
            return false;
        if (trade.Cancel is null && account.Forbids(trade.Assessment!.Order!) is null && clock.GetUtcNow() - trade.Placed!.At < TimeSpan.FromSeconds(settings.OrderTimeoutSeconds))
            return false;
        // Whether it is cancelled, the next question tells.
        var cancelled = await exchange.CancelAsync(Sent(trade), cancellation);
        log.LogInformation("The rest of the order of trade {TradeId} is cancelled: {Answer}", trade.TradeId, cancelled.Reason ?? "done");
        return cancelled.IsDone;
    }

    private static bool Waits(Trade trade) => trade is { ExchangeOrderId: not null, Placed.Sent.Placement: OrderPlacement.StopLoss, Cancel: null };

    private async Task<bool> MissingAsync(Trade trade, long version, Cause cause, CancellationToken cancellation)
    {
        // One that was seen once is not missing: the exchange is behind.
        if (trade.ExchangeOrderId is not null || clock.GetUtcNow() - trade.Placed!.At < ExchangeOrder.SendWithin + exchange.RequestLifetime + NotFoundMargin)
            return false;
        var cancelled = await exchange.CancelAsync(Sent(trade), cancellation);
        if (cancelled is not { Kind: AnswerKind.Refused, Refusal: ExchangeRefusal.NotFound })
            return cancelled.IsDone;
        return await EndAsync(trade, version, NotPlaced(trade, TradeOutcome.Cancelled, $"{exchange.Name} has no such order, and none can arrive any more: it was never placed"), null, cause, cancellation);
    }

    // Why an order may not go out now; null when it may.
    private string? Obstacle(Portfolio account, Trade trade)
    {
        if (trade.Cancel is { } cancel)
            return $"cancelled by {cancel.By} before it was placed: {cancel.Reason}";
        if (account.Forbids(trade.Assessment!.Order!) is { } state)
            return $"trading was {(state == TradingState.Halted ? "halted" : "reduced to sales")} before the order was placed";
        if (exchange.Costs is not null)
            return null;
        if (account.External?.Exchange != exchange.Name || account.External.Pending)
            return $"the account has not been compared with {exchange.Name} yet, or differs from it";
        return exchange.Simulated || account.External.Confirmed == settings.RealConfiguration() ? null
            : $"the first real order of {settings.RealConfiguration()} needs an operator: trading control resume --confirm-real";
    }

    private static ProductRule? Broken(Trade trade, SentOrder sent, ProductFilters product) =>
        product.Broken(sent.Placement, trade.Assessment!.Order!.Side, sent.Quantity, sent.LimitPrice, ReferencePrice(trade));

    private SentOrder Terms(Trade trade, ProductFilters product, decimal units)
    {
        var order = trade.Assessment!.Order!;
        var quantity = product.QuantityWithin(units);
        if (order is { Type: OrderType.Limit, LimitPrice: { } limit })
        {
            var placed = order.TimeInForce switch
            {
                TimeInForce.PostOnly => OrderPlacement.PostOnly,
                TimeInForce.GoodTillCancelled => OrderPlacement.LimitGtc,
                _ => OrderPlacement.LimitIoc,
            };
            return new(placed, quantity, product.PriceWithin(order.Side, limit), null);
        }
        // Where the exchange has no stops a position is not left without one: it is sold.
        if (order is { Type: OrderType.Stop, StopPrice: { } stop })
        {
            return product.Kinds.Contains(OrderPlacement.StopLoss) && order.Side == TradeAction.Sell
                ? new(OrderPlacement.StopLoss, quantity, product.PriceWithin(order.Side, order.WorstPrice), product.PriceWithin(order.Side, stop))
                : new(OrderPlacement.Market, quantity, null, null);
        }
        return settings.OrderPlacement switch
        {
            // An exit does not wait for somebody who takes it.
            OrderPlacement.PostOnly when order.Exit is not null => new(OrderPlacement.LimitIoc, quantity, product.PriceWithin(order.Side, order.WorstPrice), null),
            OrderPlacement.Market => new(OrderPlacement.Market, quantity, null, null),
            OrderPlacement.PostOnly => new(OrderPlacement.PostOnly, quantity, product.PriceWithin(order.Side, ReferencePrice(trade)), null),
            var placement => new(placement, quantity, product.PriceWithin(order.Side, order.WorstPrice), null),
        };
    }

    private async Task<OrderFilled> FilledAsync(ExchangeFill fill, string symbol, CancellationToken cancellation)
    {
        var parts = ExchangeSymbol.Of(symbol, settings.UsdOnExchange());
        var filled = new OrderFilled(fill.ExchangeOrderId, fill.ExchangeTradeId, fill.Quantity, fill.Price, 0, fill.At);
        if (fill.Fee == 0 || fill.FeeAsset == parts.Quote)
            return filled with { FeeUsd = fill.Fee };
        filled = filled with { FeeAsset = fill.FeeAsset, FeeAmount = fill.Fee };
        return fill.FeeAsset == parts.Base ? filled with { FeeBase = fill.Fee } : filled with { FeeValueUsd = await feeValues.OfAsync(fill.FeeAsset, fill.Fee, cancellation) };
    }

    private static decimal ReferencePrice(Trade trade) => trade.Cause().Price;

    /// <summary>The order of a trade as it was sent.</summary>
    public static ExchangeOrder Sent(Trade trade)
    {
        var placed = trade.Placed!;
        return new(
            trade.TradeId, placed.ClientOrderId, placed.Order, placed.Sent ?? new(OrderPlacement.LimitIoc, placed.Order.Quantity, placed.Order.WorstPrice, null), ReferencePrice(trade), placed.At,
            trade.ExchangeOrderId, placed.Costs);
    }

    private Execution NotPlaced(Trade trade, TradeOutcome outcome, string reason) => new(
        outcome, trade.Placed?.Exchange ?? exchange.Name, trade.Placed?.Simulated ?? exchange.Simulated, trade.Placed?.ClientOrderId ?? DerivedId.ClientOrderId(trade.TradeId), null, 0, 0, 0, reason, clock.GetUtcNow());

    // The account that approved the order is the one that it is settled with, whatever this process is set to.
    private async Task<Loaded<Portfolio>> AccountAsync(Trade trade, CancellationToken cancellation) =>
        await journal.AccountAsync(trade.Assessment!.Account, cancellation) ?? throw new InvalidOperationException($"The account {trade.Assessment.Account} does not exist.");

    private Task<bool> AppendAsync(Trade trade, long version, IReadOnlyList<ITradeEvent> events, Cause cause, CancellationToken cancellation) =>
        journal.AppendAsync([new(Trade.StreamId(trade.TradeId), version, events)], cause, cancellation);

    private async Task<bool> EndAsync(Trade trade, long version, Execution execution, IReadOnlyList<OrderFilled>? fills, Cause cause, CancellationToken cancellation)
    {
        var before = await AccountAsync(trade, cancellation);
        var settled = Portfolio.Decide(new SettleTrade(trade.TradeId, execution, trade.Cancel is not null), before.State);
        // On paper the one fill follows from the execution.
        var told = exchange.Costs is null ? fills : null;
        var appended = await journal.AppendAsync(
            [new(Trade.StreamId(trade.TradeId), version, Trade.Close(trade, execution, told)), new(before.State.Id, before.Version, settled)], cause, cancellation);
        if (!appended)
            return true;
        metrics.Executed(new(trade.TradeId, trade.Assessed(), execution));
        if (trade.Assessment!.Signal == TradeAction.Sell && execution.FilledQuantity > 0)
            CountSale(before.State, settled.Aggregate(before.State, Portfolio.Evolve), execution);
        return true;
    }

    private void CountSale(Portfolio before, Portfolio after, Execution execution)
    {
        var sales = Interlocked.Increment(ref _sales);
        var profitable = after.RealisedUsd - before.RealisedUsd > execution.FeeUsd + (execution.FeeValueUsd ?? 0) ? Interlocked.Increment(ref _profitableSales) : Volatile.Read(ref _profitableSales);
        metrics.Sold(sales, profitable);
    }
}
