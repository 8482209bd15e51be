using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.RegularExpressions;
using Trading.TestKit.Programs;
using Xunit;

namespace Trading.TestKit.Distributed;

/// <summary>How a program ends that is no process of this machine's own: as a deployment ends it, and as kill -9 does.</summary>
internal sealed record Ends(Action Terminate, Action Kill);

/// <summary>A program of the test's output folder in a process of its own, or one of the image in a container.</summary>
internal sealed partial class RunningService : IDisposable
{
    private static readonly HttpClient Http = new() { Timeout = HangGuard.Limit };

    private readonly ConcurrentQueue<string> _lines = new();
    private readonly Process _process;
    private readonly Ends? _ends;

    public RunningService(string assembly, IEnumerable<string> arguments, IReadOnlyDictionary<string, string> environment)
        : this(new("dotnet", [Path.Combine(AppContext.BaseDirectory, assembly), .. arguments]), assembly, environment, null)
    {
    }

    /// <summary>Starts a program that something else than this process may end.</summary>
    public RunningService(ProcessStartInfo start, string name, IReadOnlyDictionary<string, string> environment, Ends? ends)
    {
        Name = name;
        _ends = ends;
        start.RedirectStandardInput = start.RedirectStandardOutput = start.RedirectStandardError = true;
        // Settings of the person who runs the tests are none of the program's.
        TestProfile.Give(start.Environment);
        foreach (var (setting, value) in environment)
            start.Environment[setting] = value;
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => _lines.Enqueue(line.Data ?? "");
        _process.ErrorDataReceived += (_, line) => _lines.Enqueue(line.Data ?? "");
        _process.Start();
        TestLogs.Add($"{name} {_process.Id}", () => Output);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public int ProcessId => _process.Id;

    /// <summary>The assembly's or the container's.</summary>
    public string Name { get; }

    public bool HasExited => _process.HasExited;

    /// <summary>All that it wrote so far.</summary>
    public string Output => string.Join('\n', _lines);

    /// <summary>Whether it says of itself that it can work; false also while it does not answer.</summary>
    public async Task<bool> IsReadyAsync()
    {
        // The port is any free one; its first line of log names it.
        if (Ready() is not { } page)
            return false;
        try
        {
            using var answer = await Http.GetAsync(page);
            return answer.IsSuccessStatusCode;
        }
        catch (Exception failure) when (failure is HttpRequestException or OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>Where its pages are; it must have said so.</summary>
    public Uri Address => new(Ready()!, "/");

    /// <summary>Ends it as kill -9 does.</summary>
    public void Kill()
    {
        if (_ends is null)
            _process.Kill();
        else
            _ends.Kill();
        _process.WaitForExit();
    }

    /// <summary>Sends SIGTERM; gives the exit code.</summary>
    public async Task<int> TerminateAsync()
    {
        if (_ends is null)
            Process.Start("kill", ["-TERM", $"{ProcessId}"]).Dispose();
        else
            await Task.Run(_ends.Terminate);
        return await ExitAsync();
    }

    /// <summary>Waits for the end; gives the exit code.</summary>
    public async Task<int> ExitAsync()
    {
        using var timeout = new CancellationTokenSource(HangGuard.Limit);
        try
        {
            await _process.WaitForExitAsync(timeout.Token);
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"the process has not ended within {HangGuard.Limit.TotalMinutes} minutes:\n{Output}");
        }
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            Kill();
        _process.Dispose();
    }

    // One that listens everywhere is asked on this machine.
    private Uri? Ready() => _lines.Select(line => ReadyPage().Match(line)).FirstOrDefault(match => match.Success) is { } page
        ? new(page.Value.Replace("//0.0.0.0", "//127.0.0.1", StringComparison.Ordinal)) : null;

    [GeneratedRegex(@"http://[0-9.:]+/health/ready")]
    private static partial Regex ReadyPage();
}
