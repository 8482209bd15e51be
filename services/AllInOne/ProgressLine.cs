using System.Globalization;
using Spectre.Console;
using Trading.Services;

namespace Trading.AllInOne;

/// <summary>The progress of a recorded run: on a terminal only.</summary>
public sealed class ProgressLine(IServiceProvider services, TradingView view, IAnsiConsole console) : BackgroundService
{
    private static readonly TimeSpan Refresh = TimeSpan.FromMilliseconds(200);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (services.GetService<RecordedRun>() is not { } run || !console.Profile.Capabilities.Interactive)
            return;
        await console.Progress()
            .AutoClear(true)
            .Columns(new ProgressBarColumn(), new PercentageColumn(), new TaskDescriptionColumn(), new RemainingTimeColumn())
            .StartAsync(async progress =>
            {
                var task = progress.AddTask("prices", maxValue: 1);
                var begin = TimeProvider.System.GetTimestamp();
                using var timer = new PeriodicTimer(Refresh);
                while (!run.Completed && !stoppingToken.IsCancellationRequested)
                {
                    var rate = run.Prices / TimeProvider.System.GetElapsedTime(begin).TotalSeconds;
                    task.Value = run.Fraction;
                    task.Description = string.Create(CultureInfo.InvariantCulture, $"{run.Prices:N0} prices, {rate:N0}/s, {view.Trades} trades, equity {view.EquityUsd ?? 0:N2}");
                    // Only the progress's own end takes it off the screen, so the stop is looked at and not thrown.
                    await timer.WaitForNextTickAsync(CancellationToken.None);
                }
            });
    }
}
