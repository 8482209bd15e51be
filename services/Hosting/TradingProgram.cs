using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Hosting;
using Trading.Hosting.Messaging;
using Trading.Hosting.Settings;

namespace Trading.Hosting;

/// <summary>A program of this system.</summary>
/// <param name="Name">Name of the service: in logs, headers, traces.</param>
/// <param name="Description">Description for --help.</param>
/// <param name="Register">Registers its services and consumers.</param>
public sealed record TradingProgram(string Name, string Description, Action<TradingServices> Register)
{
    /// <summary>The profile where none is named.</summary>
    public string Profile { get; init; } = TradingSettings.DefaultProfile;

    /// <summary>How it is called, for --help; null where it is a program of its own.</summary>
    public string? Usage { get; init; }

    /// <summary>Values that this program sets instead of the profile's.</summary>
    public Func<TradingSettings, TradingSettings> Defaults { get; init; } = settings => settings;

    /// <summary>Checks or changes settings that depend on the environment, before anything starts.</summary>
    public Func<TradingSettings, CancellationToken, Task<TradingSettings>> Prepare { get; init; } = (settings, _) =>
        Task.FromResult(settings);

    /// <summary>Runs after the services have stopped; returns the exit code.</summary>
    public Func<IServiceProvider, Task<int>> Finish { get; init; } = _ => Task.FromResult(0);

    /// <summary>Whether the program decides or executes: then it reduces the account while clocks differ too much.</summary>
    public bool Decides { get; init; }

    /// <summary>Whether the program runs all services, so that the in-memory transport and a private journal are enough.</summary>
    public bool Complete { get; init; }

    /// <summary>Adds pages of its own to the web server.</summary>
    public Action<WebApplication> Map { get; init; } = _ => { };

    /// <summary>
    /// Whether the program only reads the journal: it exchanges no messages, creates no table and needs no right to write.
    /// </summary>
    public bool ReadsOnly { get; init; }

    /// <summary>Whether the program writes for a person to standard output; then only warnings are logged, to standard error.</summary>
    public bool Interactive { get; init; }
}

/// <summary>Ends the program from inside, with a line for the user.</summary>
public sealed class EarlyEnd(IHostApplicationLifetime host)
{
    /// <summary>Why the program ended; null without a failure.</summary>
    public StartException? Reason { get; private set; }

    /// <summary>Stops the services; the program ends with the reason's exit code.</summary>
    public void Because(StartException reason)
    {
        Reason ??= reason;
        host.StopApplication();
    }
}
