using Npgsql;
using Trading.Journal.Sealing;
using Trading.TestKit.Audit;
using Xunit;

namespace Trading.Integration.Tests.Audit;

/// <summary>What was done to leaves and what stands beside them is found; what a sealer at work leaves open is not wrong.</summary>
[Collection(nameof(AttackTest))]
public sealed class LeafAttackTests(SealedJournal sealedJournal) : AttackTest(sealedJournal)
{
    [Fact]
    public async Task a_change_that_is_covered_up_in_the_leaves_is_found_at_the_next_checkpoint()
    {
        await using var database = SealedJournal.Source(await journal.CopyAsync());
        await using var fresh = SealedJournal.Source(await journal.CopyAsync());
        // Somebody who knows the format changes an event and computes its leaf again.
        foreach (var each in new[] { database, fresh })
            await SealedJournal.ExecuteAsync(each, ChangeVictim);
        await ResealAsync(fresh, journal.Key);
        await using (var leaf = fresh.CreateCommand($"select encode(hash, 'hex') from audit.leaves where seq_id = {journal.Victim}"))
            await SealedJournal.ExecuteAsync(database,
                $"update audit.leaves set hash = decode('{await leaf.ExecuteScalarAsync()}', 'hex') where seq_id = {journal.Victim}");

        var verified = await journal.VerifyAsync(database);
        Assert.Equal(WrongKind.Tree, verified.First[0].Kind);
        Assert.Equal(await SealedJournal.ScalarAsync(database, "select size from audit.checkpoints where position = 1"),
            verified.Holds!.Size);
    }

    [Fact]
    public async Task a_leaf_that_was_deleted_is_found()
    {
        await using var database = SealedJournal.Source(await journal.CopyAsync());
        await SealedJournal.ExecuteAsync(database, $"delete from audit.leaves where seq_id = {journal.Victim}");
        var verified = await journal.VerifyAsync(database);
        Assert.Equal((WrongKind.Inserted, journal.Victim), (verified.First[0].Kind, verified.First[0].Sequence));
    }

    [Theory]
    [InlineData("stream_id = 'trade-x'", WrongKind.Leaf)]
    [InlineData("stream_id = null", WrongKind.Leaf)]
    [InlineData("version = version + 1", WrongKind.Leaf)]
    [InlineData("version = null", WrongKind.Leaf)]
    [InlineData("number = null", WrongKind.Changed)]
    [InlineData("hash = null", WrongKind.Changed)]
    [InlineData("hash = 'x'", WrongKind.Changed)]
    public async Task what_stands_beside_a_leaf_is_checked(string change, WrongKind expected)
    {
        await using var database = SealedJournal.Source(await journal.CopyAsync());
        await SealedJournal.ExecuteAsync(database, "alter table audit.leaves alter version drop not null, alter number drop not null, "
            + $"alter hash drop not null; update audit.leaves set {change} where seq_id = {journal.Victim}");
        var verified = await journal.VerifyAsync(database);
        Assert.Equal((expected, journal.Victim), (verified.First[0].Kind, verified.First[0].Sequence));
    }

    [Theory]
    [InlineData("field = null")]
    [InlineData("commitment = null")]
    [InlineData("commitment = 'x'")]
    [InlineData("salt = 'x'")]
    [InlineData("salt = null")]
    [InlineData("number = number + 1")]
    public async Task a_changed_commitment_is_found_at_its_event(string change)
    {
        await using var database = SealedJournal.Source(await journal.CopyAsync());
        await SealedJournal.ExecuteAsync(database, "alter table audit.commitments drop constraint commitments_pkey, alter field drop "
            + "not null, alter commitment drop not null; "
            + $"update audit.commitments set {change} where number = (select max(number) from audit.commitments) and field = 'by'");
        var sequence = await SealedJournal.ScalarAsync(database,
            "select max(seq_id) from mt_events where type in ('trading_halted', 'trading_resumed')");
        Assert.Contains(sequence, (await journal.VerifyAsync(database)).First.Select(wrong => wrong.Sequence));
    }

    [Fact]
    public async Task an_event_that_a_sealer_at_work_seals_a_moment_later_is_not_wrong()
    {
        await using var database = SealedJournal.Source(await journal.CopyAsync());
        await using var holder = await database.OpenConnectionAsync();
        await using (var hold = new NpgsqlCommand("select pg_advisory_lock(hashtextextended($1, 0))",
            holder)
        { Parameters = { new() { Value = Sealer.Leader } } })
            await hold.ExecuteNonQueryAsync();
        await SealedJournal.ExecuteAsync(database, Copy("(select max(seq_id) + 1 from mt_events)"));
        var verifying = Verifier.VerifyAsync(database,
            new([journal.Key.Public], [journal.Anchor], Patience: TimeSpan.FromMinutes(10)), null, default);
        await Task.Delay(TimeSpan.FromSeconds(2)); // the verifier waits for longer
        Assert.False(verifying.IsCompleted);
        await new Sealer(database, journal.Key, TimeProvider.System).SealAsync(default);

        var verified = await verifying;

        Assert.Equal((true, 1L), (verified.Clean, verified.Unsealed));
    }

    [Fact]
    public async Task a_part_of_the_journal_can_be_verified_alone_and_a_change_outside_of_it_is_not_its_concern()
    {
        await using var database = SealedJournal.Source(await journal.CopyAsync());
        await SealedJournal.ExecuteAsync(database, ChangeVictim);
        async Task<Verification> Part(long from, long to) =>
            await Verifier.VerifyAsync(database, new([journal.Key.Public], [], from, to), null, default);
        var events = await SealedJournal.ScalarAsync(database, "select count(*) from mt_events where seq_id between 6001 and 7000");
        Assert.Equal((true, events), ((await Part(6001, 7000)).Clean, (await Part(6001, 7000)).Events));
        Assert.Equal((false, 1L),
            ((await Part(journal.Victim, journal.Victim)).Clean, (await Part(journal.Victim, journal.Victim)).Events));
    }

    [Fact]
    public async Task what_the_sealer_would_build_upon_is_checked_before_it_signs_it()
    {
        foreach (var change in new[]
        {
            "update audit.checkpoints set frontier = set_byte(frontier, 0, get_byte(frontier, 0) # 1) where position = 4",
            "delete from audit.checkpoints where position = 4",
            "update audit.checkpoints set note = replace(note, 'time 20', 'time 19') where position = 4",
            "truncate audit.leaves, audit.checkpoints, audit.commitments",
        })
        {
            await using var database = SealedJournal.Source(await journal.CopyAsync());
            var sealer = new Sealer(database, journal.Key, TimeProvider.System);
            await SealedJournal.ExecuteAsync(database, Copy("(select max(seq_id) + 1 from mt_events)"));
            await sealer.SealAsync(default);
            await SealedJournal.ExecuteAsync(database, change.Replace("= 4", "= 5", StringComparison.Ordinal));
            await Assert.ThrowsAsync<SealException>(() => sealer.SealAsync(default));
        }
    }
}
