using System.Diagnostics;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Trading.Core;
using Trading.Hosting.Sealing;
using Trading.Hosting.Settings;
using Trading.Journal.Events;
using Trading.Journal.Sealing;
using Trading.Journal.Witnesses;
using Trading.TestKit.Audit;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Programs;
using Xunit;

namespace Trading.Integration.Tests.Audit;

/// <summary>How the sealer and an auditor see witnesses that are killed, lie, are slow, or saw another journal.</summary>
[Collection(nameof(WitnessTest))]
public sealed class WitnessedSealingTests(SealedJournal sealedJournal) : WitnessTest(sealedJournal)
{
    [Fact]
    public async Task with_one_witness_killed_one_lying_and_one_slow_sealing_goes_on_and_two_of_four_are_enough()
    {
        var connection = await journal.CopyAsync();
        await using var database = SealedJournal.Source(connection);
        var (good, killed) = (await StartAsync("good"), await StartAsync("killed"));
        killed.Program.Kill();
        await killed.Program.WaitForExitAsync();
        using var lying = new LyingWitness($"{journal.OlderAnchor.Checkpoint.Size}\n");
        using var slow = new LyingWitness(null);
        string[] all = [good.Address, killed.Address, Address("lying", lying.Url), Address("slow", slow.Url)];

        var settings = new TradingSettings { Witnesses = all, WitnessQuorum = 1, WitnessTimeoutSeconds = 20 };
        Assert.DoesNotContain(settings.Validate(), line => line.Contains("Witness", StringComparison.Ordinal));
        using var metrics = new MetricsOf();
        var sealer = new Sealer(database, journal.Key, TimeProvider.System);
        await sealer.PrepareAsync(default);
        await AppendAsync(connection);
        var last = (await sealer.SealAsync(default)).Last!;
        using var witnesses = new JournalWitnesses(database, settings, metrics.Metrics, NullLogger.Instance);
        var cosigned = await witnesses.CosignAsync(last, default);

        Assert.NotNull(WitnessAddress.Parse(good.Address)!.Key.Saw(Assert.Single(cosigned.Cosignatures), last.Checkpoint));
        var failures = await StoredCosignatures.FailuresAsync(database, default);
        string Why(string name) => Assert.Single(failures, failure => failure.Key.StartsWith($"{name}+", StringComparison.Ordinal)).Value;
        Assert.Equal(3, failures.Count);
        Assert.StartsWith("it does not answer: ", Why("killed"), StringComparison.Ordinal);
        Assert.Equal("it did not answer within 20 s", Why("slow"));
        Assert.Equal("it names another size each time", Why("lying"));
        Assert.Equal((1L, 0L, 3L), (metrics.Last("trading.seal.witnesses"), metrics.Last("trading.seal.witnesses_missing"),
            metrics.Last("trading.seal.witness_failures")));

        // Sealing goes on, and the next checkpoint is proved from what the witness saw last.
        await AppendAsync(connection);
        var next = (await sealer.SealAsync(default)).Last!;
        Assert.Single((await witnesses.CosignAsync(next, default)).Cosignatures);

        string[] verify = ["verify", "--public-key", $"{journal.Key.Public}", "--anchor", "folder", "--set", $"AnchorFolder={_folder}/kept",
            "--json"];
        var anchor = new FolderAnchor($"{_folder}/kept");
        await AnchorSetup.RunAsync(database, [anchor], null, isNew: true, default);
        await anchor.KeepAsync(await StoredCosignatures.WithAsync(database, next, default), default);
        string[] keys = [.. all.SelectMany(address => new[] { "--witness", address[..address.IndexOf('@', StringComparison.Ordinal)] })];
        var enough = await AuditProgram.RunHereAsync(connection, [.. verify, .. keys, "--witness-quorum", "1"]);
        Assert.Equal((0, ""), (enough.Code, enough.Errors));
        using (var said = JsonDocument.Parse(enough.Output))
            Assert.Equal((1, 4, next.Checkpoint.Size), (said.RootElement.GetProperty("witnessed").GetProperty("witnesses").GetInt32(),
                said.RootElement.GetProperty("witnessed").GetProperty("of").GetInt32(),
                said.RootElement.GetProperty("witnessed").GetProperty("size").GetInt64()));
        var few = await AuditProgram.RunHereAsync(connection, [.. verify, .. keys, "--witness-quorum", "2"]);
        Assert.Equal(1, few.Code);
        Assert.Contains("no checkpoint is cosigned by 2 of the 4 witnesses", few.Output, StringComparison.Ordinal);

        // What is kept elsewhere shows who cosigned, and a line that somebody put beside another checkpoint is found.
        var kept = Directory.GetFiles($"{_folder}/kept", "*" + AnchorPath.Ending, SearchOption.AllDirectories).Single();
        Assert.Single(SignedCheckpoint.Load(kept).Cosignatures);
        await SealedJournal.ExecuteAsync(database, "delete from audit.cosignatures where position < (select max(position) from "
            + "audit.checkpoints); update audit.cosignatures set position = position - 1");
        var moved = await AuditProgram.RunHereAsync(connection, [.. verify, .. keys, "--witness-quorum", "1"]);
        Assert.Equal(1, moved.Code);
        Assert.Contains("is not over this checkpoint, or not by this witness", moved.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task a_journal_that_was_put_back_and_sealed_on_is_refused_by_the_witness_that_saw_the_other_one()
    {
        var (whole, older) = (await journal.CopyAsync(), await journal.OlderCopyAsync());
        await using var database = SealedJournal.Source(whole);
        await using var putBack = SealedJournal.Source(older);
        var witness = await StartAsync("good");
        var address = WitnessAddress.Parse(witness.Address)!;
        await new Sealer(database, journal.Key, TimeProvider.System).PrepareAsync(default);
        await address.CosignAsync(_client, database, journal.Anchor, 0, default);

        // The older copy: it has fewer events than the witness saw.
        var behind = await Assert.ThrowsAsync<WitnessException>(
            () => address.CosignAsync(_client, putBack, journal.OlderAnchor, 0, default));
        Assert.True(behind.IsFork);
        Assert.Contains("an older copy stands here", behind.Message, StringComparison.Ordinal);

        // Sealed on with other events, past what the witness saw.
        var sealer = new Sealer(putBack, journal.Key, TimeProvider.System);
        await sealer.PrepareAsync(default);
        SignedCheckpoint forked;
        do
        {
            await AppendAsync(older, 1000);
            forked = (await sealer.SealAsync(default)).Last!;
        }
        while (forked.Checkpoint.Size <= journal.Anchor.Checkpoint.Size);
        var fork = await Assert.ThrowsAsync<WitnessException>(() => address.CosignAsync(_client, putBack, forked, 0, default));
        Assert.True(fork.IsFork);
        Assert.Contains("the journal was changed before them", fork.Message, StringComparison.Ordinal);
    }

    private string Address(string name, string url) =>
        $"{WitnessKey.Of(WitnessKey.LoadOrCreate(Path.Combine(_folder, $"{name}.key"), name))}@{url}";

    private async Task<(Process Program, string Address)> StartAsync(string name)
    {
        var program = CliProgram.Start(null, "audit", "witness", Path.Combine(_folder, name), "--name", name, "--public-key",
            $"{journal.Key.Public}", "--url", "http://127.0.0.1:0");
        _programs.Add(program);
        using var limit = new CancellationTokenSource(HangGuard.Limit);
        var line = await program.StandardOutput.ReadLineAsync(limit.Token);
        Assert.NotNull(line);
        return (program, line);
    }

    private static async Task AppendAsync(string connection, int events = 1)
    {
        await using var store = new TradeJournal(connection, new("test", "1.0.0"), TimeProvider.System);
        for (var each = 0; each < events; each += 50)
            await store.AppendAsync([.. Enumerable.Range(0, Math.Min(50, events)).Select(_ => new StreamAppend($"trade-{Guid.NewGuid()}", 0,
                [new OrderAcknowledged("1", InProcessSystem.Start)]))], new(null, "test"), default);
    }
}
