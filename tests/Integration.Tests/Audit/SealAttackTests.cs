using Npgsql;
using Trading.Journal.Keys;
using Trading.Journal.Sealing;
using Trading.TestKit.Audit;
using Xunit;

namespace Trading.Integration.Tests.Audit;

/// <summary>Checkpoints that were changed, deleted or made again, and older copies, are found.</summary>
[Collection(nameof(AttackTest))]
public sealed class SealAttackTests(SealedJournal sealedJournal) : AttackTest(sealedJournal)
{
    [Fact]
    public async Task all_events_of_the_last_batch_deleted_with_their_leaves_and_checkpoints_are_found_through_a_checkpoint_kept_elsewhere()
    {
        await using var database = SealedJournal.Source(await journal.CopyAsync());
        await SealedJournal.ExecuteAsync(database, $"""
            delete from mt_events where seq_id > (select last_seq_id from audit.checkpoints where position = 3);
            delete from audit.leaves where number >= (select size from audit.checkpoints where position = 3);
            delete from audit.checkpoints where position = 4;
            """);
        Assert.True((await journal.VerifyAsync(database)).Clean);
        var verified = await journal.VerifyAsync(database, journal.Anchor);
        Assert.Equal(WrongKind.RolledBack, Assert.Single(verified.First).Kind);
    }

    [Fact]
    public async Task an_older_copy_of_the_whole_database_is_found_through_a_checkpoint_kept_elsewhere()
    {
        await using var database = SealedJournal.Source(await journal.OlderCopyAsync());
        Assert.True((await journal.VerifyAsync(database, journal.OlderAnchor)).Clean);
        var verified = await journal.VerifyAsync(database, journal.Anchor);
        var wrong = Assert.Single(verified.First);
        Assert.Equal(WrongKind.RolledBack, wrong.Kind);
        Assert.Equal(journal.OlderAnchor.Checkpoint.Size, verified.Holds!.Size);
    }

