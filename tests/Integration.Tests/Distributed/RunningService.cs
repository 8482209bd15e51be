using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.RegularExpressions;
using Xunit;

namespace Trading.Integration.Tests.Distributed;

/// <summary>A program of the test's output folder in a process of its own.</summary>
internal sealed partial class RunningService : IDisposable
{
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(30) };

    private readonly ConcurrentQueue<string> _lines = new();
    private readonly Process _process;

    public RunningService(string assembly, IEnumerable<string> arguments, IReadOnlyDictionary<string, string> environment)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, assembly), .. arguments])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        // Settings of whoever runs the tests are none of the program's.
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("Trading__", StringComparison.OrdinalIgnoreCase)).ToList())
            start.Environment.Remove(name);
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => _lines.Enqueue(line.Data ?? "");
        _process.ErrorDataReceived += (_, line) => _lines.Enqueue(line.Data ?? "");
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public int ProcessId => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>All that it wrote so far.</summary>
    public string Output => string.Join('\n', _lines);

    /// <summary>Whether it says of itself that it can work; false also while it does not answer.</summary>
    public async Task<bool> IsReadyAsync()
    {
        // The port is any free one; its first line of log names it.
        if (_lines.Select(line => ReadyPage().Match(line)).FirstOrDefault(match => match.Success) is not { } page)
            return false;
        try
        {
            using var answer = await Http.GetAsync(new Uri(page.Value));
            return answer.IsSuccessStatusCode;
        }
        catch (Exception failure) when (failure is HttpRequestException or OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>Ends it as kill -9 does.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    /// <summary>Sends SIGTERM; gives the exit code, and fails when the process has not ended within a time.</summary>
    public async Task<int> TerminateAsync(TimeSpan limit)
    {
        using var terminate = Process.Start("kill", ["-TERM", $"{ProcessId}"]);
        return await ExitAsync(limit);
    }

    /// <summary>Waits for the end; gives the exit code.</summary>
    public async Task<int> ExitAsync(TimeSpan limit)
    {
        using var timeout = new CancellationTokenSource(limit);
        try
        {
            await _process.WaitForExitAsync(timeout.Token);
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"the process has not ended within {limit.TotalSeconds} s:\n{Output}");
        }
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            Kill();
        _process.Dispose();
    }

    [GeneratedRegex(@"http://[0-9.:]+/health/ready")]
    private static partial Regex ReadyPage();
}
