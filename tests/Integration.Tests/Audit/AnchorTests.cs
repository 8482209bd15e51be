using System.Globalization;
using Amazon.S3;
using Trading.Aws;
using Trading.Hosting.Sealing;
using Trading.Journal.Sealing;
using Trading.TestKit.Audit;
using Trading.TestKit.Aws;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Audit;

/// <summary>Checkpoints kept in S3: what is asked of a bucket with Object Lock, and what is found in it.</summary>
public sealed class AnchorTests(SealedJournal journal) : IClassFixture<SealedJournal>
{
    [Theory]
    [InlineData(RetentionMode.Compliance, "COMPLIANCE")]
    [InlineData(RetentionMode.Governance, "GOVERNANCE")]
    public async Task a_checkpoint_is_written_once_and_locked_for_its_days(RetentionMode mode, string sent)
    {
        await using var s3 = await LockingS3.StartAsync();
        var anchor = await AnchorAsync(s3.Url, mode);

        var key = await anchor.KeepAsync(journal.Anchor, default);
        Assert.Equal(key, await anchor.KeepAsync(journal.Anchor, default));

        Assert.Empty(s3.Server.Refusals);
        Assert.Equal(2, s3.Versions.Count);
        var (marker, version) = (s3.Versions[0], s3.Versions[1]);
        Assert.Matches("^live/trading_trading_test_[0-9]+_[0-9]+-marker$", marker.Key);
        Assert.Equal(sent, marker.Mode);
        Assert.Equal((key, journal.Anchor.Note, sent), (version.Key, version.Text, version.Mode));
        Assert.Matches(
            $"^live/trading_trading_test_[0-9]+_[0-9]+-[0-9a-f]{{8}}/{journal.Anchor.Checkpoint.Size:D12}-[0-9a-f]{{8}}\\.checkpoint$",
            key);
        var until = DateTimeOffset.Parse(version.Until!, CultureInfo.InvariantCulture);
        Assert.InRange(until - DateTimeOffset.UtcNow, TimeSpan.FromDays(29.9), TimeSpan.FromDays(30.1));
        var put = s3.Server.Requests.First(request =>
            request.Method == "PUT" && request.RawPath.EndsWith(AnchorPath.Ending, StringComparison.Ordinal));
        Assert.Equal("*", put.Headers["If-None-Match"]);
        Assert.NotEmpty(put.Headers["x-amz-checksum-sha256"]);
    }

    [Fact]
    public async Task a_key_that_holds_another_text_is_never_written_again()
    {
        await using var s3 = await LockingS3.StartAsync();
        var anchor = await AnchorAsync(s3.Url);
        var key = await anchor.KeepAsync(journal.Anchor, default);
        using var bucket = new LockedBucket(Options(s3.Url, RetentionMode.Compliance), TimeProvider.System);

        var refused = await Assert.ThrowsAsync<LockedBucketException>(() => bucket.PutAsync(key, "another text", default));

        Assert.Equal($"s3://{LockingS3.Bucket}/{key} holds another text already", refused.Message);
        Assert.Equal(2, s3.Versions.Count);
    }

    [Fact]
    public async Task checkpoints_that_somebody_deleted_are_read_all_the_same_and_listed_over_several_pages()
    {
        await using var s3 = await LockingS3.StartAsync();
        var anchor = await AnchorAsync(s3.Url);
        await anchor.KeepAsync(journal.OlderAnchor, default);
        var newest = await anchor.KeepAsync(journal.Anchor, default);
        s3.Delete(newest);

        var kept = await anchor.KeptAsync(journal.Anchor.Checkpoint.Origin, default);

        Assert.Equal([journal.OlderAnchor.Note, journal.Anchor.Note], kept.Checkpoints.Select(checkpoint => checkpoint.Note));
        Assert.Equal(kept.Checkpoints.Select(checkpoint => checkpoint.Note),
            (await anchor.KeptAsync(journal.Anchor.Checkpoint.Origin[..^8] + "00000000", default)).Checkpoints
                .Select(checkpoint => checkpoint.Note));
        Assert.True((await anchor.KeptAsync("trading/another_database-00000000", default)).IsEmpty);
        Assert.Empty(s3.Server.Refusals);
    }

    [Fact]
    public async Task a_store_that_ignores_locks_is_distinguished_and_one_that_is_meant_to_have_none_can_be_used()
    {
        var url = await AwsEndpoint.UrlAsync();
        using (var s3 = new AmazonS3Client(
            new AmazonS3Config { ServiceURL = url.ToString(), ForcePathStyle = true, AuthenticationRegion = ProtocolServer.Region }))
            await s3.PutBucketAsync(LockingS3.Bucket);

        var failed = await Assert.ThrowsAsync<AnchorException>(() => AnchorAsync(url.ToString()));
        Assert.EndsWith("was written and is not locked: the bucket needs Object Lock, or AnchorRetentionMode=none",
            failed.Message, StringComparison.Ordinal);

        var open = await AnchorAsync(url.ToString(), RetentionMode.None);
        await open.KeepAsync(journal.OlderAnchor, default);
        await open.KeepAsync(journal.Anchor, default);
        Assert.Equal([journal.OlderAnchor.Note, journal.Anchor.Note],
            (await open.KeptAsync(journal.Anchor.Checkpoint.Origin, default)).Checkpoints.Select(checkpoint => checkpoint.Note));
    }

    [Fact]
    public async Task a_bucket_that_refuses_or_cannot_be_reached_is_reported_in_one_line()
    {
        await using var s3 = await LockingS3.StartAsync();
        var elsewhere = new S3Anchor(
            new(Options(s3.Url, RetentionMode.Compliance) with { Bucket = "nowhere" }, TimeProvider.System), "live/");
        var missing = await Assert.ThrowsAsync<AnchorException>(() => elsewhere.KeepAsync(journal.Anchor, default));
        Assert.EndsWith(": NoSuchBucket: The specified bucket does not exist", missing.Message, StringComparison.Ordinal);

        var unreachable = await Assert.ThrowsAsync<AnchorException>(
            () => Anchor("http://127.0.0.1:9").KeptAsync(journal.Anchor.Checkpoint.Origin, default));
        Assert.StartsWith($"s3://{LockingS3.Bucket}/live/", unreachable.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', unreachable.Message);
    }

    private async Task<S3Anchor> AnchorAsync(string url, RetentionMode mode = RetentionMode.Compliance)
    {
        var anchor = Anchor(url, mode);
        await anchor.SetUpAsync(journal.Anchor.Checkpoint.Origin, journal.Anchor.Checkpoint.Journal, default);
        return anchor;
    }

    private static S3Anchor Anchor(string url, RetentionMode mode = RetentionMode.Compliance) =>
        new(new(Options(url, mode), TimeProvider.System), "live/");

    private static LockedBucketOptions Options(string url, RetentionMode mode) =>
        new(ProtocolServer.Region, url, LockingS3.Bucket, mode, RetentionDays: 30);
}
