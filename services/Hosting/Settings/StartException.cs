namespace Trading.Hosting.Settings;

/// <summary>A failed start that the user can correct: one line, no stack trace.</summary>
public sealed class StartException(string message, int exitCode = CommandLine.WrongSettings) : Exception(message)
{
    /// <summary>The exit code.</summary>
    public int ExitCode { get; } = exitCode;
}
