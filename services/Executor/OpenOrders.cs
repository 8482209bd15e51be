using MassTransit;
using Trading.Core;
using Trading.Hosting;
using Trading.Journal;

namespace Trading.Services;

/// <summary>
/// Looks for reservations whose order has no end, at the start and again and again: a message lost with the process that held it, or one that went to the error
/// queue, leaves no money locked for ever.
/// </summary>
public sealed class OpenOrders(TradeJournal journal, TradeExecution execution, IBus bus, TradingSettings settings, TimeProvider clock, ILogger<OpenOrders> log) : BackgroundService
{
    /// <summary>Time between two looks.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    /// <summary>An order that was sent and is younger is left to whoever sent it.</summary>
    public static readonly TimeSpan LeastAgeOfSent = TimeSpan.FromSeconds(2);

    /// <summary>One that was not sent and is younger is left to its message.</summary>
    public static readonly TimeSpan LeastAge = TimeSpan.FromSeconds(15);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        do
        {
            try
            {
                await SweepAsync(stoppingToken);
            }
            catch (Npgsql.NpgsqlException unreachable)
            {
                log.LogWarning("Open orders could not be looked for: {Reason}", unreachable.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task SweepAsync(CancellationToken cancellation)
    {
        if (await journal.AccountAsync(settings.Account, cancellation) is not { } account)
            return;
        foreach (var tradeId in account.State.Reservations.Keys)
        {
            if (await journal.TradeAsync(tradeId, cancellation) is not { State: { Assessment: { } assessment } trade } || IsYoung(trade, assessment))
                continue;
            if (trade.Placed is null)
                log.LogWarning("Order of trade {TradeId} was approved at {At:u} and has no end: taking it up", tradeId, assessment.AssessedAt);
            if (await execution.ExecuteAsync(tradeId, "open-orders", TimeSpan.Zero, cancellation) is { } executed)
                await Executor.Publish(bus, executed);
        }
    }

    private bool IsYoung(Trade trade, Contracts.Assessment assessment) =>
        trade.Placed is null || trade.Placed.Costs is not null ? clock.GetUtcNow() - assessment.AssessedAt < LeastAge : clock.GetUtcNow() - trade.Placed.At < LeastAgeOfSent;
}
