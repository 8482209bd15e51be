using System.Collections.Concurrent;
using System.Diagnostics;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace Trading.TestKit.Programs;

/// <summary>
/// What the programs and hosts of a test wrote. When the test fails its logs are kept, a file each, below $TRADING_TEST_LOGS (else
/// TestResults/logs beside the tests' binaries), and the test's output says where and shows the end of each; when it passes they are
/// dropped.
/// </summary>
internal static class TestLogs
{
    private const int TailLines = 30;

    private static readonly AsyncLocal<ConcurrentQueue<(string Name, Func<string> Text)>?> Current = new();

    private static readonly string Folder = Environment.GetEnvironmentVariable("TRADING_TEST_LOGS") is { Length: > 0 } given
        ? given : Path.Combine(AppContext.BaseDirectory, "TestResults", "logs");

    /// <summary>Adds a log to the test that runs.</summary>
    /// <param name="name">What wrote it.</param>
    /// <param name="text">All that it wrote; asked for when the test fails.</param>
    public static void Add(string name, Func<string> text) => Current.Value?.Enqueue((name, text));

    /// <summary>The bus that tells xunit of a test's beginning and end, on the test's own flow.</summary>
    internal sealed class KeepingBus(IMessageBus inner) : IMessageBus
    {
        public bool QueueMessage(IMessageSinkMessage message)
        {
            if (message is ITestStarting)
                Current.Value = new();
            return inner.QueueMessage(
                message is ITestFailed failed && Current.Value is { IsEmpty: false } logs ? WithLogs(failed, logs) : message);
        }

        public void Dispose() => inner.Dispose();

        private static TestFailed WithLogs(ITestFailed failed, IEnumerable<(string Name, Func<string> Text)> logs) => new(
            failed.Test, failed.ExecutionTime, $"{failed.Output}{Keep(failed.Test.DisplayName, logs)}", failed.ExceptionTypes,
            failed.Messages, failed.StackTraces, failed.ExceptionParentIndices);
    }

    private static string Keep(string test, IEnumerable<(string Name, Func<string> Text)> logs)
    {
        var folder = Directory.CreateDirectory(Path.Combine(Folder, FileName(test))).FullName;
        var shown = new List<string> { $"logs are kept in {folder}" };
        foreach (var (log, number) in logs.Select((log, number) => (log, number)))
        {
            var text = log.Text();
            File.WriteAllText(Path.Combine(folder, $"{number:000}-{FileName(log.Name)}.log"), text);
            shown.Add($"== {log.Name}, the end\n{string.Join('\n', text.TrimEnd().Split('\n').TakeLast(TailLines))}");
        }
        return string.Join("\n\n", shown);
    }

    private static string FileName(string name)
    {
        var plain = string.Concat(name.Select(letter => char.IsAsciiLetterOrDigit(letter) ? letter : '_'));
        return plain.Length > 150 ? plain[^150..] : plain;
    }

    /// <summary>The log of a program that a test reads by itself.</summary>
    /// <param name="program">The program, started with redirected standard error.</param>
    /// <param name="name">What to call it.</param>
    /// <returns>All of standard error, when the program has ended.</returns>
    public static Task<string> KeepErrors(Process program, string name)
    {
        var errors = program.StandardError.ReadToEndAsync();
        Add(name, () => errors.IsCompletedSuccessfully ? errors.Result : "(still running)");
        return errors;
    }
}
