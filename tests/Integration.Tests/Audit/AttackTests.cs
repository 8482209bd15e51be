using System.Globalization;
using Npgsql;
using Trading.Core;
using Trading.Journal.Keys;
using Trading.Journal.Sealing;
using Trading.TestKit.Audit;
using Xunit;

namespace Trading.Integration.Tests.Audit;

/// <summary>Everything that somebody with all rights on the database can do to a sealed journal is found, and named.</summary>
public sealed class AttackTests(SealedJournal journal) : IClassFixture<SealedJournal>
{
    private const string Flip = "left({0}, length({0}) - 1) || chr(ascii(right({0}, 1)) # 1)";

    private string ChangeVictim => $"update mt_events set causation_id = 'x' where seq_id = {journal.Victim}";

    [Fact]
    public async Task an_untouched_journal_verifies()
    {
        await using var database = SealedJournal.Source(await journal.CopyAsync());
        var verified = await journal.VerifyAsync(database, journal.Anchor, journal.OlderAnchor);
        Assert.Empty(verified.First);
        Assert.True(journal.Events > 10_000);
        Assert.Equal((journal.Events, journal.Events, 0, 0), (verified.Events, verified.Sealed, verified.Unsealed, verified.Wrongs));
        Assert.Equal(journal.Events, verified.Holds!.Size);
        Assert.Equal((4, 2), (verified.Checkpoints, verified.Kept));
    }

    [Theory]
    [InlineData("id", "(left(id::text, 35) || to_hex(('x' || right(id::text, 1))::bit(4)::int # 1))::uuid", WrongKind.Changed)]
    [InlineData("stream_id", Flip, WrongKind.Moved)]
    [InlineData("version", "version + 4096", WrongKind.Moved)]
    [InlineData("data", "replace(data::text, 'BTC-USD', 'BTC-USE')::jsonb", WrongKind.Changed)]
    [InlineData("bdata", "'\\x00'", WrongKind.Changed)]
    [InlineData("type", Flip, WrongKind.Changed)]
    [InlineData("timestamp", "timestamp + interval '1 microsecond'", WrongKind.Changed)]
    [InlineData("tenant_id", Flip, WrongKind.Changed)]
    [InlineData("mt_dotnet_type", Flip, WrongKind.Changed)]
    [InlineData("correlation_id", "'x'", WrongKind.Changed)]
    [InlineData("causation_id", Flip, WrongKind.Changed)]
    [InlineData("headers", "replace(headers::text, 'test', 'tesu')::jsonb", WrongKind.Changed)]
    [InlineData("is_archived", "not is_archived", WrongKind.Changed)]
    public async Task one_changed_byte_in_a_column_is_found(string column, string value, WrongKind expected) =>
        await Found(
            $"update mt_events set {column} = {string.Format(CultureInfo.InvariantCulture, value, column)} where seq_id = {journal.Victim}",
            journal.Victim, expected);

    [Fact]
    public async Task every_column_of_the_table_is_covered()
    {
        await using var database = SealedJournal.Source(await journal.CopyAsync());
        await using var command = database.CreateCommand("select array_agg(attname::text order by attname) from pg_attribute where "
            + "attrelid = 'mt_events'::regclass and attnum > 0 and not attisdropped");
        Assert.Equal(AuditLeaf.Columns.Order(StringComparer.Ordinal), (string[])(await command.ExecuteScalarAsync())!);
    }

    [Fact]
    public async Task a_number_in_the_data_changed_so_that_the_json_stays_valid_is_found() =>
        await Found($"update mt_events set data = jsonb_set(data, '{SealedJournal.Price}', to_jsonb((data #>> "
            + $"'{SealedJournal.Price}')::numeric + 0.01)) where seq_id = {journal.Victim}", journal.Victim, WrongKind.Changed);

    [Fact]
    public async Task a_trailing_zero_added_to_a_number_is_found() =>
        await Found($"update mt_events set data = jsonb_set(data, '{SealedJournal.Price}', ((data #>> '{SealedJournal.Price}') || "
            + $"'0')::jsonb) where seq_id = {journal.Victim}", journal.Victim, WrongKind.Changed);

    [Theory]
    [InlineData("first")]
    [InlineData("middle")]
    [InlineData("last")]
    public async Task a_deleted_event_is_found(string which)
    {
        await using var database = SealedJournal.Source(await journal.CopyAsync());
        var deleted = which == "middle"
            ? journal.Victim
            : await SealedJournal.ScalarAsync(database, $"select {(which == "first" ? "min" : "max")}(seq_id) from mt_events");
        await Found($"delete from mt_events where seq_id = {deleted}", deleted, WrongKind.Missing);
    }

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

