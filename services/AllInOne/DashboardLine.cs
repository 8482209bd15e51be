using Spectre.Console;
using Trading.Dashboard;
using Trading.Dashboard.Access;

namespace Trading.AllInOne;

/// <summary>Prints where the dashboard is, with a token that logs in once; when it was used, another one for the next browser.</summary>
public sealed class DashboardLine(IServiceProvider services, IHostApplicationLifetime host, Sessions sessions, IAnsiConsole console)
    : IHostedService
{
    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        host.ApplicationStarted.Register(() => Print("dashboard: "));
        sessions.Used += () => Print("dashboard opened; for another browser: ");
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private void Print(string before)
    {
        // Unwrapped: an address that is broken in two cannot be clicked.
        if (DashboardProgram.Address(services) is { } address)
            console.Profile.Out.Writer.WriteLine(before + address);
    }
}
