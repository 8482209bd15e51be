using Npgsql;
using Trading.Journal.Events;
using Trading.TestKit.Audit;
using Trading.TestKit.Servers;

namespace Trading.Integration.Tests.Audit;

/// <summary>A journal that a sealer seals while others append.</summary>
public abstract class SealingTest : IDisposable
{
    private protected const string Insert = "insert into mt_events (seq_id, id, stream_id, version, data, "
        + "type) values (nextval('mt_events_sequence'), gen_random_uuid(), 's', $1, '{}', 'x') returning seq_id";

    private protected readonly string _folder = Directory.CreateTempSubdirectory("trading-sealing-").FullName;

    public void Dispose()
    {
        GC.SuppressFinalize(this);
        Directory.Delete(_folder, recursive: true);
    }

    private protected static async Task<NpgsqlDataSource> JournalAsync()
    {
        var database = await PostgresServer.CreateDatabaseAsync();
        await using (var journal = new TradeJournal(database, new("test", "0"), TimeProvider.System))
            await journal.PrepareAsync();
        var source = NpgsqlDataSource.Create(database);
        await ExecuteAsync(source, "insert into mt_streams (id, version) values ('s', 0)");
        return source;
    }

    private protected static async Task AppendAsync(NpgsqlDataSource database, long version)
    {
        await using var connection = await database.OpenConnectionAsync();
        await AppendAsync(connection, version);
    }

    private protected static async Task AppendAsync(NpgsqlConnection connection, long version)
    {
        await using var insert = new NpgsqlCommand(Insert, connection) { Parameters = { new() { Value = version } } };
        await insert.ExecuteScalarAsync();
    }

    private protected static Task<long> ScalarAsync(NpgsqlDataSource database, string query) => SealedJournal.ScalarAsync(database, query);

    private protected static async Task ExecuteAsync(NpgsqlDataSource database, string statements)
    {
        await using var command = database.CreateCommand(statements);
        await command.ExecuteNonQueryAsync();
    }

    private protected static async Task ExecuteAsync(NpgsqlConnection connection, string statements)
    {
        await using var command = new NpgsqlCommand(statements, connection);
        await command.ExecuteNonQueryAsync();
    }

    private protected static async Task<List<long>> SealedVersionsAsync(NpgsqlDataSource database)
    {
        await using var command = database.CreateCommand("select version from audit.leaves order by number");
        await using var reader = await command.ExecuteReaderAsync();
        var versions = new List<long>();
        while (await reader.ReadAsync())
            versions.Add(reader.GetInt64(0));
        return versions;
    }
}
