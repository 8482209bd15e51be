using Trading.Hosting.Settings;
using Trading.Journal.Keys;
using Trading.Journal.Sealing;
using Trading.Services;
using Trading.TestKit.Audit;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Audit;

/// <summary>A run is sealed to its end, and does not start where it would have no key.</summary>
[Collection(nameof(SealingTest))]
public sealed class SealedRunTests : SealingTest
{
    [Fact]
    public async Task a_run_is_sealed_to_its_end_when_it_has_stopped_and_its_checkpoint_is_kept_in_the_folder()
    {
        var database = await PostgresServer.CreateDatabaseAsync();
        var settings = InProcessSystem.Recorded(InProcessSystem.WriteCandles(_folder, minutes: 60, seed: 11)) with
        {
            SealIntervalSeconds = 1,
            SealKeyFile = Path.Combine(_folder, "key"),
            Anchors = ["folder"],
            AnchorFolder = Path.Combine(_folder, "anchors"),
        };
        var journal = await InProcessSystem.PlayAsync(settings, database);
        await using var source = SealedJournal.Source(database);
        var kept = FolderAnchor.Load(Directory.GetDirectories(settings.AnchorFolder)[0]).Checkpoints;
        var verified = await Verifier.VerifyAsync(source,
            new([VerifierKey.Read(SealKey.PublicFile(settings.SealKeyFile))], kept), null, default);
        Assert.Empty(verified.First);
        Assert.Equal((journal.Stored.Count, 0L), (verified.Sealed, verified.Unsealed));
        Assert.Equal(verified.Sealed, kept[^1].Checkpoint.Size);
    }

    [Fact]
    public async Task an_executor_on_a_server_of_others_does_not_start_without_a_key()
    {
        var database = await PostgresServer.CreateDatabaseAsync();
        var settings = InProcessSystem.Told with { SealIntervalSeconds = 1, Journal = JournalKind.Postgres, JournalConnection = database };
        await using var app = await InProcessSystem.BuildAsync(settings, database, trading => trading.AddExecutor());
        Assert.Contains("needs a key of its own",
            (await Assert.ThrowsAsync<StartException>(() => app.StartAsync())).Message, StringComparison.Ordinal);
    }
}
