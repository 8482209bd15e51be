using Npgsql;
using Trading.Contracts;
using Trading.Core;
using Trading.Journal.Events;
using Trading.Journal.Sealing;
using Trading.TestKit.Audit;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Journal;

/// <summary>What the list of journals says of one: the same as all of its events, without reading them.</summary>
public sealed class JournalContentsTests(SealedJournal journal) : IClassFixture<SealedJournal>
{
    private const string OfAllEvents = """
        select (select data ->> 'marketData' from mt_events where type = 'account_opened' order by seq_id limit 1), min(timestamp),
            max(timestamp), count(*), count(*) filter (where type = 'trade_settled'),
            (select coalesce(max(last_seq_id), 0) from audit.checkpoints)
        from mt_events
        """;

    [Fact]
    public async Task the_figures_are_those_of_all_events_whatever_was_appended_or_is_lacking()
    {
        var copy = await journal.CopyAsync();
        await using var database = SealedJournal.Source(copy);
        await using var writer = new TradeJournal(copy, new("test", "1.0.0"), TimeProvider.System);

        var settled = await SameAsync();
        Assert.True(settled is { Prices: "recorded", Trades: > 10 } && settled.Events == journal.Events);
        // Behind the seal, and with a fill of another that the account took over: it is no trade of its own.
        var (account, version) = (await writer.AccountAsync("main", default))!;
        await writer.AppendAsync([new(account.Id, version, [new ExternalFillBooked("7", "8", InProcessSystem.Symbol, TradeAction.Buy, 1,
            100, 0, InProcessSystem.Start, "kim", "found", InProcessSystem.Start)])], new(null, "test"), default);
        Assert.Equal(account.TradesSettled + 1, (await writer.AccountAsync("main", default))!.State.TradesSettled);
        Assert.Equal((settled.Events + 1, settled.Trades), Counted(await SameAsync()));
        // A journal of before has no index over such fills.
        await SealedJournal.ExecuteAsync(database, "drop index trading_events_taken_over");
        await SameAsync();
        // Without what the account says of itself.
        await SealedJournal.ExecuteAsync(database, "update mt_doc_portfolio set data = jsonb_set(data, '{tradesSettled}', '\"many\"')");
        await SameAsync();
        await SealedJournal.ExecuteAsync(database, "drop table mt_doc_portfolio");
        await SameAsync();
        // What was moved into a file is no longer there; without seals nothing is known of what was.
        await writer.AppendToEndAsync(AuditLeaf.SegmentStream, new SegmentArchived("2024", 0, 1000, 0, 1000, "", 1, 100, "", "kim", "old",
            InProcessSystem.Start), new(null, "test"), default);
        await SealedJournal.ExecuteAsync(database, "delete from mt_events where seq_id between 500 and 600 and stream_id like 'trade-%'");
        await SameAsync();
        await SealedJournal.ExecuteAsync(database, "drop schema audit cascade");
        Assert.Equal(0, (await ReadAsync(database)).SealedTo);

        async Task<JournalContents> SameAsync()
        {
            var found = await ReadAsync(database);
            await using var command = database.CreateCommand(OfAllEvents);
            await using var row = await command.ExecuteReaderAsync();
            await row.ReadAsync();
            Assert.Equal(new(row.GetString(0), row.GetFieldValue<DateTimeOffset>(1), row.GetFieldValue<DateTimeOffset>(2), row.GetInt64(3),
                row.GetInt64(4), row.GetInt64(5)), found);
            return found;
        }

        static (long, long) Counted(JournalContents contents) => (contents.Events, contents.Trades);
    }

    [Fact]
    public async Task a_last_checkpoint_without_its_figures_hides_no_journal_and_seals_nothing()
    {
        await using var database = SealedJournal.Source(await journal.CopyAsync());
        await SealedJournal.ExecuteAsync(database, """
            alter table audit.checkpoints alter size drop not null, alter last_seq_id drop not null;
            update audit.checkpoints set size = null, last_seq_id = null
                where position = (select max(position) from audit.checkpoints)
            """);

        var found = await ReadAsync(database);

        Assert.Equal(0, found.SealedTo);
        // So many behind the seal are not counted one by one, and numbers that were never used are among them.
        Assert.InRange(found.Events, journal.Events, journal.Events + 10);
    }

    [Fact]
    public async Task a_long_journal_is_not_read_from_end_to_end()
    {
        const int Events = 3 * JournalContents.MostCounted;
        var connection = await PostgresServer.CreateDatabaseAsync();
        await using var database = SealedJournal.Source(connection);
        await using (var writer = new TradeJournal(connection, new("test", "1.0.0"), TimeProvider.System))
        {
            await writer.PrepareAsync();
            await writer.DecideAsync("main", new OpenAccount("main", "live", 10_000, InProcessSystem.Start), "test", default);
        }
        // Its tables are there, and nothing is sealed. The account is one of an exchange, where fills of others may have been taken over.
        await new Sealer(database, journal.Key, TimeProvider.System).PrepareAsync(default);
        await SealedJournal.ExecuteAsync(database, $"""
            insert into mt_events (seq_id, id, stream_id, version, data, type, timestamp)
            select at, gen_random_uuid(), case when at % 2 = 0 then 'account-main' else 'trade-' || at end, at, '{"{}"}',
                case when at % 20 = 0 then 'trade_settled' when at % 20 = 1 then 'order_filled' else 'price_marked' end,
                now() + at * interval '1 second' from generate_series(2, {Events}) as at;
            update mt_doc_portfolio set data = data || '{"{\"external\": {}}"}';
            insert into mt_streams (id, version) select stream_id, 1 from mt_events where stream_id <> 'account-main';
            analyze
            """);
        await using var open = await database.OpenConnectionAsync();
        await using var transaction = await open.BeginTransactionAsync();
        await using (var alone = new NpgsqlCommand("set local max_parallel_workers_per_gather = 0", open))
            await alone.ExecuteNonQueryAsync();

        var found = await JournalContents.ReadAsync(open, default);

        Assert.Equal(("live", Events, 0), (found.Prices, found.Events, found.Trades));
        await using var command = new NpgsqlCommand("select sum(seq_scan), sum(seq_tup_read + idx_tup_fetch) from pg_stat_xact_user_tables "
            + "where relname in ('mt_events', 'mt_streams')", open);
        await using var read = await command.ExecuteReaderAsync();
        await read.ReadAsync();
        Assert.Equal(0, read.GetDecimal(0));
        Assert.InRange(read.GetDecimal(1), 1, JournalContents.MostCounted + 500);
        Assert.Equal(Events, await SealedTree.WaitingAsync(database, default));
    }

    private static async Task<JournalContents> ReadAsync(NpgsqlDataSource database)
    {
        await using var connection = await database.OpenConnectionAsync();
        return await JournalContents.ReadAsync(connection, default);
    }
}
