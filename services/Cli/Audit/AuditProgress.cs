using System.Globalization;
using Spectre.Console;
using Trading.Hosting;

namespace Trading.Cli.Audit;

/// <summary>How far a long command is: a bar with rate and remaining time on a terminal, nothing in a file or a pipe.</summary>
public static class AuditProgress
{
    private static readonly TimeSpan Refresh = TimeSpan.FromMilliseconds(200);

    /// <summary>Runs something long.</summary>
    /// <param name="things">What is counted, for example events.</param>
    /// <param name="total">How many there are.</param>
    /// <param name="json">Whether the answer is JSON, which no bar may disturb.</param>
    /// <param name="act">Reports how many are done.</param>
    public static async Task<T> RunAsync<T>(string things, long total, bool json, Func<IProgress<long>, Task<T>> act)
    {
        var done = new Count();
        if (json || !Terminal.Output.Profile.Capabilities.Interactive)
            return await act(done);

        T result = default!;
        await Terminal.Output.Progress()
            .AutoClear(true)
            .Columns(new ProgressBarColumn(), new PercentageColumn(), new TaskDescriptionColumn(), new RemainingTimeColumn())
            .StartAsync(async progress =>
            {
                var task = progress.AddTask(things, maxValue: Math.Max(1, total));
                var begin = TimeProvider.System.GetTimestamp();
                var work = act(done);
                while (await Task.WhenAny(work, Task.Delay(Refresh)) != work)
                {
                    var rate = done.Value / TimeProvider.System.GetElapsedTime(begin).TotalSeconds;
                    task.Value = done.Value;
                    task.Description = string.Create(CultureInfo.InvariantCulture, $"{done.Value:N0} of {total:N0} {things}, {rate:N0}/s");
                }
                result = await work;
            });
        return result;
    }

    private sealed class Count : IProgress<long>
    {
        private long _value;

        public long Value => Volatile.Read(ref _value);

        public void Report(long value) => Volatile.Write(ref _value, value);
    }
}
