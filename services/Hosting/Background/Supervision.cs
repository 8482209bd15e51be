using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Npgsql;
using Trading.Hosting.Stores;
using Trading.Hosting.Telemetry;

namespace Trading.Hosting.Background;

/// <summary>
/// Runs background work so that nothing but the program's end stops it: any failure is logged once per kind, counted, shown by
/// <see cref="All"/> and tried again after growing waits. Only failures after which trading would be unsafe end the program.
/// </summary>
/// <param name="metrics">Counts failures.</param>
/// <param name="time">Real time.</param>
public sealed class Supervision(TradingMetrics metrics, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, WorkWatch> _works = new();

    /// <summary>Waits before a failed step is tried again; the last one is used for all further tries.</summary>
    public static IReadOnlyList<TimeSpan> RetryIntervals { get; } =
        [TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(10)];

    /// <summary>How every work does.</summary>
    public IReadOnlyList<WorkHealth> All =>
        [.. _works.Values.Select(work => work.Health).OrderBy(work => work.Work, StringComparer.Ordinal)];

    /// <summary>Runs work until the program ends, or until it is done where one step is the whole work.</summary>
    public async Task RunAsync(SupervisedWork work, CancellationToken stopping)
    {
        var (watch, clock) = (_works.GetOrAdd(work.Name, name => new(name)), work.Time ?? time);
        // The host waits for its services until their first await.
        await Task.Yield();
        while (!stopping.IsCancellationRequested)
        {
            var begin = clock.GetTimestamp();
            TimeSpan? wait;
            try
            {
                await StepAsync(work, stopping);
                Succeeded(work, watch);
                if (work.Interval is not { } interval)
                    return;
                wait = interval - clock.GetElapsedTime(begin);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure) when (!work.EndsProgram(failure))
            {
                wait = Failed(work, watch, failure);
            }
            if (wait > TimeSpan.Zero)
                await Task.Delay(wait.Value, clock, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task StepAsync(SupervisedWork work, CancellationToken stopping)
    {
        if (work.LongestStep is not { } longest)
        {
            await work.Step(stopping);
            return;
        }
        using var limit = new CancellationTokenSource(longest, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stopping);
        try
        {
            await work.Step(linked.Token);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !stopping.IsCancellationRequested)
        {
            throw new TimeoutException($"a step did not end within {longest.TotalSeconds} s");
        }
    }

    private void Succeeded(SupervisedWork work, WorkWatch watch)
    {
        if (watch.Succeed() is { } since)
            work.Log.LogInformation("{Work} works again, after failures since {Since:u}", work.Name, since);
        metrics.Works(work.Name, TimeSpan.Zero);
    }

    private TimeSpan Failed(SupervisedWork work, WorkWatch watch, Exception failure)
    {
        var now = time.GetUtcNow();
        var (isNew, failures, degraded) = watch.Fail(failure, now, time.GetTimestamp(), time);
        var wait = RetryIntervals[Math.Min(failures, RetryIntervals.Count) - 1];
        metrics.WorkFailed(work.Name);
        metrics.Works(work.Name, degraded);
        if (!isNew)
            return wait;
        if (IsOutside(failure))
            work.Log.LogWarning("{Work} failed and is tried again in {Seconds} s: {Reason}", work.Name, wait.TotalSeconds, failure.Message);
        else
            work.Log.LogError(failure, "{Work} failed and is tried again in {Seconds} s: {Reason}", work.Name, wait.TotalSeconds,
                failure.Message);
        return wait;
    }

    // What others cause needs no stack trace.
    private static bool IsOutside(Exception failure) => failure is NpgsqlException or StoreException or HttpRequestException
        or IOException or TimeoutException or OperationCanceledException or InvalidDataException;
}
