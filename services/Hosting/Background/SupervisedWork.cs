using Microsoft.Extensions.Logging;

namespace Trading.Hosting.Background;

/// <summary>Work in steps that <see cref="Supervision"/> runs.</summary>
/// <param name="Name">Name in logs, metrics and on the health page.</param>
/// <param name="Step">One step.</param>
/// <param name="Interval">Time from step to step; zero for at once, null when one step is the whole work.</param>
/// <param name="Log">Where failures are logged.</param>
public sealed record SupervisedWork(string Name, Func<CancellationToken, Task> Step, TimeSpan? Interval, ILogger Log)
{
    /// <summary>Longest time for a step; null for any.</summary>
    public TimeSpan? LongestStep { get; init; }

    /// <summary>The clock of intervals and waits; null for real time.</summary>
    public TimeProvider? Time { get; init; }

    /// <summary>Whether the program must end with a failure.</summary>
    public Func<Exception, bool> EndsProgram { get; init; } = _ => false;
}
