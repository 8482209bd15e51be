using Microsoft.Extensions.Logging;
using Trading.Hosting.Background;
using Trading.Hosting.Messaging;
using Trading.Hosting.Settings;
using Trading.Hosting.Telemetry;
using Trading.Journal.Events;

namespace Trading.Hosting.Control;

/// <summary>
/// Watches this machine's clock against its own monotonic one, the database's, and those of the services that send messages. A jump is a
/// warning and a metric. While a difference is larger than MaxClockSkewSeconds the account only reduces: no purchase by a wrong clock, and
/// exits go on.
/// </summary>
/// <param name="journal">The database whose clock is compared.</param>
/// <param name="senders">The clocks of the senders of messages.</param>
/// <param name="control">Reduces the account; null in a program that only measures.</param>
/// <param name="settings">The largest difference.</param>
/// <param name="metrics">Shows differences.</param>
/// <param name="real">Real time.</param>
/// <param name="supervision">Runs the checks.</param>
/// <param name="log">Logs jumps and differences.</param>
public sealed class ClockWatch(TradeJournal journal, SenderClocks senders, IOperatorControl? control, TradingSettings settings,
    TradingMetrics metrics, TimeProvider real, Supervision supervision, ILogger<ClockWatch> log)
    : BackgroundWork("clock-watch", supervision, log)
{
    /// <summary>Who reduces the account.</summary>
    public const string Name = "clock-watch";

    private static readonly TimeSpan Every = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LeastJump = TimeSpan.FromSeconds(1);

    // A slower answer says nothing about the database's clock.
    private static readonly TimeSpan LongestAnswer = TimeSpan.FromSeconds(1);

    // From the beginning on: also what happens before the first check is a jump.
    private (DateTimeOffset Wall, long Monotonic) _last = (real.GetUtcNow(), real.GetTimestamp());
    private bool _off;

    /// <inheritdoc/>
    protected override TimeSpan? Interval => Every;

    /// <inheritdoc/>
    protected override TimeProvider Time => real;

    /// <inheritdoc/>
    protected override async Task StepAsync(CancellationToken stopping)
    {
        Jumped();
        var offsets = new Dictionary<string, TimeSpan>(senders.Ahead);
        if (await DatabaseAheadAsync(stopping) is { } ahead)
            offsets["database"] = ahead;
        // A message that waited looks as if its sender were behind, so only the database's clock counts in both directions.
        var limit = TimeSpan.FromSeconds(settings.MaxClockSkewSeconds);
        var wrong = offsets.Where(offset => offset.Value > limit || (offset.Key == "database" && offset.Value < -limit)).ToList();
        if (wrong.Count == 0)
        {
            _off = false;
            return;
        }
        var reason = string.Join("; ", wrong.Select(offset => Told(offset.Key, offset.Value)));
        if (!_off)
            log.LogError("CLOCKS DIFFER: {Reason}; Trading:MaxClockSkewSeconds is {Limit}", reason, settings.MaxClockSkewSeconds);
        _off = true;
        if (control is not null)
            await ReduceAsync(reason, stopping);
    }

    private async Task ReduceAsync(string reason, CancellationToken cancellation)
    {
        try
        {
            if ((await control!.StatusAsync(cancellation)).State == Core.TradingState.Active)
                await control.ActAsync(new(OperatorAction.Reduce, Name, reason) { OnlyTighten = true }, cancellation);
        }
        catch (ControlException unopened) when (unopened.Kind == ControlProblem.NotFound)
        {
            // There is no account yet that could buy.
        }
    }

    private void Jumped()
    {
        var now = (Wall: real.GetUtcNow(), Monotonic: real.GetTimestamp());
        var jump = now.Wall - _last.Wall - real.GetElapsedTime(_last.Monotonic, now.Monotonic);
        if (jump.Duration() >= LeastJump)
        {
            metrics.ClockJumped();
            log.LogWarning("This machine's clock jumped by {Seconds:0.0} s, to {Now:u}", jump.TotalSeconds, now.Wall);
        }
        _last = now;
    }

    private async Task<TimeSpan?> DatabaseAheadAsync(CancellationToken cancellation)
    {
        await using var command = journal.Database.CreateCommand("select clock_timestamp()");
        var begin = real.GetTimestamp();
        var said = (DateTime)(await command.ExecuteScalarAsync(cancellation))!;
        var took = real.GetElapsedTime(begin);
        if (took > LongestAnswer)
            return null;
        var ahead = said - (real.GetUtcNow().UtcDateTime - took / 2);
        metrics.ClockAhead("database", ahead);
        return ahead;
    }

    private static string Told(string kind, TimeSpan ahead) => FormattableString.Invariant(
        $"the clock of {(kind == "database" ? "the database" : $"the sender of {kind}")} is {ahead.Duration().TotalSeconds:0.0} s ")
        + (ahead > TimeSpan.Zero ? "ahead of this one" : "behind this one");
}
