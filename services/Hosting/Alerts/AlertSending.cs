using System.Text.Json;
using Microsoft.Extensions.Logging;
using Trading.Hosting.Background;
using Trading.Hosting.Telemetry;
using Trading.Journal.Tables;

namespace Trading.Hosting.Alerts;

/// <summary>
/// Sends raised alerts. The replica that claims an alert sends it. An alert that was certainly not delivered is retried after fixed
/// intervals and then given up; one that may have been delivered is not sent again. Both are logged, and shown by trading control status.
/// </summary>
public sealed class AlertSending(AlertClaims claims, AlertBook book, IEnumerable<IAlertChannel> channels, TradingMetrics metrics,
    Supervision supervision, ILogger<AlertSending> log) : BackgroundWork("alert-sending", supervision, log)
{
    /// <summary>Waits before the retries of an alert that was not delivered; after the last one it is given up.</summary>
    public static readonly IReadOnlyList<TimeSpan> RetryIntervals = [TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(30),
        TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(30)];

    private const int Batch = 10;
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan SweepEvery = TimeSpan.FromMinutes(1);
    private readonly Dictionary<string, IAlertChannel> _channels = channels.ToDictionary(channel => channel.Channel);

    /// <inheritdoc/>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await claims.PrepareAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    private long? _swept;

    /// <inheritdoc/>
    protected override TimeSpan? Interval => TimeSpan.Zero;

    /// <inheritdoc/>
    protected override async Task StepAsync(CancellationToken stopping)
    {
        if (_swept is not { } last || TimeProvider.System.GetElapsedTime(last) > SweepEvery)
        {
            await claims.SweepAsync(stopping);
            _swept = TimeProvider.System.GetTimestamp();
        }
        while (await claims.ClaimAsync(Batch, stopping) is { Count: > 0 } claimed)
            await Task.WhenAll(claimed.Select(SendAsync));
        await book.AnyAsync(Look, stopping);
    }

    // A claimed alert is finished even while the program stops; the channel limits the time.
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
            log.LogWarning("Alert {Key} was not delivered and is tried again in {Seconds} s: {Reason}", delivery.Key,
                after.TotalSeconds, wrong.Message);
            await claims.RetryAsync(delivery, wrong.Message, after, CancellationToken.None);
            metrics.Alerted(channel.Channel, "retried");
        }
        catch (JsonException unreadable)
        {
            // Another version of the program raised it.
            log.LogError("ALERT {Key} cannot be read and was given up: {Reason}", delivery.Key, unreadable.Message);
            await claims.FailedAsync(delivery, $"it cannot be read: {unreadable.Message}", CancellationToken.None);
            metrics.Alerted(channel.Channel, "failed");
        }
        catch (AlertException wrong)
        {
            log.LogError("ALERT {Key} {Outcome}: {Reason}", delivery.Key,
                wrong.Outcome == AlertOutcome.NotSent ? "was given up" : "may not have been delivered", wrong.Message);
            if (wrong.Outcome == AlertOutcome.NotSent)
                await claims.FailedAsync(delivery, wrong.Message, CancellationToken.None);
            else
                await claims.UnsureAsync(delivery, wrong.Message, CancellationToken.None);
            metrics.Alerted(channel.Channel, wrong.Outcome == AlertOutcome.NotSent ? "failed" : "unsure");
        }
        catch (Exception unexpected) when (unexpected is not Npgsql.NpgsqlException)
        {
            log.LogError(unexpected, "ALERT {Key} may not have been delivered: {Reason}", delivery.Key, unexpected.Message);
            await claims.UnsureAsync(delivery, $"{unexpected.GetType().Name}: {unexpected.Message}", CancellationToken.None);
            metrics.Alerted(channel.Channel, "unsure");
        }
    }
}
