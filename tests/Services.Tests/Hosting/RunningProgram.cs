using System.Diagnostics;
using Trading.AllInOne;
using Trading.TestKit.Programs;
using Xunit;

namespace Trading.Services.Tests.Hosting;

/// <summary>The real program in a process of its own.</summary>
internal sealed class RunningProgram : IDisposable
{
    private readonly Process _process;
    private readonly Task<string> _errors;
    private readonly List<string> _lines = [];

    public RunningProgram(IEnumerable<string> arguments, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(AllInOneProgram).Assembly.Location, .. arguments])
        { RedirectStandardOutput = true, RedirectStandardError = true };
        // Settings of the person who runs the tests are none of the program's.
        TestProfile.Give(start.Environment);
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        _process = Process.Start(start)!;
        _errors = _process.StandardError.ReadToEndAsync();
    }

    public int Id => _process.Id;

    public string Output => string.Join('\n', _lines);

    /// <summary>Runs a program to its end.</summary>
    public static async Task<(int ExitCode, string Output, string Errors)> RunAsync(
        IEnumerable<string> arguments, params (string Name, string Value)[] environment)
    {
        using var program = new RunningProgram(arguments, environment);
        return await program.EndAsync();
    }

    /// <summary>Reads lines of standard output up to one that is looked for.</summary>
    public async Task ReadUntilAsync(Func<string, bool> wanted)
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            _lines.Add(line);
            if (wanted(line))
                return;
        }
        Assert.Fail($"the program ended with {_process.ExitCode} after\n{Output}\n{await _errors}");
    }

    /// <summary>Does what Ctrl-C does.</summary>
    public void Interrupt()
    {
        using var kill = Process.Start("kill", ["-INT", $"{_process.Id}"]);
        kill.WaitForExit();
    }

    /// <summary>Waits for the end; the time-out is for a program that hangs.</summary>
    public async Task<(int ExitCode, string Output, string Errors)> EndAsync()
    {
        using var timeout = new CancellationTokenSource(HangGuard.Limit);
        while (await _process.StandardOutput.ReadLineAsync(timeout.Token) is { } line)
            _lines.Add(line);
        await _process.WaitForExitAsync(timeout.Token);
        return (_process.ExitCode, Output, await _errors);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.Dispose();
    }
}
