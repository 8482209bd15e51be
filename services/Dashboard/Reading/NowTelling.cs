using System.Text.Json;
using Trading.Dashboard.Answers;
using Trading.Hosting.Alerts;
using Trading.Hosting.Background;
using Trading.Hosting.Settings;
using Trading.Journal.Tables;

namespace Trading.Dashboard.Reading;

/// <summary>
/// Tells viewers how everything stands, at most five times a second and written once for all of them; new alerts; and a sign of life every
/// few seconds, without which a page knows that it shows what was.
/// </summary>
public sealed class NowTelling(
    JournalView view, StreamHub hub, JournalReading reading, Health health, DashboardDatabase database, TradingSettings settings,
    Supervision supervision, ILogger<NowTelling> log) : BackgroundWork("dashboard-stream", supervision, log)
{
    private static readonly TimeSpan Whole = TimeSpan.FromSeconds(3), Beat = TimeSpan.FromSeconds(3);
    private (long Sequence, string? Trouble) _told = (-1, null);
    private DateTimeOffset? _alertsAfter;
    private long _toldAt, _beatAt, _alertsAt;

    /// <inheritdoc/>
    protected override TimeSpan? Interval => TimeSpan.FromMilliseconds(200);

    /// <inheritdoc/>
    protected override Task StepAsync(CancellationToken stopping)
    {
        if (hub.Viewers > 0)
            return TellAsync(stopping);
        // A viewer gets new alerts alone; the page lists the others.
        _alertsAfter = null;
        return Task.CompletedTask;
    }

    private async Task TellAsync(CancellationToken cancellation)
    {
        if (IsDue(ref _beatAt, Beat))
            Send("beat", new StreamedBeat(TimeProvider.System.GetUtcNow(), reading.Progress, reading.Trouble));
        if (reading.Progress >= 1 && ((view.Sequence, reading.Trouble) != _told || TimeProvider.System.GetElapsedTime(_toldAt) > Whole))
        {
            (_told, _toldAt) = ((view.Sequence, reading.Trouble), TimeProvider.System.GetTimestamp());
            Send("now", NowReport.Of(view, settings, await health.PartsAsync(cancellation), reading.Trouble));
        }
        if (IsDue(ref _alertsAt, TimeSpan.FromSeconds(1)))
            await AlertsAsync(cancellation);
    }

    private async Task AlertsAsync(CancellationToken cancellation)
    {
        var after = _alertsAfter ??= TimeProvider.System.GetUtcNow();
        foreach (var raised in (await AlertClaims.NewestAsync(database.Journal, 20, after, cancellation)).Reverse())
        {
            _alertsAfter = raised.RaisedAt;
            Send("alert", AlertRow.Of(raised));
        }
    }

    private static bool IsDue(ref long last, TimeSpan every)
    {
        if (last != 0 && TimeProvider.System.GetElapsedTime(last) < every)
            return false;
        last = TimeProvider.System.GetTimestamp();
        return true;
    }

    private void Send<T>(string kind, T what) =>
        hub.Send(StreamMessage.Of(kind, null, JsonSerializer.SerializeToUtf8Bytes(what, ApiJson.Options)), isState: kind == "now");
}

/// <summary>A sign of life.</summary>
/// <param name="At">Now (UTC).</param>
/// <param name="Progress">How much of the journal was read, 0 to 1.</param>
/// <param name="Trouble">Why the journal cannot be read now; null while it can.</param>
public sealed record StreamedBeat(DateTimeOffset At, double Progress, string? Trouble);

/// <summary>An alert.</summary>
/// <param name="Key">What it is about.</param>
/// <param name="Kind">Its kind, for example latch.</param>
/// <param name="Subject">One line.</param>
/// <param name="Text">What happened.</param>
/// <param name="RaisedAt">When it was raised (UTC).</param>
/// <param name="State">waiting, sending, sent, failed or unsure: whether its receivers have it.</param>
public sealed record AlertRow(string Key, string Kind, string Subject, string Text, DateTimeOffset RaisedAt, string State)
{
    /// <summary>The row of a stored alert.</summary>
    public static AlertRow Of(RaisedAlert raised)
    {
        var alert = AlertBook.Read(raised.Payload);
        return new(raised.Key, DashedName.Of(alert.Kind.ToString()), alert.Subject, alert.Text, raised.RaisedAt, raised.State);
    }
}
