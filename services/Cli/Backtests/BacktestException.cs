namespace Trading.Cli.Backtests;

/// <summary>A command that cannot be run: one line, and the exit code.</summary>
public sealed class BacktestException(string message, int exitCode = BacktestOptions.CouldNotRun) : Exception(message)
{
    /// <summary>The code that the program ends with.</summary>
    public int ExitCode => exitCode;
}
