using Xunit;

namespace Trading.TestKit.Programs;

/// <summary>
/// Tests wait for events. This is the one limit on every such wait: far longer than the slowest machine needs, it only ends a test that
/// would wait for ever. Two of them, a wait and the end of its host, end before the runner gives up the whole project
/// (VSTestBlameHangTimeout in .ci/run).
/// </summary>
internal static class HangGuard
{
    /// <summary>Who looks for a fault waits less: TRADING_HANG_SECONDS.</summary>
    public static readonly TimeSpan Limit = int.TryParse(Environment.GetEnvironmentVariable("TRADING_HANG_SECONDS"), out var seconds)
        ? TimeSpan.FromSeconds(seconds) : LongForm.Or(TimeSpan.FromMinutes(40), TimeSpan.FromMinutes(6));

    /// <summary>Ends something, for example a host; fails where that does not come to its end.</summary>
    public static async Task EndAsync(IAsyncDisposable ended)
    {
        try
        {
            await ended.DisposeAsync().AsTask().WaitAsync(Limit);
        }
        catch (TimeoutException)
        {
            Assert.Fail($"{ended.GetType().Name} has not ended within {Limit.TotalMinutes} minutes");
        }
    }
}
