namespace Trading.Cli.Shared;

/// <summary>A question that cannot be answered: one line, exit code 2.</summary>
public sealed class CommandException(string message) : Exception(message);
