using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Trading.Integration.Tests;

/// <summary>A log whose lines a test reads.</summary>
internal sealed class KeptLog : ILoggerProvider, ILogger
{
    public ConcurrentQueue<string> Lines { get; } = new();

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Lines.Enqueue($"{formatter(state, exception)} {exception}");

    public override string ToString() => string.Join('\n', Lines);

    public void Dispose()
    {
    }
}
