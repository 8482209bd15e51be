using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Trading.Hosting.Settings;
using Trading.Journal.Postgres;

namespace Trading.Hosting.Background;

/// <summary>
/// Work of a program beside its messages, in steps. A step that fails is logged, counted and tried again (<see cref="Supervision"/>). There
/// is no other kind of background service, so none can end in silence.
/// </summary>
/// <param name="name">Name in logs, metrics and on the health page, for example open-orders.</param>
/// <param name="supervision">Runs the steps.</param>
/// <param name="log">The work's own log.</param>
public abstract class BackgroundWork(string name, Supervision supervision, ILogger log) : BackgroundService
{
    /// <summary>Runs the steps, and what else goes on beside them.</summary>
    protected Supervision Supervision => supervision;

    /// <summary>Time from the begin of a step to the begin of the next; zero for at once, null when one step is the whole work.</summary>
    protected abstract TimeSpan? Interval { get; }

    /// <summary>Longest time for a step; after that it is cancelled, counts as failed and is tried again. Null: a step may last.</summary>
    protected virtual TimeSpan? LongestStep => Interval > TimeSpan.Zero ? TimeSpan.FromMinutes(10) : null;

    /// <summary>The clock of intervals and waits; null for real time.</summary>
    protected virtual TimeProvider? Time => null;

    /// <summary>The lock of work that one replica at a time does; null for work that each one does.</summary>
    protected virtual Leadership? Leader => null;

    /// <summary>In place of a step: another replica does the work.</summary>
    protected virtual void Followed()
    {
    }

    /// <summary>One step of the work. It may throw anything.</summary>
    protected abstract Task StepAsync(CancellationToken stopping);

    /// <summary>Whether trading would be unsafe after this failure, so that the program must end with it.</summary>
    protected virtual bool EndsProgram(Exception failure) => failure is StartException or PoolerException;

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (Leader is { } leader)
            await leader.DisposeAsync();
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        GC.SuppressFinalize(this);
        base.Dispose();
        Leader?.Dispose();
    }

    /// <inheritdoc/>
    protected sealed override Task ExecuteAsync(CancellationToken stoppingToken) => supervision.RunAsync(
        new(name, LedStepAsync, Interval, log) { LongestStep = LongestStep, Time = Time, EndsProgram = EndsProgram }, stoppingToken);

    private async Task LedStepAsync(CancellationToken stopping)
    {
        if (Leader is null || await Leader.HoldAsync(stopping))
            await StepAsync(stopping);
        else
            Followed();
    }
}