    [Theory]
    [InlineData("note = replace(note, 'time 20', 'time 19')", 2, 1)]
    [InlineData("note = replace(note, 'trading-sealer ', 'trading-sealer A')", 2, 1)]
    [InlineData("note = left(note, length(note) - 1)", 2, 1)]
    [InlineData("size = size - 1", 2, 1)]
    [InlineData("last_seq_id = last_seq_id - 1", 2, 1)]
    [InlineData("frontier = set_byte(frontier, 0, get_byte(frontier, 0) # 1)", 2, 1)]
    [InlineData("note = replace(note, 'time 20', 'time 19')", 4, 3)]
    [InlineData("position = 7", 4, 3)]
    [InlineData("note = note || chr(10)", 4, 3)]
    [InlineData("note = ''", 4, 3)]
    [InlineData("note = chr(10) || chr(10)", 4, 3)]
    [InlineData("note = null", 4, 3)]
    [InlineData("size = null", 4, 3)]
    [InlineData("last_seq_id = null", 4, 3)]
    [InlineData("frontier = null", 4, 3)]
    [InlineData("note = replace(note, chr(10) || 'journal ', chr(10) || 'journal f')", 4, 3)]
    public async Task a_changed_checkpoint_is_found_and_the_one_before_holds(string change, int position, int holds)
    {
        await using var database = SealedJournal.Source(await journal.CopyAsync());
        await SealedJournal.ExecuteAsync(database, "alter table audit.checkpoints alter note drop not null, alter size drop not null, "
            + "alter last_seq_id drop not null, alter frontier drop not null; "
            + $"update audit.checkpoints set {change} where position = {position}");
        var verified = await journal.VerifyAsync(database);
        Assert.All(verified.First, wrong => Assert.True(wrong.Kind is WrongKind.Checkpoint or WrongKind.Tree, $"{wrong}"));
        Assert.NotEmpty(verified.First);
        Assert.Equal(await SealedJournal.ScalarAsync(database, $"select size from audit.checkpoints where position = {holds}"),
            verified.Holds?.Size);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public async Task a_deleted_checkpoint_is_found(int position)
    {
        await using var database = SealedJournal.Source(await journal.CopyAsync());
        await SealedJournal.ExecuteAsync(database, $"delete from audit.checkpoints where position = {position}");
        Assert.Equal(WrongKind.Checkpoint, (await journal.VerifyAsync(database)).First[0].Kind);
    }

    [Fact]
    public async Task a_tree_and_checkpoints_computed_again_with_another_key_are_found_through_the_signature()
    {
        await using var database = SealedJournal.Source(await journal.CopyAsync());
        await SealedJournal.ExecuteAsync(database, ChangeVictim);
        await ResealAsync(database, SealKey.Create(Path.Combine(Path.GetDirectoryName(journal.KeyFile)!, $"{Guid.NewGuid()}.key")));
        var verified = await journal.VerifyAsync(database);
        Assert.Equal(WrongKind.Checkpoint, Assert.Single(verified.First).Kind);
        Assert.Null(verified.Holds);
    }

    [Fact]
    public async Task a_tree_and_checkpoints_computed_again_with_the_journals_own_key_are_found_through_a_checkpoint_kept_elsewhere()
    {
        await using var database = SealedJournal.Source(await journal.CopyAsync());
        await SealedJournal.ExecuteAsync(database, ChangeVictim);
        await ResealAsync(database, journal.Key);
        Assert.True((await journal.VerifyAsync(database)).Clean);
        Assert.Equal(WrongKind.RolledBack, (await journal.VerifyAsync(database, journal.Anchor)).First[0].Kind);
    }

    [Fact]
    public async Task a_journal_whose_seals_are_gone_is_unsealed()
    {
        await using var database = SealedJournal.Source(await journal.CopyAsync());
        await SealedJournal.ExecuteAsync(database, "drop schema audit cascade");
        var verified = await journal.VerifyAsync(database, journal.Anchor);
        Assert.Equal([WrongKind.Unsealed, WrongKind.RolledBack], verified.First.Select(wrong => wrong.Kind));
        Assert.Null(verified.Holds);
    }

    [Theory]
    [InlineData("drop schema audit cascade", 0)]
    [InlineData("delete from audit.leaves where number >= (select size from audit.checkpoints where position = 3); "
        + "delete from audit.checkpoints where position = 4", 3)]
    public async Task seals_that_are_gone_are_found_though_somebody_holds_the_sealers_leadership(string attack, int holds)
    {
        await using var database = SealedJournal.Source(await journal.CopyAsync());
        await using var holder = await database.OpenConnectionAsync();
        await using (var hold = new NpgsqlCommand("select pg_advisory_lock(hashtextextended($1, 0))",
            holder)
        { Parameters = { new() { Value = Sealer.Leader } } })
            await hold.ExecuteNonQueryAsync();
        var size = holds == 0
            ? 0 : await SealedJournal.ScalarAsync(database, $"select size from audit.checkpoints where position = {holds}");
        await SealedJournal.ExecuteAsync(database, attack);

        var verified = await Verifier.VerifyAsync(database,
            new([journal.Key.Public], [], Patience: TimeSpan.FromSeconds(1)), null, default);

        var wrong = Assert.Single(verified.First);
        Assert.Equal((WrongKind.Unsealed, size), (wrong.Kind, verified.Holds?.Size ?? 0));
        Assert.EndsWith("and the process that holds the sealer's leadership does not seal it", wrong.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task a_checkpoint_that_nobody_known_has_signed_proves_nothing()
    {
        await using var database = SealedJournal.Source(await journal.CopyAsync());
        var stranger = SealKey.Create(Path.Combine(Path.GetDirectoryName(journal.KeyFile)!, $"{Guid.NewGuid()}.key"));
        await SealedJournal.ExecuteAsync(database, ChangeVictim);

        var verified = await journal.VerifyAsync(database, journal.Anchor.Checkpoint.Sign(stranger));

        Assert.Equal([(WrongKind.Changed, journal.Victim), (WrongKind.Checkpoint, null as long?)],
            verified.First.Select(wrong => (wrong.Kind, wrong.Sequence)));
        Assert.Contains("it proves nothing", verified.First[1].Detail, StringComparison.Ordinal);
    }
}
