using MassTransit;
using Trading.Contracts;
using Trading.Core;
using Trading.Hosting;
using Trading.Journal;

namespace Trading.Services;

/// <summary>
/// Looks for reservations whose order has no end, at the start and again and again: a message lost with the process that held it, or one that went to the error
/// queue, leaves no money locked for ever. And tells the ends that no message waits for, those of the last process too: that of an order found here, and that of a stop which made room for a sale.
/// </summary>
public sealed class OpenOrders(TradeJournal journal, TradeExecution execution, IBus bus, TradingSettings settings, TimeProvider clock, ILogger<OpenOrders> log) : BackgroundService
{
    /// <summary>Time between two looks.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    /// <summary>An order that was sent and is younger is left to whoever sent it.</summary>
    public static readonly TimeSpan LeastAgeOfSent = TimeSpan.FromSeconds(2);

    /// <summary>One that was not sent and is younger is left to its message.</summary>
    public static readonly TimeSpan LeastAge = TimeSpan.FromSeconds(15);

    /// <summary>How long before the newest end others are told again at the start: whoever appended them may have died before telling.</summary>
    public static readonly TimeSpan ToldAgain = TimeSpan.FromMinutes(1);

    private const int MostTold = 100;
    private const string Found = "open-orders";

    // Version of the account up to which all ends have been told.
    private long? _told;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        do
        {
            try
            {
                if (await journal.AccountAsync(settings.Account, stoppingToken) is not { } account)
                    continue;
                await SweepAsync(account.State, stoppingToken);
                await TellAsync(account.Version, stoppingToken);
            }
            catch (Npgsql.NpgsqlException unreachable)
            {
                log.LogWarning("Open orders could not be looked for: {Reason}", unreachable.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task SweepAsync(Portfolio account, CancellationToken cancellation)
    {
        foreach (var tradeId in account.Reservations.Keys)
        {
            if (await journal.TradeAsync(tradeId, cancellation) is not { State: { Assessment: { } assessment } trade } || IsYoung(trade, assessment))
                continue;
            if (trade.Placed is null)
                log.LogWarning("Order of trade {TradeId} was approved at {At:u} and has no end: taking it up", tradeId, assessment.AssessedAt);
            try
            {
                await execution.ExecuteAsync(tradeId, Found, TimeSpan.Zero, cancellation);
            }
            catch (Exception failed) when (failed is InvalidOperationException or InvalidDataException)
            {
                // One trade that cannot be booked does not keep the orders and stops of all others from being looked at.
                log.LogError("The order of trade {TradeId} could not be brought to its end: {Reason}", tradeId, failed.Message);
            }
        }
    }

    // Whoever executes an order for its message tells its end, and the message comes again until that is done.
    private async Task TellAsync(long accountVersion, CancellationToken cancellation)
    {
        var ends = await JournalReader.EndsAsync(journal.Database, settings.Account, _told ?? 0, MostTold, cancellation);
        foreach (var end in ends)
        {
            var lately = _told is not null || ends[^1].At - end.At <= ToldAgain;
            if (lately && await journal.TradeAsync(end.TradeId, cancellation) is { State: { Assessment.Order: { } order } trade } && (end.CausationId == Found || RestingStops.Rests(order))
                && trade.Executed() is { } executed && !await IsToldAsync(executed, cancellation))
                return;
        }
        _told = Math.Max(accountVersion, ends.Count > 0 ? ends[^1].Version : 0);
    }

    private async Task<bool> IsToldAsync(TradeExecuted executed, CancellationToken cancellation)
    {
        try
        {
            await Executor.Publish(bus, executed);
            return true;
        }
        catch (Exception unsent) when (!cancellation.IsCancellationRequested)
        {
            log.LogWarning("The end of trade {TradeId} could not be told and will be at the next look: {Reason}", executed.TradeId, unsent.Message);
            return false;
        }
    }

    private bool IsYoung(Trade trade, Assessment assessment) =>
        trade.Placed is null || trade.Placed.Costs is not null ? clock.GetUtcNow() - assessment.AssessedAt < LeastAge : clock.GetUtcNow() - trade.Placed.At < LeastAgeOfSent;
}
