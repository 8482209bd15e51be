using System.Diagnostics;
using Trading.Hosting.Settings;
using Trading.LocalServers;
using Xunit;

namespace Trading.Services.Tests.Hosting;

/// <summary>The program as a person without a network starts it, read through a pipe and stopped by Ctrl-C.</summary>
public sealed class InterruptedRunTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("trading-test-").FullName;

    public Task InitializeAsync()
    {
        // Run by root, the program has its server run by another user, who has to reach a folder within this one.
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(_folder, (UnixFileMode)0b111_101_101);
        return Task.CompletedTask;
    }

    public Task DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return Task.CompletedTask;
    }

    private static readonly string[] NoNetwork =
    [
        "--set",
        "SourceAddresses=coingecko=http://127.0.0.1:1,binance=http://127.0.0.1:1,coinbase=http://127.0.0.1:1,kraken=http://127.0.0.1:1",
    ];

    [Fact]
    public async Task without_a_network_it_says_so_goes_on_with_the_simulated_market_and_ends_cleanly_on_interrupt()
    {
        using var program = new RunningProgram(NoNetwork, (TradingHome.Variable, $"{_folder}/home"));
        await program.ReadUntilAsync(line => line.Contains("equity", StringComparison.Ordinal));
        var server = int.Parse(File.ReadLines(Directory.GetFiles(_folder, "postmaster.pid", SearchOption.AllDirectories).Single()).First());
        Assert.True(IsRunning(server));

        // A second one in the same place says who is there, and nothing about a market that it will not show.
        var second = await RunningProgram.RunAsync(NoNetwork, (TradingHome.Variable, $"{_folder}/home"));
        Assert.Equal((CommandLine.WrongSettings, "", $"trading: {_folder}/home/postgres is in use by process {program.Id} "
            + "(Trading.AllInOne): stop it, or set another JournalFolder or TRADING_HOME for this one\n"), second);

        program.Interrupt();
        var (exitCode, output, errors) = await program.EndAsync();
        Assert.Equal(0, exitCode);
        Assert.False(IsRunning(server));
        Assert.Empty(Directory.GetFiles(_folder, "postmaster.pid", SearchOption.AllDirectories));

        Assert.Contains("*** NO LIVE PRICES: coingecko: ", errors, StringComparison.Ordinal);
        Assert.Contains("GOING ON WITH THE SIMULATED MARKET of trading demo", errors, StringComparison.Ordinal);
        Assert.Contains("feed demo", output, StringComparison.Ordinal);
        Assert.All(output.Split('\n').Where(line =>
            line.Contains("equity ", StringComparison.Ordinal) && line.Contains("USD ", StringComparison.Ordinal) && !line.Contains('│')),
            line => Assert.Contains(" SIMULATED ", line, StringComparison.Ordinal));
        Assert.Contains($" in {_folder}/home/postgres/cluster/data", output, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', output + errors);
        Assert.DoesNotContain("   at ", errors, StringComparison.Ordinal);
        Assert.Contains("decisions", output, StringComparison.Ordinal);
    }

    private static bool IsRunning(int processId)
    {
        using var ps = Process.Start(new ProcessStartInfo("ps", ["-o", "stat=", "-p", $"{processId}"]) { RedirectStandardOutput = true })!;
        return ps.StandardOutput.ReadToEnd().Trim() is not ("" or ['Z', ..]);
    }
}
