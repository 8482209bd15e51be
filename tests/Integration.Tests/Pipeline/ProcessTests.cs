using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Npgsql;
using Trading.AllInOne;
using Trading.Hosting.Settings;
using Trading.TestKit.Distributed;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Programs;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Pipeline;

/// <summary>The real program on a real server: killed at moments of no choosing and started again, or unable to start.</summary>
public sealed class ProcessTests : SerialTest
{
    private static readonly int Minutes = LongForm.Or(240, 140);

    [Fact]
    public async Task a_program_that_is_killed_again_and_again_ends_with_the_trades_of_one_that_was_not()
    {
        var candles = InProcessSystem.WriteCandles(Folder, Minutes, seed: 6);
        var undisturbed = await InProcessSystem.PlayAsync(InProcessSystem.Recorded(candles), await PostgresServer.CreateDatabaseAsync());
        Assert.Contains(undisturbed.Trades, trade => trade.Filled);

        // After as many lines of decisions as these, which start again with each start, the program is killed: somewhere between two steps
        // of one of the next.
        var random = new Random(6);
        var killed = await PostgresServer.CreateDatabaseAsync();
        foreach (var moment in Enumerable.Range(1, LongForm.Or(6, 2)).Select(kill => 40 * kill - random.Next(40)))
            Assert.False(await RunAsync(candles, killed, killAfterLines: moment));
        Assert.True(await RunAsync(candles, killed, killAfterLines: int.MaxValue));

        var journal = await JournalRecord.ReadAsync(killed);
        Assert.Equal(JournalRecord.Text(undisturbed.Trades), JournalRecord.Text(journal.Trades));
        Assert.Equal(JournalRecord.Text(undisturbed.AccountEvents.Cast<object>()),
            JournalRecord.Text(journal.AccountEvents.Cast<object>()));
        journal.AddsUp(10_000);
    }

    [Fact]
    public async Task a_port_that_is_taken_ends_it_with_78_and_is_named()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        using var program = Start(InProcessSystem.WriteCandles(Folder, minutes: 3, seed: 9),
            await PostgresServer.CreateDatabaseAsync(), "--http-port", $"{port}");
        var output = program.StandardOutput.ReadToEndAsync();
        var errors = await program.StandardError.ReadToEndAsync();
        await program.WaitForExitAsync();
        Assert.Equal(CommandLine.WrongSettings, program.ExitCode);
        Assert.StartsWith($"trading: the health pages cannot be opened at 127.0.0.1:{port}: ",
            errors.TrimEnd().Split('\n')[^1], StringComparison.Ordinal);
        Assert.Equal("", await output);
    }

    [Theory]
    [InlineData(null, "needs a key of its own")]
    [InlineData("PRIVATE+KEY+wrong", "Trading:SealKey holds no key that seals")]
    public async Task a_seal_key_that_is_missing_or_wrong_ends_it_with_78_before_the_journal_is_asked(string? key, string reason)
    {
        // Nobody listens there: who asks for the journal gets another error, and later.
        var environment = new Dictionary<string, string> { ["Trading__JournalConnection"] = "Host=127.0.0.1;Port=1;Username=nobody" };
        if (key is not null)
            environment["Trading__SealKey"] = key;
        foreach (var assembly in new[] { "Trading.AllInOne.dll", "Trading.Executor.dll" })
        {
            using var program = new RunningService(assembly,
                ["--journal", "postgres", "--feed", "simulated", "--http-port", "0", "--set", "Transport=amazonsqs"], environment);
            Assert.Equal(CommandLine.WrongSettings, await program.ExitAsync());
            Assert.Contains(reason,
                Assert.Single(program.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        }
    }

    private static Process Start(string candles, string database, params string[] more) => Process.Start(new ProcessStartInfo("dotnet", [
        typeof(AllInOneProgram).Assembly.Location, "--data", candles, "--journal", "postgres", "--database",
        new NpgsqlConnectionStringBuilder(database).Database!, .. more])
    {
        RedirectStandardOutput = true,
        RedirectStandardError = true,
        Environment = { ["Trading__JournalConnection"] = database, ["Trading__SealIntervalSeconds"] = "0" },
    })!;

    private static async Task<bool> RunAsync(string candles, string database, int killAfterLines)
    {
        using var program = Start(candles, database, "--verbose");
        var errors = TestLogs.KeepErrors(program, $"program {program.Id}");
        var decisions = 0;
        while (await program.StandardOutput.ReadLineAsync() is { } line)
        {
            decisions += line.Contains("equity", StringComparison.Ordinal) ? 1 : 0;
            if (decisions == killAfterLines)
                program.Kill();
        }
        await program.WaitForExitAsync();
        var killed = program.ExitCode == 128 + 9;
        Assert.True(killed || program.ExitCode == 0, $"exit code {program.ExitCode}: {await errors}");
        return !killed;
    }
}
