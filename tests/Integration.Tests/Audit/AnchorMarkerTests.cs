using Trading.Aws;
using Trading.Hosting.Sealing;
using Trading.Journal.Sealing;
using Trading.TestKit.Audit;
using Trading.TestKit.Aws;
using Trading.TestKit.Control;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Audit;

/// <summary>A place of checkpoints that is not the one that was set up is an error, and never one that keeps nothing.</summary>
public sealed class AnchorMarkerTests : AnchorMarkerTest
{
    [Theory]
    [InlineData("away", "is not there")]
    [InlineData("emptied", "has no marker")]
    [InlineData("without its marker", "has no marker")]
    [InlineData("of another journal", "was set up for the journal ")]
    public async Task a_folder_that_is_not_the_one_that_was_set_up_is_an_error_for_verify_check_and_sealer(string state, string said)
    {
        var database = await SealedAsync();
        Change(state);

        var verified = await RunAsync(database, "verify");
        var check = await RunAsync(database, "check");
        var checkpoint = await RunAsync(database, "checkpoint");

        Assert.Equal((1, 1), (verified.Code, check.Code));
        Assert.Contains(said, verified.Output, StringComparison.Ordinal);
        Assert.Contains(said, check.Output, StringComparison.Ordinal);
        // What is kept there, all of it of this journal, shows to the sealer that an earlier version set it up.
        if (state == "without its marker")
        {
            Assert.Equal(0, checkpoint.Code);
            Assert.Equal(0, (await RunAsync(database, "verify")).Code);
            return;
        }
        Assert.NotEqual(0, checkpoint.Code);
        Assert.Contains(said, checkpoint.Errors, StringComparison.Ordinal);
        Assert.Equal(state == "away", !Directory.Exists(Anchors));
        await using var host = await ControlHost.StartAsync(Settings, database);
        await UntilAsync(() => host.Log.Any(line => line.Contains("NOT SEALED", StringComparison.Ordinal)
            && line.Contains(said, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task a_bucket_that_is_away_or_whose_prefix_is_another_is_an_error_for_verify_and_for_the_sealer()
    {
        await using var s3 = await LockingS3.StartAsync();
        var database = await PostgresServer.CreateDatabaseAsync();
        var settings = Settings with
        {
            Anchors = ["s3"],
            AnchorBucket = LockingS3.Bucket,
            AnchorServiceUrl = s3.Url,
            AwsRegion = ProtocolServer.Region,
            AnchorRetentionMode = RetentionMode.Governance,
        };
        await RecordAsync(settings, database);
        string[] bucket = ["--set", "Anchors=s3", "--set", $"AnchorServiceUrl={s3.Url}", "--set", $"AwsRegion={ProtocolServer.Region}",
            "--set", $"SealKeyFile={KeyFile}"];
        var whole = await AuditProgram.RunHereAsync(database, ["verify", .. bucket, "--set", $"AnchorBucket={LockingS3.Bucket}"]);
        Assert.True(whole.Code == 0, whole.Output);

        foreach (var (place, prefix, said) in new[] { ("elsewhere", "", "NoSuchBucket"), (LockingS3.Bucket, "other/", "has no marker") })
        {
            var verified = await AuditProgram.RunHereAsync(database,
                ["verify", .. bucket, "--set", $"AnchorBucket={place}", "--set", $"AnchorPrefix={prefix}"]);
            Assert.Equal(1, verified.Code);
            Assert.Contains(said, verified.Output, StringComparison.Ordinal);
            await using var source = SealedJournal.Source(database);
            var anchor = AnchorChoice.Of(settings with { AnchorBucket = place, AnchorPrefix = prefix }).Single();
            var refused = await Assert.ThrowsAsync<AnchorException>(() => AnchorCheck.CompareAsync(
                source, anchor, mayBeEmpty: false, TimeProvider.System.GetUtcNow(), default));
            Assert.True(refused.IsAbsent, refused.Message);
        }
    }

    private void Change(string state)
    {
        var marker = Directory.GetFiles(Anchors).Single();
        File.SetAttributes(marker, FileAttributes.Normal);
        switch (state)
        {
            case "away":
                Directory.Delete(Anchors, recursive: true);
                break;
            case "emptied":
                Directory.Delete(Anchors, recursive: true);
                Directory.CreateDirectory(Anchors);
                break;
            case "without its marker":
                File.Delete(marker);
                break;
            default:
                var lines = File.ReadAllLines(marker);
                File.WriteAllText(marker, $"{lines[0]}\n{lines[1]}\njournal {JournalIdentity.New()}\n");
                break;
        }
    }
}
