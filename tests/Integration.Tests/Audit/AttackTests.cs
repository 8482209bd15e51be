using System.Globalization;
using Trading.Core;
using Trading.Journal.Sealing;
using Trading.TestKit.Audit;
using Xunit;

namespace Trading.Integration.Tests.Audit;

/// <summary>All that somebody with every right on the database can do to the events of a sealed journal is found, and named.</summary>
[Collection(nameof(AttackTest))]
public sealed class AttackTests(SealedJournal sealedJournal) : AttackTest(sealedJournal)
{
    private const string Flip = "left({0}, length({0}) - 1) || chr(ascii(right({0}, 1)) # 1)";

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
    public async Task an_operators_event_without_data_or_version_is_found()
    {
        await using var database = SealedJournal.Source(await journal.CopyAsync());
        var operators = await SealedJournal.ScalarAsync(database, "select min(seq_id) from mt_events where type = 'limits_set'");
        await SealedJournal.ExecuteAsync(database, "alter table mt_events alter data drop not null, alter version drop not null; "
            + $"update mt_events set data = null, version = null where seq_id = {operators}");
        var verified = await journal.VerifyAsync(database, journal.Anchor);
        Assert.Equal((operators, 1L), (verified.First[0].Sequence, verified.Wrongs));
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
