using System.Globalization;
using Trading.Hosting.Sealing;
using Trading.Journal.Keys;
using Trading.Journal.Sealing;
using Trading.TestKit.Audit;
using Trading.TestKit.Aws;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Audit;

/// <summary>Checkpoints that programs and runs keep in a bucket or a folder, and what is found through them.</summary>
public sealed class KeptCheckpointTests(SealedJournal journal) : IClassFixture<SealedJournal>, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("trading-anchors-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task the_program_keeps_checkpoints_in_a_locked_bucket_and_finds_an_older_copy_and_a_journal_made_again_through_them()
    {
        await using var s3 = await LockingS3.StartAsync();
        string[] bucket = ["--anchor", "s3", "--set", $"AnchorBucket={LockingS3.Bucket}", "--set", "AnchorPrefix=live/", "--set",
            $"AnchorServiceUrl={s3.Url}", "--set", $"AwsRegion={ProtocolServer.Region}", "--set", $"SealKeyFile={journal.KeyFile}"];
        var whole = await journal.CopyAsync();

        var none = await AuditProgram.RunHereAsync(whole, ["verify", .. bucket]);
        Assert.Equal((1, ""), (none.Code, none.Errors));
        Assert.StartsWith("WRONG: no checkpoint of this journal is kept in s3\nWRONG: s3 has no marker of this journal", none.Output,
            StringComparison.Ordinal);
        Assert.Contains(
            $"{journal.Events.ToString("N0", CultureInfo.InvariantCulture)} events recomputed", none.Output, StringComparison.Ordinal);
        var kept = await AuditProgram.RunAsync(whole, null, ["checkpoint", "--new-anchor", .. bucket]);
        Assert.True(kept.Code == 0, kept.Errors);
        Assert.Equal(journal.Anchor.Note, kept.Output);
        var verified = await AuditProgram.RunHereAsync(whole, ["verify", .. bucket]);
        Assert.True(verified.Code == 0, verified.Output + verified.Errors);

        // The copies have other names than the original: what is kept for it is kept for a database of that name.
        var older = await journal.OlderCopyAsync();
        var rolledBack = await AuditProgram.RunHereAsync(older, ["verify", .. bucket]);
        Assert.Equal(1, rolledBack.Code);
        Assert.Contains($"the checkpoint of {journal.Anchor.Checkpoint.Size.ToString("N0", CultureInfo.InvariantCulture)} events that was "
            + "kept elsewhere", rolledBack.Output, StringComparison.Ordinal);

        var unset = await AuditProgram.RunHereAsync(whole, ["checkpoint", "--anchor", "s3"]);
        Assert.Equal((2, "trading: Trading:AnchorBucket must be a bucket for Trading:Anchors=s3, was empty\n"), (unset.Code, unset.Errors));
    }

    [Fact]
    public async Task a_run_keeps_its_last_checkpoint_in_the_bucket_when_it_has_stopped()
    {
        await using var s3 = await LockingS3.StartAsync();
        var database = await PostgresServer.CreateDatabaseAsync();
        var settings = InProcessSystem.Recorded(InProcessSystem.WriteCandles(_folder, minutes: 60, seed: 11)) with
        {
            SealIntervalSeconds = 1,
            SealKeyFile = Path.Combine(_folder, "key"),
            Anchors = ["s3"],
            AnchorBucket = LockingS3.Bucket,
            AnchorServiceUrl = s3.Url,
            AwsRegion = ProtocolServer.Region,
        };

        var recorded = await InProcessSystem.PlayAsync(settings, database);

        var kept = await AnchorChoice.Of(settings).Single()
            .KeptAsync(SignedCheckpoint.Parse(s3.Versions[^1].Text!).Checkpoint.Origin, default);
        Assert.Equal(recorded.Stored.Count, kept.Checkpoints[^1].Checkpoint.Size);
        await using var source = SealedJournal.Source(database);
        Assert.Empty((await Verifier.VerifyAsync(source,
            new([VerifierKey.Read(SealKey.PublicFile(settings.SealKeyFile))], kept.Checkpoints), null, default)).First);
    }

    [Fact]
    public async Task a_folder_keeps_what_an_earlier_journal_in_the_same_database_has_left_and_refuses_to_prove_by_nothing()
    {
        var anchor = new FolderAnchor(_folder);
        await anchor.SetUpAsync(journal.Anchor.Checkpoint.Origin, journal.Anchor.Checkpoint.Journal, default);
        var file = await anchor.KeepAsync(journal.Anchor, default);
        Assert.Equal(file, await anchor.KeepAsync(journal.Anchor, default));
        Assert.Equal(journal.Anchor.Note,
            Assert.Single((await anchor.KeptAsync(journal.Anchor.Checkpoint.Origin[..^8] + "00000000", default)).Checkpoints).Note);
        Assert.Throws<SealKeyException>(() => FolderAnchor.Load(Directory.CreateDirectory(Path.Combine(_folder, "empty")).FullName));
    }
}
