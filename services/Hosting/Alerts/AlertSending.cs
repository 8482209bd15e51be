using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Trading.Journal;

namespace Trading.Hosting;

/// <summary>
/// Sends what was raised. Of all replicas the one that claims an alert sends it. What was certainly not delivered is tried again after written intervals and then given up; what may have been
/// delivered is not sent again. Both are logged, and shown by trading control status.
/// </summary>
public sealed class AlertSending(AlertClaims claims, AlertBook book, IEnumerable<ITradeAlerts> channels, TradingMetrics metrics, ILogger<AlertSending> log) : BackgroundService
{
    /// <summary>After how long an alert that was not delivered is tried again; after the last it is given up.</summary>
    public static readonly IReadOnlyList<TimeSpan> RetryIntervals = [TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(30)];

    private const int Batch = 10;
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan SweepEvery = TimeSpan.FromMinutes(1);
    private readonly Dictionary<string, ITradeAlerts> _channels = channels.ToDictionary(channel => channel.Channel);

    /// <inheritdoc/>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await claims.PrepareAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        long? swept = null;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (swept is not { } last || TimeProvider.System.GetElapsedTime(last) > SweepEvery)
                {
                    await claims.SweepAsync(stoppingToken);
                    swept = TimeProvider.System.GetTimestamp();
                }
                while (await claims.ClaimAsync(Batch, stoppingToken) is { Count: > 0 } claimed)
                    await Task.WhenAll(claimed.Select(SendAsync));
                await book.AnyAsync(Look, stoppingToken);
            }
            catch (NpgsqlException unreachable)
            {
                log.LogWarning("Alerts could not be looked for: {Reason}", unreachable.Message);
                await Task.Delay(Look, stoppingToken).ContinueWith(_ => { }, TaskScheduler.Default);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
        }
    }

    // What was claimed is brought to its end, also while the program stops: the time for it is bounded by the channel's.
    private async Task SendAsync(AlertDelivery delivery)
    {
        if (!_channels.TryGetValue(delivery.Channel, out var channel))
        {
            await claims.FailedAsync(delivery, "no channel of that name is set any more", CancellationToken.None);
            return;
        }
        try
        {
            await channel.SendAsync(AlertBook.Read(delivery.Payload), CancellationToken.None);
            await claims.SentAsync(delivery, CancellationToken.None);
            metrics.Alerted(channel.Channel, "sent");
        }
        catch (AlertException wrong) when (wrong.Outcome == AlertOutcome.NotSent && delivery.Attempts <= RetryIntervals.Count)
        {
            var after = RetryIntervals[delivery.Attempts - 1];
            log.LogWarning("Alert {Key} was not delivered and is tried again in {Seconds} s: {Reason}", delivery.Key, after.TotalSeconds, wrong.Message);
            await claims.RetryAsync(delivery, wrong.Message, after, CancellationToken.None);
            metrics.Alerted(channel.Channel, "retried");
        }
        catch (AlertException wrong)
        {
            log.LogError("ALERT {Key} {Outcome}: {Reason}", delivery.Key, wrong.Outcome == AlertOutcome.NotSent ? "was given up" : "may not have been delivered", wrong.Message);
            if (wrong.Outcome == AlertOutcome.NotSent)
                await claims.FailedAsync(delivery, wrong.Message, CancellationToken.None);
            else
                await claims.UnsureAsync(delivery, wrong.Message, CancellationToken.None);
            metrics.Alerted(channel.Channel, wrong.Outcome == AlertOutcome.NotSent ? "failed" : "unsure");
        }
    }
}
