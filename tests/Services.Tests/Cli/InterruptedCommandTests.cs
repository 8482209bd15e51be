using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Trading.TestKit.Programs;
using Xunit;

namespace Trading.Services.Tests.Cli;

/// <summary>A command that waits for a database which takes connections and says nothing.</summary>
public sealed class InterruptedCommandTests : IDisposable
{
    private readonly TcpListener _silent = new(IPAddress.Loopback, 0);

    public InterruptedCommandTests() => _silent.Start();

    public void Dispose() => _silent.Dispose();

    [Theory]
    [InlineData("INT", 130)]
    [InlineData("TERM", 143)]
    [InlineData("HUP", 129)]
    public async Task a_signal_ends_it_with_128_and_the_number_of_the_signal(string signal, int code)
    {
        var port = ((IPEndPoint)_silent.LocalEndpoint).Port;
        using var program = CliProgram.Start(
            null, "audit", "list", "--journal-connection", $"Host=127.0.0.1;Port={port};Username=nobody;Timeout=0");
        var errors = program.StandardError.ReadToEndAsync();
        using var connection = await _silent.AcceptTcpClientAsync().WaitAsync(HangGuard.Limit);
        Assert.NotEqual(0, await connection.GetStream().ReadAsync(new byte[1]));

        using (var kill = Process.Start("kill", [$"-{signal}", $"{program.Id}"]))
            await kill.WaitForExitAsync();
        await program.WaitForExitAsync().WaitAsync(HangGuard.Limit);

        Assert.Equal((code, "trading: stopped before the end"), (program.ExitCode, (await errors).Trim()));
    }

    [Fact]
    public async Task a_question_ends_when_its_terminal_is_closed()
    {
        var file = Path.Combine(Path.GetTempPath(), $"trading-{Guid.NewGuid():N}.json");
        using var terminal = Process.Start(new ProcessStartInfo("script", ["--quiet", "--return", "--flush", "--command",
            $"exec dotnet '{typeof(Trading.Cli.Commands).Assembly.Location}' init --output '{file}'", "/dev/null"])
        { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        var (shown, block) = ("", new char[256]);
        while (!shown.Contains("What is traded?", StringComparison.Ordinal)
            && await terminal.StandardOutput.ReadAsync(block).AsTask().WaitAsync(HangGuard.Limit) is > 0 and var count)
            shown += new string(block, 0, count);

        using (var kill = Process.Start("pkill", ["-HUP", "-P", $"{terminal.Id}"]))
            await kill.WaitForExitAsync();
        await terminal.WaitForExitAsync().WaitAsync(HangGuard.Limit);

        Assert.True(terminal.ExitCode == 129, $"{terminal.ExitCode}: {shown}");
        Assert.False(File.Exists(file));
    }
}
