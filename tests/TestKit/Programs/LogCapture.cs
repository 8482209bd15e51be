using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Trading.TestKit.Programs;

/// <summary>A log whose lines a test reads.</summary>
/// <param name="least">The lowest level that is kept.</param>
internal sealed class LogCapture(LogLevel least = LogLevel.Trace) : ILoggerProvider, ILogger
{
    public ConcurrentQueue<string> Lines { get; } = new();

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= least;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception,
        Func<TState, Exception?, string> formatter) =>
        Lines.Enqueue($"{formatter(state, exception)} {exception}");

    public override string ToString() => string.Join('\n', Lines);

    public void Dispose()
    {
    }
}
