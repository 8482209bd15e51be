using Npgsql;
using Trading.Core;
using Trading.Hosting.Control;
using Trading.Journal.Events;
using Trading.Journal.Keys;
using Trading.Journal.Sealing;
using Trading.TestKit.Audit;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Audit;

/// <summary>Events carry the mark of the program that wrote them, made before they reach the database.</summary>
public sealed class WriterMarkTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("trading-marks-").FullName;

    private readonly WriterKey _key;

    public WriterMarkTests() => _key = WriterKey.LoadOrCreate(Path.Combine(_folder, "writer.key"));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task every_event_of_a_run_carries_its_mark_and_verifies()
    {
        var database = await PostgresServer.CreateDatabaseAsync();
        var settings = InProcessSystem.Recorded(InProcessSystem.WriteCandles(_folder, minutes: 240, seed: 11)) with
        {
            SealIntervalSeconds = 1,
            SealKeyFile = Path.Combine(_folder, "key"),
        };
        var run = await InProcessSystem.PlayAsync(settings, database, writers: _key);
        await using var source = SealedJournal.Source(database);
        Assert.Equal(run.Stored.Count, await SealedJournal.ScalarAsync(source, "select count(*) from mt_events where headers ? 'mac'"));
        var sealing = SealKey.Load(settings.SealKeyFile).Public;

        Assert.Empty((await VerifyAsync(source, sealing)).First);

        // Another key proves none of them.
        var other = WriterKey.LoadOrCreate(Path.Combine(_folder, "other.key"));
        Assert.Equal(run.Stored.Count, (await Verifier.VerifyAsync(source, new([sealing], [], Writers: other), null, default)).Wrongs);
    }

    [Fact]
    public async Task a_trigger_that_writes_another_operators_name_is_found_when_it_is_sealed_and_ever_after()
    {
        await using var opened = await OpenAsync();
        var (journal, database, seal) = (opened.Journal, opened.Journal.Database, opened.Seal);
        var sealer = new Sealer(database, seal, TimeProvider.System, writers: _key);
        Assert.Empty((await sealer.SealAsync(default)).Unmarked);
        await ExecuteAsync(database, """
            create function other() returns trigger language plpgsql as
                $$ begin new.data = jsonb_set(new.data, '{by}', '"lee"'); return new; end $$;
            create trigger other before insert on mt_events for each row when (new.type = 'trading_halted') execute function other()
            """);

        await new JournalControl(journal, "main", TimeProvider.System).ActAsync(new(OperatorAction.Halt, "kim", "flash crash"), default);
        await ExecuteAsync(database, "drop trigger other on mt_events; drop function other");
        var sealed_ = await sealer.SealAsync(default);

        Assert.Equal("event 2 (account-main, version 2) does not carry the mark of who wrote it: something else than a program of this "
            + "system wrote or changed it on its way", Assert.Single(sealed_.Unmarked));
        var wrong = Assert.Single((await VerifyAsync(database, seal.Public)).First);
        Assert.Equal((WrongKind.Unmarked, 2L), (wrong.Kind, wrong.Sequence));
    }

    [Fact]
    public async Task an_event_that_somebody_inserted_before_it_was_sealed_is_found_and_a_redacted_one_is_not()
    {
        await using var opened = await OpenAsync();
        var (journal, database, seal) = (opened.Journal, opened.Journal.Database, opened.Seal);
        await new JournalControl(journal, "main", TimeProvider.System).ActAsync(new(OperatorAction.Halt, "kim", "flash crash"), default);
        await new Sealer(database, seal, TimeProvider.System).SealAsync(default);
        foreach (var field in AuditLeaf.RedactableFields)
            await Redaction.RedactAsync(journal, (await SealedTree.FindAsync(database, "account-main/2", default))!, field, "lee", "asked",
                InProcessSystem.Start, default);
        await new Sealer(database, seal, TimeProvider.System).SealAsync(default);
        Assert.Empty((await VerifyAsync(database, seal.Public)).First);

        await SealedJournal.ExecuteAsync(database, """
            insert into mt_events (seq_id, id, stream_id, version, data, type, timestamp, headers)
            select nextval('mt_events_sequence'), gen_random_uuid(), stream_id, 3, data, 'trading_resumed', timestamp, headers - 'mac'
            from mt_events where seq_id = 2;
            update mt_streams set version = 3 where id = 'account-main'
            """);
        // A program that starts afterwards knows that marks have begun.
        var state = await new Sealer(database, seal, TimeProvider.System, writers: _key).SealAsync(default);

        Assert.EndsWith("(account-main, version 3) carries no mark of a writer", Assert.Single(state.Unmarked), StringComparison.Ordinal);
        Assert.Equal(WrongKind.Unmarked, Assert.Single((await VerifyAsync(database, seal.Public)).First).Kind);
    }

    [Fact]
    public async Task what_stops_trading_on_a_damaged_account_carries_its_mark_too()
    {
        await using var opened = await OpenAsync();
        var (journal, database, seal) = (opened.Journal, opened.Journal.Database, opened.Seal);
        await SealedJournal.ExecuteAsync(database, "update mt_streams set is_archived = true");
        await new JournalControl(journal, "main", TimeProvider.System).ActAsync(new(OperatorAction.Halt, "kim", "flash crash"), default);

        Assert.Empty((await new Sealer(database, seal, TimeProvider.System, writers: _key).SealAsync(default)).Unmarked);
        Assert.Empty((await VerifyAsync(database, seal.Public)).First);
    }

    // An account that was opened by a program with the key, and the tables of the sealer.
    private async Task<Opened> OpenAsync()
    {
        var connection = await PostgresServer.CreateDatabaseAsync();
        var opened = new Opened(new(connection, new("test", "1") { Key = _key }, TimeProvider.System),
            SealKey.Create(Path.Combine(_folder, "seal")));
        await opened.Journal.PrepareAsync();
        await new Sealer(opened.Journal.Database, opened.Seal, TimeProvider.System).PrepareAsync(default);
        await opened.Journal.DecideAsync("main", new OpenAccount("main", "live", 10_000, InProcessSystem.Start), "test", default);
        return opened;
    }

    private sealed record Opened(TradeJournal Journal, SealKey Seal) : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => Journal.DisposeAsync();
    }

    private Task<Verification> VerifyAsync(NpgsqlDataSource database, VerifierKey sealing) =>
        Verifier.VerifyAsync(database, new([sealing], [], Writers: _key), null, default);

    private static async Task ExecuteAsync(NpgsqlDataSource database, string statements)
    {
        await using var command = database.CreateCommand(statements);
        await command.ExecuteNonQueryAsync();
    }
}
