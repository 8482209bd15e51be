using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Trading.Core;
using Trading.Journal.Events;
using Trading.Journal.Keys;
using Trading.Journal.Sealing;
using Trading.TestKit.Audit;
using Trading.TestKit.Control;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Programs;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Audit;

/// <summary>
/// A journal that services seal, and five witnesses, each a program of its own: one is killed, one remembers another root than it saw, one
/// does not answer. The two that are left are enough; what an operator is told names each and why.
/// </summary>
public sealed class WitnessProcessTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("trading-witnesses-").FullName;
    private readonly List<Process> _programs = [];

    public void Dispose()
    {
        foreach (var program in _programs)
        {
            if (!program.HasExited)
                program.Kill();
            program.WaitForExit();
            program.Dispose();
        }
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task sealing_goes_on_with_two_of_five_witnesses_a_fork_is_refused_and_the_operator_is_told_who_does_not_cosign_and_why()
    {
        var connection = await PostgresServer.CreateDatabaseAsync();
        var key = SealKey.Create(Path.Combine(_folder, "seal.key"));
        string[] names = ["good", "better", "killed", "lying", "slow"];
        var witnesses = (await Task.WhenAll(names.Select(name => StartAsync(name, key, "http://127.0.0.1:0"))))
            .ToDictionary(witness => witness.Name);
        var settings = InProcessSystem.Told with
        {
            SealIntervalSeconds = 1,
            SealKeyFile = Path.Combine(_folder, "seal.key"),
            AlertCheckSeconds = 1,
            Witnesses = [.. names.Select(name => witnesses[name].Line)],
            WitnessQuorum = 2,
            WitnessIntervalSeconds = 1,
            WitnessTimeoutSeconds = 10,
        };
        await using var database = SealedJournal.Source(connection);
        await using (var host = await ControlHost.StartAsync(settings, connection))
        {
            await host.OpenAccountAsync();
            await UntilAsync(database, "select count(distinct witness) = 5 from audit.cosignatures");
        }
        var putBack = await PostgresServer.CopyAsync(connection);

        await KillAsync(witnesses["killed"].Program);
        await KillAsync(witnesses["lying"].Program);
        ForgeMemory("lying");
        await StartAsync("lying", key, witnesses["lying"].Line.Split('@')[1]);
        Signal(witnesses["slow"].Program, "STOP");
        var before = (await SealedTree.LastAsync(database, default))!.Checkpoint;
        await using (var host = await ControlHost.StartAsync(settings, connection))
        {
            await AdjustAsync(host);
            await UntilAsync(database, "select count(*) >= 2 from audit.cosignatures c join audit.checkpoints using (position) "
                + $"where size > {before.Size} and (witness like 'good+%' or witness like 'better+%')");
            await UntilAsync(database, "select failure like 'it says that the % events it saw are not the first of these %: the journal "
                + "was changed before them, or it lies' from audit.witnesses where name like 'lying+%'");
            foreach (var told in new[] { "killed: it does not answer: ", "slow: it did not answer within 10 s", "lying: it %, or it lies" })
                await UntilAsync(database, "select exists (select from alert_deliveries where payload like '%WITNESS DOES NOT COSIGN%' "
                    + $"and payload like '%{told}%of 5 witnesses cosigned, which is enough%')");
            Assert.Contains(host.Log, line => line.StartsWith("THE WITNESS lying REFUSES THIS JOURNAL: ", StringComparison.Ordinal));
            Assert.DoesNotContain(host.Log, line => line.StartsWith("THE WITNESS good", StringComparison.Ordinal));

            Signal(witnesses["slow"].Program, "CONT");
            await UntilAsync(database, "select failure is null from audit.witnesses where name like 'slow+%'");
        }
        var last = (await SealedTree.LastAsync(database, default))!.Checkpoint;
        Assert.True(last.Size > before.Size);
        Assert.Equal(await SealedJournal.ScalarAsync(database, "select count(*) from mt_events"), last.Size);
        var verified = await AuditProgram.RunHereAsync(connection, ["verify", "--public-key", $"{key.Public}", "--witness-quorum", "3",
            .. settings.Witnesses.SelectMany(line => new[] { "--witness", line.Split('@')[0] })]);
        Assert.True(verified.Code == 0, verified.Output);

        // The journal as it was: it is sealed on, and those who saw more do not sign it.
        await using var forked = SealedJournal.Source(putBack);
        await using (var host = await ControlHost.StartAsync(settings with { JournalIdentity = last.Journal }, putBack))
        {
            await AdjustAsync(host);
            foreach (var name in new[] { "good", "better" })
                await UntilAsync(forked, $"select exists (select from alert_deliveries where payload like '%{name}: it saw % events%')");
            Assert.Contains(host.Log, line => line.StartsWith("THE WITNESS good REFUSES THIS JOURNAL: ", StringComparison.Ordinal));
        }
    }

    private static async Task AdjustAsync(ControlHost host) => await host.Services.GetRequiredService<TradeJournal>()
        .DecideAsync("main", new AdjustCash(1, "kim", "found", InProcessSystem.Start), "test", default);

    private static async Task UntilAsync(NpgsqlDataSource database, string condition)
    {
        using var limit = new CancellationTokenSource(HangGuard.Limit);
        while (true)
        {
            await using (var command = database.CreateCommand(condition))
            {
                if (await command.ExecuteScalarAsync(limit.Token) is true)
                    return;
            }
            await Task.Delay(50, limit.Token);
        }
    }

    // Of all that it saw it has other roots than it cosigned.
    private void ForgeMemory(string name)
    {
        var file = Directory.GetFiles(Path.Combine(_folder, name), "*.seen").Single();
        var lines = File.ReadAllLines(file);
        File.WriteAllText(file, $"{lines[0]}\n{lines[^1].Split(' ')[0]} {Convert.ToBase64String(new byte[32])}\n");
    }

    private async Task<(string Name, Process Program, string Line)> StartAsync(string name, SealKey key, string url)
    {
        var program = CliProgram.Start(null, "audit", "witness", Path.Combine(_folder, name), "--name", name, "--public-key",
            $"{key.Public}", "--url", url);
        _programs.Add(program);
        using var limit = new CancellationTokenSource(HangGuard.Limit);
        var line = await program.StandardOutput.ReadLineAsync(limit.Token);
        if (line is null)
            Assert.Fail(await program.StandardError.ReadToEndAsync(limit.Token));
        return (name, program, line.TrimEnd('/'));
    }

    private static async Task KillAsync(Process program)
    {
        program.Kill();
        await program.WaitForExitAsync();
    }

    private static void Signal(Process program, string signal)
    {
        using var sent = Process.Start("kill", [$"-{signal}", $"{program.Id}"]);
        sent.WaitForExit();
        Assert.Equal(0, sent.ExitCode);
    }
}
