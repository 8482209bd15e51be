using System.Security.Cryptography;
using System.Text;
using Trading.Journal.Events;
using Trading.Journal.Schema;
using Trading.Journal.Tables;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Schema;

/// <summary>The owner of the journal's tables creates them with trading journal migrate.</summary>
[Collection(nameof(SerialTest))]
public sealed class MigrationTests : MigrationTest
{
    [Fact]
    public async Task a_check_changes_nothing_and_names_what_is_missing_until_a_migration_has_made_it()
    {
        var owner = await PostgresServer.CreateDatabaseAsync();
        var empty = await MigrateAsync(owner, "--check");
        Assert.Equal(1, empty.Code);
        Assert.Contains("missing: mt_events\n", empty.Output, StringComparison.Ordinal);
        Assert.Contains("missing: schema version 2 (it has 0)\n", empty.Output, StringComparison.Ordinal);
        Assert.Equal(0L, await SqlAsync(owner, "select count(*) from pg_tables where schemaname in ('public', 'audit')"));

        Assert.Equal(0, (await MigrateAsync(owner)).Code);
        Assert.Equal(0, (await MigrateAsync(owner, "--check")).Code);
        Assert.EndsWith(": schema version 2, nothing to do", (await MigrateAsync(owner)).Output.TrimEnd(), StringComparison.Ordinal);

        await SqlAsync(owner, "drop table alert_progress; drop index pk_mt_events_stream_and_version, trading_events_taken_over");
        await SqlAsync(owner, "alter table mt_streams drop column compacted_version");
        var damaged = await MigrateAsync(owner, "--check");
        Assert.Equal(1, damaged.Code);
        Assert.Contains("missing: alert_progress\n", damaged.Output, StringComparison.Ordinal);
        Assert.Contains("missing: public.mt_events as this version makes it\n", damaged.Output, StringComparison.Ordinal);
        Assert.Contains("missing: trading_events_taken_over as this version makes it\n", damaged.Output, StringComparison.Ordinal);

        var mended = await MigrateAsync(owner);
        Assert.Contains("created table alert_progress\n", mended.Output, StringComparison.Ordinal);
        Assert.Contains("created index pk_mt_events_stream_and_version\n", mended.Output, StringComparison.Ordinal);
        Assert.Contains("created index trading_events_taken_over\n", mended.Output, StringComparison.Ordinal);
        Assert.Contains("created column mt_streams.compacted_version\n", mended.Output, StringComparison.Ordinal);
        Assert.Equal(0, (await MigrateAsync(owner, "--check")).Code);
    }

    [Fact]
    public async Task prices_of_a_month_without_a_table_are_kept_and_the_next_migration_gives_them_one()
    {
        var owner = await PostgresServer.CreateDatabaseAsync();
        var (role, services) = await RoleAsync(owner);
        Assert.Equal(0, (await MigrateAsync(owner, "--grant-to", role)).Code);
        var price = InProcessSystem.Price(60_000m, InProcessSystem.Start);
        await using (var history = new PriceHistory(services))
        {
            await history.AddAsync(price, default);
            var stored = await history.LastAsync(InProcessSystem.Symbol, 60, InProcessSystem.Start.ToUnixTimeSeconds(), 5, default);
            Assert.Equal(60_000m, Assert.Single(stored).Price);
        }

        var migrated = await MigrateAsync(owner);

        Assert.Contains("created table price_history_2024_03\n", migrated.Output, StringComparison.Ordinal);
        Assert.Contains("moved 1 prices into the tables of their months\n", migrated.Output, StringComparison.Ordinal);
        Assert.Equal(1L, await SqlAsync(owner, "select count(*) from price_history_2024_03"));
        Assert.Equal(0L, await SqlAsync(owner, "select count(*) from price_history_rest"));
    }

    [Fact]
    public async Task a_start_compares_the_schema_no_further_when_this_version_made_it()
    {
        var owner = await PostgresServer.CreateDatabaseAsync();
        await using (var journal = new TradeJournal(owner, new("test", "1"), TimeProvider.System))
            await journal.PrepareAsync();
        // A comparison would bring it back.
        await SqlAsync(owner, "drop index pk_mt_events_stream_and_version");

        await using (var journal = new TradeJournal(owner, new("test", "1"), TimeProvider.System))
            await journal.PrepareAsync();

        Assert.Equal(0L, await SqlAsync(owner, "select count(*) from pg_indexes where indexname = 'pk_mt_events_stream_and_version'"));
        await SqlAsync(owner, "comment on table mt_events is null");
        await using (var journal = new TradeJournal(owner, new("test", "1"), TimeProvider.System))
            await journal.PrepareAsync();
        Assert.Equal(1L, await SqlAsync(owner, "select count(*) from pg_indexes where indexname = 'pk_mt_events_stream_and_version'"));
    }

    [Fact]
    public async Task a_role_that_is_not_there_ends_a_migration_before_it_has_begun()
    {
        var owner = await PostgresServer.CreateDatabaseAsync();

        var refused = await MigrateAsync(owner, "--grant-to", "nobody_there");

        Assert.Equal(2, refused.Code);
        var line = Assert.Single(refused.Errors.TrimEnd().Split('\n'));
        Assert.StartsWith("trading: there is no role nobody_there", line, StringComparison.Ordinal);
        Assert.Equal(0L, await SqlAsync(owner, "select count(*) from pg_tables where schemaname in ('public', 'audit')"));
    }

    // When this fails, Marten creates something else than before: JournalSchema.Version rises by one, and the new sum stands here.
    [Fact]
    public void the_schema_has_a_new_version_when_what_marten_creates_has_changed()
    {
        var script = EventStoreSchema.Script().ReplaceLineEndings("\n");
        var sum = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(script)))[..16];
        Assert.Equal((2, "cd4b92ea4de9f9f7"), (JournalSchema.Version, sum));
    }
}
