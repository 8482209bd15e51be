using Npgsql;
using Trading.Journal.Keys;
using Trading.Journal.Sealing;
using Xunit;

namespace Trading.Integration.Tests.Audit;

/// <summary>Sealing beside writers: every event once, in the order of the journal, none too early.</summary>
[Collection(nameof(SealingTest))]
public sealed class SealingTests : SealingTest
{
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

    private async Task<Sealer> SealerAsync(NpgsqlDataSource database)
    {
        var sealer = new Sealer(database, SealKey.Create(Path.Combine(_folder, $"{Guid.NewGuid()}.key")), TimeProvider.System);
        await sealer.PrepareAsync(default);
        return sealer;
    }
}
