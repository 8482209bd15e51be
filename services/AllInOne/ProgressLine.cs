using System.Globalization;
using Trading.Core;
using Trading.Hosting;
using Trading.Hosting.Background;
using Trading.Hosting.Settings;
using Trading.Services;

namespace Trading.AllInOne;

/// <summary>The progress of a recorded run: on a terminal only. It counts the prices that were decided on, not those read ahead.</summary>
public sealed class ProgressLine(IServiceProvider services, TradingView view, TradingSettings settings, Supervision supervision,
    ILogger<ProgressLine> log) : BackgroundWork("progress-line", supervision, log)
{
    /// <inheritdoc/>
    protected override TimeSpan? Interval => null;

    /// <inheritdoc/>
    protected override async Task StepAsync(CancellationToken stopping)
    {
        if (settings.Feed != FeedKind.Recorded || services.GetService<RecordedRun>() is not { } run
            || !Terminal.Output.Profile.Capabilities.Interactive)
            return;
        using var counting = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var total = run.CountAsync(counting.Token);
        var begin = TimeProvider.System.GetTimestamp();
        await Terminal.ShowProgressAsync(UntilEndAsync(run, stopping), () =>
        {
            var seen = view.SoFar;
            var rate = run.Prices / TimeProvider.System.GetElapsedTime(begin).TotalSeconds;
            return (total.IsCompletedSuccessfully && total.Result > 0 ? (double)run.Prices / total.Result : null,
                string.Create(CultureInfo.InvariantCulture, $"{run.Prices:N0} prices, {rate:N0}/s, ") + Figures.Count(seen.Trades, "trade")
                + (seen.EquityUsd is { } equity ? $", equity {Figures.Money(equity)}" : ""));
        });
        await counting.CancelAsync();
    }

    private static async Task UntilEndAsync(RecordedRun run, CancellationToken stopping)
    {
        while (!run.Completed && !stopping.IsCancellationRequested)
            await Task.Delay(TimeSpan.FromMilliseconds(100), CancellationToken.None);
    }
}
