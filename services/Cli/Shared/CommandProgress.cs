using System.Globalization;
using Trading.Hosting;

namespace Trading.Cli.Shared;

/// <summary>How far a long command is: a line with rate and remaining time on a terminal, nothing in a file or a pipe.</summary>
public static class CommandProgress
{
    /// <summary>Runs something long.</summary>
    /// <param name="things">What is counted, for example events.</param>
    /// <param name="total">How many there are.</param>
    /// <param name="json">Whether the answer is JSON, which no bar may disturb.</param>
    /// <param name="act">Reports how many are done.</param>
    public static async Task<T> RunAsync<T>(string things, long total, bool json, Func<IProgress<long>, Task<T>> act)
    {
        var done = new Count();
        var begin = TimeProvider.System.GetTimestamp();
        var work = act(done);
        if (!json)
        {
            await Terminal.ShowProgressAsync(work, () => (done.Value / (double)Math.Max(1, total), string.Create(
                CultureInfo.InvariantCulture,
                $"{done.Value:N0} of {total:N0} {things}, {done.Value / TimeProvider.System.GetElapsedTime(begin).TotalSeconds:N0}/s")));
        }
        return await work;
    }

    private sealed class Count : IProgress<long>
    {
        private long _value;

        public long Value => Volatile.Read(ref _value);

        public void Report(long value) => Volatile.Write(ref _value, value);
    }
}
