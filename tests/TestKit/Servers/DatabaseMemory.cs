using Npgsql;

namespace Trading.TestKit.Servers;

/// <summary>
/// What a standby without the last commits does: notes all of a database, and later puts it back under the programs that go on, whose
/// connections break with it.
/// </summary>
internal sealed class DatabaseMemory(string database)
{
    private readonly string _database = new NpgsqlConnectionStringBuilder(database) { Pooling = false }.ConnectionString;

    /// <summary>Notes all tables and sequences as they are in one moment.</summary>
    public Task NoteAsync() => RunAsync("""
        begin transaction isolation level repeatable read;
        do $$
        declare name record;
        begin
            drop schema if exists memory cascade;
            create schema memory;
            create table memory.sequences (name text, value bigint);
            for name in select schemaname s, tablename t from pg_tables where schemaname in ('public', 'audit') loop
                execute format('create table memory.%I as table %I.%I', name.s || '/' || name.t, name.s, name.t);
            end loop;
            for name in select schemaname s, sequencename t from pg_sequences where schemaname in ('public', 'audit') loop
                execute format('insert into memory.sequences select %L, last_value from %I.%I', format('%I.%I', name.s, name.t), name.s,
                    name.t);
            end loop;
        end $$;
        commit
        """);

    /// <summary>Puts all back as it was noted, and breaks every connection.</summary>
    public async Task ForgetAsync()
    {
        await RunAsync("""
            begin;
            set local session_replication_role = replica;
            do $$
            declare name record; columns text;
            begin
                for name in select schemaname s, tablename t from pg_tables where schemaname in ('public', 'audit') loop
                    execute format('lock table %I.%I in access exclusive mode', name.s, name.t);
                end loop;
                for name in select schemaname s, tablename t from pg_tables where schemaname in ('public', 'audit') loop
                    execute format('delete from %I.%I', name.s, name.t);
                    if to_regclass(format('memory.%I', name.s || '/' || name.t)) is not null then
                        select string_agg(quote_ident(attname), ', ') into columns from pg_attribute where attrelid = to_regclass(
                            format('%I.%I', name.s, name.t)) and attnum > 0 and not attisdropped and attgenerated = '';
                        execute format('insert into %I.%I (%s) overriding system value select %s from memory.%I', name.s, name.t, columns,
                            columns, name.s || '/' || name.t);
                    end if;
                end loop;
                perform setval(sequences.name::regclass, value) from memory.sequences where value is not null;
            end $$;
            commit
            """);
        await RunAsync("select pg_terminate_backend(pid, 30000) from pg_stat_activity where datname = current_database() and pid <> "
            + "pg_backend_pid() and backend_type = 'client backend'");
    }

    // A program that appends meanwhile may be in the way: once more.
    private async Task RunAsync(string statements)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await using var source = NpgsqlDataSource.Create(_database);
                await using var command = source.CreateCommand(statements);
                await command.ExecuteNonQueryAsync();
                return;
            }
            catch (PostgresException busy) when (busy.SqlState is PostgresErrorCodes.DeadlockDetected && attempt < 10)
            {
                // Its own turn comes.
            }
        }
    }
}