    [Theory]
    [InlineData("-7")]
    [InlineData("(select seq_id - 1 from mt_events e where seq_id > 5000 and not exists (select from mt_events where "
        + "seq_id = e.seq_id - 1) limit 1)")]
    public async Task an_event_inserted_before_sealed_ones_is_found(string sequence)
    {
        await using var database = SealedJournal.Source(await journal.CopyAsync());
        var inserted = await SealedJournal.ScalarAsync(database, $"select {sequence}");
        await Found(Copy($"{inserted}"), inserted, WrongKind.Inserted);
    }

    [Fact]
    public async Task an_event_inserted_at_the_end_is_found()
    {
        await using var database = SealedJournal.Source(await journal.CopyAsync());
        var next = await SealedJournal.ScalarAsync(database, "select max(seq_id) + 1 from mt_events");
        await Found(Copy($"{next}"), next, WrongKind.Unsealed);
    }

    [Fact]
    public async Task two_swapped_versions_are_found_where_the_first_stands() => await Found(
        $"""
        drop index pk_mt_events_stream_and_version;
        update mt_events a set version = b.version from mt_events b
        where a.stream_id = b.stream_id and a.stream_id = (select stream_id from mt_events where seq_id = {journal.Victim}) and a.version
        + b.version = 3 and a.version in (1, 2) and b.version in (1, 2)
        """, journal.Victim, WrongKind.Moved);

    [Fact]
    public async Task two_events_that_swapped_their_places_in_the_journal_are_found() => await Found(
        $"update mt_events set seq_id = -seq_id where seq_id in ({journal.Victim}, {journal.Victim + 1}); update mt_events set seq_id = "
        + $"{2 * journal.Victim + 1} + seq_id where seq_id < 0", journal.Victim, WrongKind.Moved);

    [Fact]
    public async Task a_renumbered_event_is_found() =>
        await Found($"update mt_events set seq_id = 1000000 where seq_id = {journal.Victim}", journal.Victim, WrongKind.Moved);

    [Fact]
    public async Task events_renumbered_together_with_their_leaves_are_found()
    {
        await using var database = SealedJournal.Source(await journal.CopyAsync());
        foreach (var table in new[] { "mt_events", "audit.leaves" })
            await SealedJournal.ExecuteAsync(database, $"update {table} set seq_id = -seq_id where seq_id >= {journal.Victim}; "
                + $"update {table} set seq_id = 1 - seq_id where seq_id < 0");
        var verified = await journal.VerifyAsync(database);
        Assert.Equal((WrongKind.Changed, journal.Victim + 1), (verified.First[0].Kind, verified.First[0].Sequence));
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
    public async Task an_operators_event_without_data_or_version_is_found()
    {
        await using var database = SealedJournal.Source(await journal.CopyAsync());
        var operators = await SealedJournal.ScalarAsync(database, "select min(seq_id) from mt_events where type = 'limits_set'");
        await SealedJournal.ExecuteAsync(database, "alter table mt_events alter data drop not null, alter version drop not null; "
            + $"update mt_events set data = null, version = null where seq_id = {operators}");
        var verified = await journal.VerifyAsync(database, journal.Anchor);
        Assert.Equal((operators, 1L), (verified.First[0].Sequence, verified.Wrongs));
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

    private string Copy(string sequence) =>
        $"""
        insert into mt_events (seq_id, id, stream_id, version, data, type, timestamp, tenant_id, mt_dotnet_type, correlation_id,
        causation_id, headers, is_archived)
        select {sequence}, gen_random_uuid(), stream_id, version + 4096, data, type, timestamp, tenant_id, mt_dotnet_type,
        correlation_id, causation_id, headers, is_archived
        from mt_events where seq_id = {journal.Victim};
        """;

    private static async Task ResealAsync(NpgsqlDataSource database, SealKey key)
    {
        await SealedJournal.ExecuteAsync(database, "truncate audit.leaves, audit.checkpoints, audit.commitments");
        await new Sealer(database, key, TimeProvider.System).SealAsync(default);
    }

    private async Task Found(string attack, long sequence, WrongKind expected)
    {
        await using var database = SealedJournal.Source(await journal.CopyAsync());
        await SealedJournal.ExecuteAsync(database, attack);
        var verified = await journal.VerifyAsync(database, journal.Anchor);
        Assert.False(verified.Clean);
        Assert.Equal((sequence, expected), (verified.First[0].Sequence, verified.First[0].Kind));
        Assert.True(expected == WrongKind.Unsealed || verified.Holds is null || verified.Holds.Size < sequence,
            $"{verified.Holds} holds, the first bad event is {sequence}");
    }
}
