using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Trading.Hosting.Telemetry;

/// <summary>
/// A line of log for people: time (UTC), how bad it is, what happened. Names of classes and event numbers are left out; log collectors get
/// them as JSON.
/// </summary>
internal sealed class PlainLog() : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "plain";

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        // What was being sent when the program was told to stop is sent again after the next start.
        if (logEntry.Exception is OperationCanceledException && logEntry.Category.StartsWith("MassTransit", StringComparison.Ordinal))
            return;
        var text = logEntry.Formatter(logEntry.State, logEntry.Exception).ReplaceLineEndings(" ");
        var level = logEntry.LogLevel switch
        {
            LogLevel.Critical => "failed",
            LogLevel.Error => "error",
            LogLevel.Warning => "warning",
            LogLevel.Information => "info",
            _ => "debug",
        };
        var line = FormattableString.Invariant($"{DateTime.UtcNow:HH:mm:ss} {level}: {text}");
        // An expected failure says all in its message; where it came from matters for what nobody expected.
        textWriter.WriteLine(logEntry.Exception is not { } failure ? line
            : logEntry.LogLevel >= LogLevel.Error ? $"{line} {failure.ToString().ReplaceLineEndings(" ")}"
            : $"{line} ({failure.GetBaseException().Message.ReplaceLineEndings(" ")})");
    }
}
