using Npgsql;
using Trading.Hosting.Settings;
using Trading.Journal.Events;
using Trading.Journal.Keys;
using Trading.Journal.Sealing;
using Trading.Services;
using Trading.TestKit.Audit;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Audit;

/// <summary>Sealing beside writers: every event once, in the order of the journal, none too early.</summary>
public sealed class SealingTests : IDisposable
{
    private const string Insert = "insert into mt_events (seq_id, id, stream_id, version, data, "
        + "type) values (nextval('mt_events_sequence'), gen_random_uuid(), 's', $1, '{}', 'x') returning seq_id";

    private readonly string _folder = Directory.CreateTempSubdirectory("trading-sealing-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task events_behind_an_append_in_flight_wait_for_it_and_come_after_it()
    {
        await using var database = await JournalAsync();
        var sealer = await SealerAsync(database);
        await using var slow = await database.OpenConnectionAsync();
        await AppendAsync(database, 1);
        await using (var transaction = await slow.BeginTransactionAsync())
        {
            await AppendAsync(slow, 2);
            await AppendAsync(database, 3);
            var state = await sealer.SealAsync(default);
            Assert.Equal((1, 1), (state.Sealed, state.Waiting)); // the first; the third waits behind the second, which nobody can read yet
            Assert.Equal(0, (await sealer.SealAsync(default)).Sealed);
            await transaction.CommitAsync();
        }
        Assert.Equal(2, (await sealer.SealAsync(default)).Sealed);
        Assert.Equal([1L, 2L, 3L], await SealedVersionsAsync(database));
    }

    [Fact]
    public async Task a_gap_that_a_rolled_back_append_left_holds_nothing_up_once_the_append_has_ended()
    {
        await using var database = await JournalAsync();
        var sealer = await SealerAsync(database);
        await using var failing = await database.OpenConnectionAsync();
        await using (var transaction = await failing.BeginTransactionAsync())
        {
            await AppendAsync(failing, 1);
            await AppendAsync(database, 2);
            Assert.Equal((0, 1), ((await sealer.SealAsync(default)).Sealed, (await sealer.SealAsync(default)).Waiting));
            await transaction.RollbackAsync();
        }
        Assert.Equal(1, (await sealer.SealAsync(default)).Sealed);
        Assert.Equal([2L], await SealedVersionsAsync(database));
    }

    [Fact]
    public async Task an_append_that_has_drawn_its_number_and_has_no_transaction_id_yet_is_waited_for()
    {
        await using var database = await JournalAsync();
        var sealer = await SealerAsync(database);
        // What is drawn is known before the row is written: a trigger stops the insert in between, where no snapshot tells of it.
        await ExecuteAsync(database, """
            create function wait_for_test() returns trigger language plpgsql as $$ begin if new.version = 1 then perform
            pg_advisory_lock_shared(77); end if; return new; end $$;
            create trigger wait_for_test before insert on mt_events for each row execute function wait_for_test();
            select nextval('mt_events_sequence');
            """);
        await using var gate = await database.OpenConnectionAsync();
        await ExecuteAsync(gate, "select pg_advisory_lock(77)");
        var slow = AppendAsync(database, 1);
        while (await ScalarAsync(database, "select count(*) from pg_locks where locktype = 'advisory' and objid = 77 and not granted") == 0)
            await Task.Delay(5);
        await AppendAsync(database, 2);
        Assert.Equal(0, await ScalarAsync(database, "select count(*) from pg_locks l join pg_locks w on w.pid = l.pid where w.locktype = "
            + "'advisory' and not w.granted and l.locktype = 'transactionid'"));

        Assert.Equal(0, (await sealer.SealAsync(default)).Sealed);
        await ExecuteAsync(gate, "select pg_advisory_unlock(77)");
        await slow;
        await sealer.SealAsync(default);
        Assert.Equal([1L, 2L], await SealedVersionsAsync(database));
    }

    [Fact]
    public async Task with_many_writers_some_slow_and_some_rolled_back_two_sealers_seal_every_event_once_and_in_order()
    {
        await using var database = await JournalAsync();
        var key = SealKey.Create(Path.Combine(_folder, "key"));
        var sealers = new[] { new Sealer(database, key, TimeProvider.System), new Sealer(database, key, TimeProvider.System) };
        await sealers[0].PrepareAsync(default);
        using var written = new CancellationTokenSource();
        var sealing = sealers.Select(sealer => Task.Run(async () =>
        {
            while (!written.IsCancellationRequested)
                await sealer.SealAsync(default);
        })).ToList();

        await Task.WhenAll(Enumerable.Range(0, 6).Select(writer => Task.Run(async () =>
        {
            var random = new Random(writer);
            for (var append = 0; append < 150; append++)
            {
                await using var connection = await database.OpenConnectionAsync();
                await using var transaction = await connection.BeginTransactionAsync();
                for (var part = random.Next(1, 4); part > 0; part--)
                    await AppendAsync(connection, 1000 * (1000 * writer + append) + part);
                if (append % 25 == writer)
                    await Task.Delay(random.Next(50));
                if (append % 7 == writer)
                    await transaction.RollbackAsync();
                else
                    await transaction.CommitAsync();
            }
        })));
        await written.CancelAsync();
        await Task.WhenAll(sealing);
        while ((await sealers[0].SealAsync(default)).Waiting > 0)
            await Task.Delay(5);

        var events = await ScalarAsync(database, "select count(*) from mt_events");
        Assert.True(events > 1000);
        var verified = await Verifier.VerifyAsync(database, new([key.Public], []), null, default);
        Assert.Empty(verified.First);
        Assert.Equal((events, events, 0L), (verified.Events, verified.Sealed, verified.Unsealed));
        Assert.Equal(0, await ScalarAsync(database, "select count(*) from (select seq_id > lag(seq_id) over (order by number) as rises, "
            + "number = lag(number) over (order by number) + 1 as follows from audit.leaves) as l where not rises or not follows"));
    }

    [Fact]
    public async Task a_batch_that_fails_half_way_leaves_no_leaf_and_is_sealed_the_next_time()
    {
        await using var database = await JournalAsync();
        var sealer = await SealerAsync(database);
        await AppendAsync(database, 1);
        await ExecuteAsync(database, "alter table audit.checkpoints add constraint full_disk check (false)");
        await Assert.ThrowsAsync<PostgresException>(() => sealer.SealAsync(default));
        Assert.Equal(0, await ScalarAsync(database, "select count(*) from audit.leaves"));
        await ExecuteAsync(database, "alter table audit.checkpoints drop constraint full_disk");
        Assert.Equal(1, (await sealer.SealAsync(default)).Sealed);
    }

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

    [Fact]
    public async Task a_run_is_sealed_to_its_end_when_it_has_stopped_and_its_checkpoint_is_kept_in_the_folder()
    {
        var database = await PostgresServer.CreateDatabaseAsync();
        var settings = InProcessSystem.Recorded(InProcessSystem.WriteCandles(_folder, minutes: 60, seed: 11)) with
        {
            SealIntervalSeconds = 1,
            SealKeyFile = Path.Combine(_folder, "key"),
            Anchors = ["folder"],
            AnchorFolder = Path.Combine(_folder, "anchors"),
        };
        var journal = await InProcessSystem.PlayAsync(settings, database);
        await using var source = SealedJournal.Source(database);
        var kept = FolderAnchor.Load(Directory.GetDirectories(settings.AnchorFolder)[0]).Checkpoints;
        var verified = await Verifier.VerifyAsync(source,
            new([VerifierKey.Read(SealKey.PublicFile(settings.SealKeyFile))], kept), null, default);
        Assert.Empty(verified.First);
        Assert.Equal((journal.Stored.Count, 0L), (verified.Sealed, verified.Unsealed));
        Assert.Equal(verified.Sealed, kept[^1].Checkpoint.Size);
    }

    [Fact]
    public async Task an_executor_on_a_server_of_others_does_not_start_without_a_key()
    {
        var database = await PostgresServer.CreateDatabaseAsync();
        var settings = InProcessSystem.Told with { SealIntervalSeconds = 1, Journal = JournalKind.Postgres, JournalConnection = database };
        await using var app = await InProcessSystem.BuildAsync(settings, database, trading => trading.AddExecutor());
        Assert.Contains("needs a key of its own",
            (await Assert.ThrowsAsync<StartException>(() => app.StartAsync())).Message, StringComparison.Ordinal);
    }

    private static async Task<NpgsqlDataSource> JournalAsync()
    {
        var database = await PostgresServer.CreateDatabaseAsync();
        await using (var journal = new TradeJournal(database, new("test", "0"), TimeProvider.System))
            await journal.PrepareAsync();
        var source = NpgsqlDataSource.Create(database);
        await ExecuteAsync(source, "insert into mt_streams (id, version) values ('s', 0)");
        return source;
    }

    private async Task<Sealer> SealerAsync(NpgsqlDataSource database)
    {
        var sealer = new Sealer(database, SealKey.Create(Path.Combine(_folder, $"{Guid.NewGuid()}.key")), TimeProvider.System);
        await sealer.PrepareAsync(default);
        return sealer;
    }

    private static async Task AppendAsync(NpgsqlDataSource database, long version)
    {
        await using var connection = await database.OpenConnectionAsync();
        await AppendAsync(connection, version);
    }

    private static async Task AppendAsync(NpgsqlConnection connection, long version)
    {
        await using var insert = new NpgsqlCommand(Insert, connection) { Parameters = { new() { Value = version } } };
        await insert.ExecuteScalarAsync();
    }

    private static async Task<List<long>> SealedVersionsAsync(NpgsqlDataSource database)
    {
        await using var command = database.CreateCommand("select version from audit.leaves order by number");
        await using var reader = await command.ExecuteReaderAsync();
        var versions = new List<long>();
        while (await reader.ReadAsync())
            versions.Add(reader.GetInt64(0));
        return versions;
    }

    private static Task<long> ScalarAsync(NpgsqlDataSource database, string query) => SealedJournal.ScalarAsync(database, query);

    private static async Task ExecuteAsync(NpgsqlDataSource database, string statements)
    {
        await using var command = database.CreateCommand(statements);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string statements)
    {
        await using var command = new NpgsqlCommand(statements, connection);
        await command.ExecuteNonQueryAsync();
    }
}
