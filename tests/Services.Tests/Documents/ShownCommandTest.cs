using System.Diagnostics;
using System.Text.RegularExpressions;
using Trading.LocalServers;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Programs;
using Xunit;

namespace Trading.Services.Tests.Documents;

/// <summary>Commands as a document shows them, run in a folder and with a home of their own and without a network.</summary>
public abstract partial class ShownCommandTest : SerialTest
{
    private protected readonly Dictionary<string, string> _environment;

    protected ShownCommandTest()
    {
        // Run by root, the program has its server run by another user, who has to reach a folder within this one.
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(Folder, (UnixFileMode)0b111_101_101);
        // Nothing leads out of this machine.
        const string Nowhere = "http://127.0.0.1:1";
        _environment = new()
        {
            [TradingHome.Variable] = Path.Combine(Folder, "home"), ["HTTP_PROXY"] = Nowhere, ["HTTPS_PROXY"] = Nowhere,
            ["NO_PROXY"] = "127.0.0.1,localhost",
        };
    }

    private protected Process Start(string command)
    {
        var words = Words().Matches(command).Select(word => word.Value.Trim('"'));
        var start = new ProcessStartInfo("dotnet", [typeof(Trading.Cli.Commands).Assembly.Location, .. words])
        { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Folder };
        foreach (var (name, value) in _environment)
            start.Environment[name] = value;
        return Process.Start(start)!;
    }

    private protected async Task<string> OutputAsync(string command, int expected = 0)
    {
        using var program = Start(command);
        var (output, errors) = (program.StandardOutput.ReadToEndAsync(), program.StandardError.ReadToEndAsync());
        await program.WaitForExitAsync().WaitAsync(HangGuard.Limit);
        Assert.True(program.ExitCode == expected, $"{command} ended with {program.ExitCode}: {await errors}{await output}");
        return await output;
    }

    private protected static async Task UntilAsync(Process program, string text)
    {
        var seen = new List<string>();
        while (await program.StandardOutput.ReadLineAsync().WaitAsync(HangGuard.Limit) is { } line)
        {
            seen.Add(line);
            if (line.Contains(text, StringComparison.Ordinal))
                return;
        }
        Assert.Fail($"it ended before {text}: {string.Join('\n', seen)}{await program.StandardError.ReadToEndAsync()}");
    }

    // Ctrl-C; what it still writes is read, for a full pipe would hold it up.
    private protected static async Task EndAsync(Process program, int expected)
    {
        using (var kill = Process.Start("kill", ["-INT", $"{program.Id}"]))
            await kill.WaitForExitAsync();
        var rest = program.StandardOutput.ReadToEndAsync();
        await program.WaitForExitAsync().WaitAsync(HangGuard.Limit);
        Assert.True(program.ExitCode == expected, $"it ended with {program.ExitCode}: {await rest}");
    }

    [GeneratedRegex("\"[^\"]*\"|\\S+")]
    private static partial Regex Words();
}
