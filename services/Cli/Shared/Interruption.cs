using System.Runtime.InteropServices;

namespace Trading.Cli.Shared;

/// <summary>
/// Ctrl-C, SIGTERM and a closed terminal end a command: the first one asks it to end, a second one ends the process at once.
/// </summary>
internal sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly PosixSignalRegistration[] _signals;

    public Interruption() => _signals = [PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop),
        PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop), PosixSignalRegistration.Create(PosixSignal.SIGHUP, Stop)];

    /// <summary>Ends the command.</summary>
    public CancellationToken Token => _stop.Token;

    /// <summary>The exit code of a command that was stopped so: 128 and the number of the signal; 0 when none came.</summary>
    public static int ExitCode { get; private set; }

    public void Dispose()
    {
        foreach (var signal in _signals)
            signal.Dispose();
        _stop.Dispose();
    }

    private void Stop(PosixSignalContext signal)
    {
        if (ExitCode != 0)
            return;
        signal.Cancel = true;
        ExitCode = signal.Signal switch { PosixSignal.SIGTERM => 143, PosixSignal.SIGHUP => 129, _ => 130 };
        _stop.Cancel();
    }
}
