using MassTransit;
using Trading.Contracts;
using Trading.Core;
using Trading.Hosting.Background;
using Trading.Hosting.Settings;
using Trading.Journal.Events;
using Trading.Services.Exchanges;

namespace Trading.Services;

/// <summary>
/// Finds reservations whose order has no end, at the start and then regularly, so that a message lost with its process or sent to the error
/// queue locks no money for ever. It also publishes the ends that no message waits for: of orders found here, of stops that made room for a
/// sale, and those that the last process did not publish.
/// </summary>
public sealed class OpenOrders(TradeJournal journal, TradeExecution execution, IExchange exchange, OrderAges ages, IBus bus,
    TradingSettings settings, TimeProvider clock, Supervision supervision, ILogger<OpenOrders> log)
    : BackgroundWork("open-orders", supervision, log)
{
    /// <summary>Time between two checks.</summary>
    public static readonly TimeSpan Every = TimeSpan.FromSeconds(2);

    /// <summary>A younger order that was sent is left to the process that sent it.</summary>
    public static readonly TimeSpan LeastAgeOfSent = TimeSpan.FromSeconds(2);

    /// <summary>A younger order that was not sent is left to its message.</summary>
    public static readonly TimeSpan LeastAge = TimeSpan.FromSeconds(15);

    /// <summary>
    /// Ends up to this long before the newest one are published again at the start: the last process may have died before it did so.
    /// </summary>
    public static readonly TimeSpan PublishedAgain = TimeSpan.FromMinutes(1);

    /// <summary>The cause of ends that were found here, or by a comparison: they are published from here.</summary>
    public const string Found = "open-orders";

    // A list of all open orders weighs as much as twenty questions for one (80 and 4 on Binance).
    private const int AskedOneByOne = 5;
    private const int MostPublished = 100;
    private static readonly TimeSpan ListedEvery = TimeSpan.FromSeconds(6) - TimeSpan.FromMilliseconds(100);

    private long? _listed;

    // Version of the account up to which all ends have been published.
    private long? _published;

    /// <inheritdoc/>
    protected override TimeSpan? Interval => Every;

    /// <inheritdoc/>
    protected override TimeProvider Time => clock;

    /// <inheritdoc/>
    protected override async Task StepAsync(CancellationToken stopping)
    {
        if (await journal.AccountAsync(settings.Account, stopping) is not { } account)
            return;
        await SweepAsync(account.State, stopping);
        await PublishAsync(account.Version, stopping);
    }

    private async Task SweepAsync(Portfolio account, CancellationToken cancellation)
    {
        ages.Keep(account.Reservations);
        var open = new List<Trade>();
        foreach (var tradeId in account.Reservations.Keys)
        {
            if (await journal.TradeAsync(tradeId, cancellation) is { State: { Assessment: not null } trade }
                && !IsYoung(trade))
                open.Add(trade);
        }
        var rest = await UnchangedAsync([.. open.Where(OrderReports.IsWaitingStop)], cancellation);
        foreach (var trade in open.Where(trade => !rest.Contains(trade.TradeId)))
        {
            if (trade.Placed is null)
                log.LogWarning("Order of trade {TradeId} was approved at {At:u} and has no end: taking it up",
                    trade.TradeId, trade.Assessment!.AssessedAt);
            try
            {
                await execution.ExecuteAsync(trade.TradeId, Found, TimeSpan.Zero, cancellation);
            }
            catch (Exception failed) when (failed is not Npgsql.NpgsqlException && !cancellation.IsCancellationRequested)
            {
                // One trade that cannot be booked must not stop the checks of all other orders and stops.
                log.LogError("The order of trade {TradeId} could not be brought to its end: {Reason}", trade.TradeId, failed.Message);
            }
        }
    }

    // Many stops are looked at with one list of the exchange's open orders; only those that changed are asked for. The others, and all of
    // them between two lists or where there is no answer, wait on.
    private async Task<HashSet<Guid>> UnchangedAsync(IReadOnlyList<Trade> stops, CancellationToken cancellation)
    {
        if (stops.Count <= AskedOneByOne)
            return [];
        if (_listed is { } last && clock.GetElapsedTime(last) < ListedEvery)
            return [.. stops.Select(stop => stop.TradeId)];
        _listed = clock.GetTimestamp();
        var listed = await exchange.OpenOrdersAsync([.. stops.Select(stop => stop.Placed!.Order.Symbol).Distinct()], cancellation);
        if (!listed.IsDone)
            return [.. stops.Select(stop => stop.TradeId)];
        var open = listed.Value.ToDictionary(order => (order.Symbol, order.ExchangeOrderId));
        return [.. stops.Where(stop => open.TryGetValue((stop.Placed!.Order.Symbol, stop.ExchangeOrderId!), out var order)
            && order.Status == OrderStatus.Open && order.FilledQuantity == stop.Fills.Sum(fill => fill.Quantity))
            .Select(stop => stop.TradeId)];
    }

    // A consumer that executes an order for its message publishes the end itself; the message is redelivered until it has done so.
    private async Task PublishAsync(long accountVersion, CancellationToken cancellation)
    {
        var ends = await JournalReader.EndsAsync(journal.Database, settings.Account, _published ?? 0, MostPublished, cancellation);
        foreach (var end in ends)
        {
            var lately = _published is not null || ends[^1].At - end.At <= PublishedAgain;
            if (lately && await journal.TradeAsync(end.TradeId, cancellation) is { State: { Assessment.Order: { } order } trade }
                && (end.CausationId == Found || order.RestsOnExchange())
                && trade.Executed() is { } executed && !await IsPublishedAsync(executed, cancellation))
                return;
        }
        _published = Math.Max(accountVersion, ends.Count > 0 ? ends[^1].Version : 0);
    }

    private async Task<bool> IsPublishedAsync(TradeExecuted executed, CancellationToken cancellation)
    {
        try
        {
            await Executor.Publish(bus, executed);
            return true;
        }
        catch (Exception unsent) when (!cancellation.IsCancellationRequested)
        {
            log.LogWarning("The end of trade {TradeId} could not be published and will be at the next check: {Reason}",
                executed.TradeId, unsent.Message);
            return false;
        }
    }

    private bool IsYoung(Trade trade) => ages.Of(trade) < (trade.Placed is { Costs: null } ? LeastAgeOfSent : LeastAge);
}
