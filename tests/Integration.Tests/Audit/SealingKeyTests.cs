using Trading.Journal.Keys;
using Trading.Journal.Sealing;
using Xunit;

namespace Trading.Integration.Tests.Audit;

/// <summary>Keys that seal: who vouches for them, who may read them, and what they do not go on with.</summary>
[Collection(nameof(SealingTest))]
public sealed class SealingKeyTests : SealingTest
{
    [Fact]
    public async Task a_key_hands_over_to_the_next_by_a_checkpoint_signed_with_both()
    {
        await using var database = await JournalAsync();
        var (old, next) = (SealKey.Create(Path.Combine(_folder, "old")), SealKey.Create(Path.Combine(_folder, "next")));
        var before = new Sealer(database, old, TimeProvider.System);
        await before.PrepareAsync(default);
        await AppendAsync(database, 1);
        var sealedFirst = (await before.SealAsync(default)).Last!;
        var rotated = await before.RotateAsync(next, default);
        Assert.True(rotated.SignedBy(old.Public) && rotated.SignedBy(next.Public));
        await AppendAsync(database, 2);
        Assert.Contains("is sealed with the key",
            (await Assert.ThrowsAsync<SealException>(() => before.SealAsync(default))).Message, StringComparison.Ordinal);
        await new Sealer(database, next, TimeProvider.System).SealAsync(default);
        foreach (var key in new[] { old, next })
        {
            Assert.Empty((await Verifier.VerifyAsync(database, new([key.Public], []), null, default)).First);
            // What was kept elsewhere before the key changed is one of those that the new key's signature speaks for.
            Assert.Empty((await Verifier.VerifyAsync(database, new([key.Public], [sealedFirst, rotated]), null, default)).First);
        }
        var other = (sealedFirst.Checkpoint with { At = sealedFirst.Checkpoint.At.AddSeconds(1) }).Sign(old);
        Assert.Equal(WrongKind.Checkpoint,
            Assert.Single((await Verifier.VerifyAsync(database, new([next.Public], [other]), null, default)).First).Kind);
        var stranger = SealKey.Create(Path.Combine(_folder, "stranger"));
        Assert.False((await Verifier.VerifyAsync(database, new([stranger.Public], []), null, default)).Clean);
    }

    [Fact]
    public async Task a_journal_that_lacks_what_an_anchor_keeps_of_it_is_not_sealed_on()
    {
        await using var database = await JournalAsync();
        var key = SealKey.Create(Path.Combine(_folder, "own"));
        var anchor = new FolderAnchor(Path.Combine(_folder, "kept"));
        var sealer = new Sealer(database, key, TimeProvider.System,
            await AnchorSetup.RunAsync(database, [anchor], null, isNew: false, default));
        await sealer.PrepareAsync(default);
        await AnchorCheck.CompareAsync(database, anchor, mayBeEmpty: false, TimeProvider.System.GetUtcNow(), default);
        await AppendAsync(database, 3);
        await anchor.KeepAsync((await sealer.SealAsync(default)).Last!, default);
        await AppendAsync(database, 2);
        await sealer.SealAsync(default);
        await AnchorCheck.CompareAsync(database, anchor, mayBeEmpty: false, TimeProvider.System.GetUtcNow(), default);

        foreach (var attack in new[] { "delete from audit.checkpoints where position = 1",
            "truncate audit.leaves, audit.checkpoints, audit.commitments; delete from mt_events where seq_id > 2" })
        {
            await ExecuteAsync(database, attack);
            var refused = await Assert.ThrowsAsync<SealException>(() =>
                AnchorCheck.CompareAsync(database, anchor, mayBeEmpty: false, TimeProvider.System.GetUtcNow(), default));
            Assert.StartsWith("the checkpoint of 1 events of trading/", refused.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task a_key_that_only_the_next_one_vouches_for_is_not_trusted()
    {
        await using var database = await JournalAsync();
        var (own, thiefs) = (SealKey.Create(Path.Combine(_folder, "own")), SealKey.Create(Path.Combine(_folder, "thiefs")));
        var sealer = new Sealer(database, own, TimeProvider.System);
        await sealer.PrepareAsync(default);
        await AppendAsync(database, 1);
        var rotated = await sealer.RotateAsync(thiefs, default);
        // The same hand-over, without the signature of the key that hands over.
        var forged = rotated.Checkpoint.Sign(thiefs);
        await ExecuteAsync(database, $"update audit.checkpoints set note = '{forged.Note}' where position = "
            + $"{await ScalarAsync(database, "select max(position) from audit.checkpoints")}");
        await AppendAsync(database, 2);
        await new Sealer(database, thiefs, TimeProvider.System).SealAsync(default);

        var verified = await Verifier.VerifyAsync(database, new([own.Public], []), null, default);

        Assert.Contains(verified.First, wrong =>
            wrong.Kind == WrongKind.Checkpoint && wrong.Detail.Contains("is not signed by a trusted key", StringComparison.Ordinal));
        Assert.Equal(1, verified.Holds?.Size);
    }

    [Fact]
    public void a_key_file_is_its_owners_alone_and_one_that_others_can_read_is_refused()
    {
        var file = Path.Combine(_folder, "seal.key");
        var key = SealKey.LoadOrCreate(file);
        Assert.Equal(key.Public, SealKey.LoadOrCreate(file).Public);
        Assert.Equal(key.Public, VerifierKey.Read(SealKey.PublicFile(file)));
        if (OperatingSystem.IsWindows())
            return;
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        Assert.Equal($"the key file {file} can be read by others than its owner: chmod 600 {file}",
            Assert.Throws<SealKeyException>(() => SealKey.Load(file)).Message);
    }
}
