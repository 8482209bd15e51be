using System.Collections.Concurrent;
using Trading.Contracts;
using Trading.Core;
using Trading.Hosting.Settings;
using Trading.Journal.Events;

namespace Trading.Services.Exchanges;

/// <summary>
/// An exchange on paper. The result of an order follows from the order, the price of its decision and the trade's id, so a query for an
/// order that was placed before a crash returns the same fill. Its balances are the account's.
/// </summary>
public sealed class PaperExchange(TradeJournal journal, TradingSettings settings, TimeProvider clock) : IExchange
{
    private const int Remembered = 1000;

    private readonly ConcurrentQueue<ExchangeFill> _fills = new();

    /// <inheritdoc/>
    public string Name => PaperFill.Exchange;

    /// <inheritdoc/>
    public bool Simulated => true;

    /// <inheritdoc/>
    public PaperCosts? Costs { get; } = settings.Pipeline().Costs;

    /// <inheritdoc/>
    public TimeSpan RequestLifetime => TimeSpan.Zero;

    /// <inheritdoc/>
    public Task<ExchangeAnswer<OrderReport>> PlaceAsync(ExchangeOrder order, CancellationToken cancellation) => Task.FromResult(
        PaperFill.TimesOut(order.TradeId, CostsOf(order))
            ? ExchangeAnswer.Unknown<OrderReport>("no answer, as the paper market's rate of time-outs has it")
            : ExchangeAnswer.Done(Report(order)));

    /// <inheritdoc/>
    public Task<ExchangeAnswer<OrderReport>> CancelAsync(ExchangeOrder order, CancellationToken cancellation) =>
        Task.FromResult(ExchangeAnswer.Refused<OrderReport>(ExchangeRefusal.NotFound, "no order waits on paper"));

    /// <inheritdoc/>
    public Task<ExchangeAnswer<OrderReport>> OrderAsync(ExchangeOrder order, CancellationToken cancellation) =>
        Task.FromResult(ExchangeAnswer.Done(Report(order)));

    /// <inheritdoc/>
    public Task<ExchangeAnswer<OrderReport>> OrderByIdAsync(string symbol, string exchangeOrderId, CancellationToken cancellation) =>
        Task.FromResult(ExchangeAnswer.Refused<OrderReport>(ExchangeRefusal.NotFound, "no order waits on paper"));

    /// <inheritdoc/>
    public Task<ExchangeAnswer<IReadOnlyList<OrderReport>>> OpenOrdersAsync(
        IReadOnlyCollection<string> symbols, CancellationToken cancellation) =>
        Task.FromResult(ExchangeAnswer.Done<IReadOnlyList<OrderReport>>([]));

    /// <inheritdoc/>
    public Task<ExchangeAnswer<IReadOnlyList<ExchangeFill>>> FillsAsync(
        string symbol, DateTimeOffset since, CancellationToken cancellation) =>
        Task.FromResult(
            ExchangeAnswer.Done<IReadOnlyList<ExchangeFill>>([.. _fills.Where(fill => fill.Symbol == symbol && fill.At >= since)]));

    /// <inheritdoc/>
    public async Task<ExchangeAnswer<IReadOnlyList<ExchangeBalance>>> BalancesAsync(CancellationToken cancellation)
    {
        if (await journal.AccountAsync(settings.Account, cancellation) is not { State: var account })
            return ExchangeAnswer.Done<IReadOnlyList<ExchangeBalance>>([]);
        return ExchangeAnswer.Done<IReadOnlyList<ExchangeBalance>>([
            new("USD", account.FreeCashUsd(), account.ReservedUsd()),
            .. account.Positions.Select(held => new ExchangeBalance(
                ExchangeSymbol.Of(held.Key, "USD").Base, account.FreeQuantity(held.Key),
                held.Value.Quantity - account.FreeQuantity(held.Key)))]);
    }

    /// <inheritdoc/>
    public Task<ExchangeAnswer<ProductFilters>> ProductAsync(string symbol, CancellationToken cancellation)
    {
        var parts = ExchangeSymbol.Of(symbol, "USD");
        return Task.FromResult(ExchangeAnswer.Done(new ProductFilters(
            symbol, symbol, parts.Base, parts.Quote, true, [OrderPlacement.LimitIoc, OrderPlacement.Market], 0, 0, 0, settings.LotSize, 0,
            0, 0, settings.LeastOrderValueUsd, 0, 0, 0, 0, 0, 0)));
    }

    /// <inheritdoc/>
    public Task<ExchangeAnswer<decimal>> PriceAsync(string asset, CancellationToken cancellation) =>
        Task.FromResult(ExchangeAnswer.Refused<decimal>(ExchangeRefusal.NotTraded, "paper has no market of its own"));

    /// <inheritdoc/>
    public Task<ExchangeAnswer<DateTimeOffset>> ServerTimeAsync(CancellationToken cancellation) =>
        Task.FromResult(ExchangeAnswer.Done(clock.GetUtcNow()));

    // The costs that the order was recorded with, whatever the settings are now.
    private PaperCosts CostsOf(ExchangeOrder order) => order.Costs ?? Costs!;

    private OrderReport Report(ExchangeOrder order)
    {
        var execution = PaperFill.Of(order.TradeId, order.Order, order.ReferencePrice, CostsOf(order), clock.GetUtcNow());
        var fills = new List<ExchangeFill>();
        if (execution.FilledQuantity > 0)
        {
            fills.Add(new(
                execution.ExchangeOrderId!, $"{execution.ExchangeOrderId}-1", order.Order.Symbol, order.Order.Side,
                execution.FilledQuantity, execution.AveragePrice, execution.FeeUsd,
                ExchangeSymbol.Of(order.Order.Symbol, "USD").Quote, execution.ExecutedAt));
            Remember(fills[0]);
        }
        var status = execution.Outcome switch
        {
            TradeOutcome.Filled => OrderStatus.Filled,
            TradeOutcome.Rejected => OrderStatus.Rejected,
            _ => OrderStatus.Cancelled,
        };
        return new(
            execution.ExchangeOrderId!, order.ClientOrderId, order.Order.Symbol, order.Order.Side, status, order.Order.Quantity,
            execution.FilledQuantity, order.Order.WorstPrice, fills,
            execution.Reason, execution.ExecutedAt);
    }

    private void Remember(ExchangeFill fill)
    {
        if (_fills.All(known => known.ExchangeTradeId != fill.ExchangeTradeId))
            _fills.Enqueue(fill);
        while (_fills.Count > Remembered)
            _fills.TryDequeue(out _);
    }
}

/// <summary>Makes the paper exchange.</summary>
internal sealed class PaperExchangeMaker : IExchangeMaker
{
    /// <inheritdoc/>
    public string Name => PaperFill.Exchange;

    /// <inheritdoc/>
    public IExchange Create(IServiceProvider services, ExchangeOptions options) =>
        ActivatorUtilities.CreateInstance<PaperExchange>(services);
}
