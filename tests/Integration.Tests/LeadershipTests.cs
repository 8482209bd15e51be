using Npgsql;
using Trading.Journal;
using Xunit;

namespace Trading.Integration.Tests;

/// <summary>One holder among all that ask.</summary>
public sealed class LeadershipTests
{
    [Fact]
    public async Task a_leadership_goes_to_the_next_who_asks_when_its_holder_gives_it_up_or_is_cut_off()
    {
        var database = await PostgresServer.CreateDatabaseAsync();
        await using var one = new Leadership(database, "test");
        await using var other = new Leadership(database, "test");
        Assert.True(await one.HoldAsync(CancellationToken.None));
        Assert.False(await other.HoldAsync(CancellationToken.None));
        Assert.True(await one.HoldAsync(CancellationToken.None));

        await one.DisposeAsync();
        await TakesAsync(other);
        await CutOffAsync(database);
        await TakesAsync(one);
        Assert.False(await other.HoldAsync(CancellationToken.None));
    }

    [Fact]
    public async Task a_holder_that_was_cut_off_while_it_did_nothing_takes_the_leadership_again()
    {
        var database = await PostgresServer.CreateDatabaseAsync();
        await using var one = new Leadership(new NpgsqlConnectionStringBuilder(database) { KeepAlive = 1 }.ConnectionString, "test");
        Assert.True(await one.HoldAsync(CancellationToken.None));
        await CutOffAsync(database);
        // Long enough for the connection to notice by itself; nothing tells of it.
        await Task.Delay(TimeSpan.FromSeconds(3));
        Assert.True(await one.HoldAsync(CancellationToken.None));
    }

    // The server frees a lock a moment after its session's connection was closed.
    private static async Task TakesAsync(Leadership leadership)
    {
        for (var attempt = 0; !await leadership.HoldAsync(CancellationToken.None); attempt++)
        {
            Assert.True(attempt < 600, "the leadership was not free within 30 s");
            await Task.Delay(50);
        }
    }

    private static async Task CutOffAsync(string database)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(database) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var end = new NpgsqlCommand("select pg_terminate_backend(pid, 30000) from pg_locks where locktype = 'advisory' and granted and database = (select oid from pg_database where datname = current_database())", connection);
        Assert.True(await end.ExecuteScalarAsync() is true);
    }
}
