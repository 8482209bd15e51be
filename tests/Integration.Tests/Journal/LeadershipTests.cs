using System.Diagnostics;
using Npgsql;
using Trading.Journal.Postgres;
using Trading.TestKit.Programs;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Journal;

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

    [Fact]
    public async Task the_server_is_asked_to_end_a_leader_that_falls_silent_within_15_seconds()
    {
        var database = await PostgresServer.CreateDatabaseAsync();
        await using var way = new SessionProxy(database);
        await using var one = new Leadership(way.Connection, "test");
        Assert.True(await one.HoldAsync(CancellationToken.None));
        // What the client sends first: after 5 s of silence 3 questions 3 s apart, 14 s for an answer that is not acknowledged, and 14 s
        // for a word of a process whose machine answers in its place.
        foreach (var wanted in new[] { "tcp_keepalives_idle=5", "tcp_keepalives_interval=3", "tcp_keepalives_count=3",
            "tcp_user_timeout=14000", "idle_session_timeout=14000" })
            Assert.Contains($"-c {wanted}", way.Begun, StringComparison.Ordinal);
    }

    [Fact]
    public async Task a_leader_whose_way_went_silent_without_closing_loses_its_lock_and_one_that_only_does_nothing_keeps_it()
    {
        var database = await PostgresServer.CreateDatabaseAsync();
        await using var way = new SessionProxy(database);
        await using var silent = new Leadership(way.Connection, "test");
        await using var quiet = new Leadership(database, "another");
        await using var other = new Leadership(database, "test");
        Assert.True(await silent.HoldAsync(CancellationToken.None));
        Assert.True(await quiet.HoldAsync(CancellationToken.None));

        way.GoSilent();

        await TakesAsync(other);
        // It was asked nothing for as long.
        await using var rival = new Leadership(database, "another");
        Assert.False(await rival.HoldAsync(CancellationToken.None));
    }

    [Fact]
    public async Task those_who_wait_to_lead_ask_over_one_connection_and_one_that_broke_stops_none()
    {
        var database = await PostgresServer.CreateDatabaseAsync();
        await using var way = new SessionProxy(database);
        await using var shared = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(way.Connection) { Pooling = true });
        await using var leader = new Leadership(database, "test");
        await using var one = new Leadership(way.Connection, "test", shared);
        await using var other = new Leadership(way.Connection, "test", shared);
        Assert.True(await leader.HoldAsync(CancellationToken.None));

        for (var question = 0; question < 5; question++)
        {
            Assert.False(await one.HoldAsync(CancellationToken.None));
            Assert.False(await other.HoldAsync(CancellationToken.None));
        }

        Assert.Equal(1, way.Sessions);
        await EndOthersAsync(database);
        await TakesAsync(one);
        Assert.False(await other.HoldAsync(CancellationToken.None));
    }

    [Fact]
    public async Task behind_a_pooler_nobody_leads_and_it_says_why()
    {
        var database = await PostgresServer.CreateDatabaseAsync();
        await using var pooler = new SessionProxy(database) { ProcessId = 4_000_001 };
        await using var one = new Leadership(pooler.Connection, "test");
        var refused = await Assert.ThrowsAsync<PoolerException>(() => one.HoldAsync(CancellationToken.None));
        Assert.Contains("through a pooler that shares sessions", refused.Message, StringComparison.Ordinal);
        await using var straight = new Leadership(database, "test");
        await TakesAsync(straight);
    }

    [Fact]
    public async Task a_leader_that_slept_while_another_took_over_does_not_lead_when_it_wakes()
    {
        var database = await PostgresServer.CreateDatabaseAsync();
        await using var sleeper = new Leadership(database, "test");
        await using var other = new Leadership(database, "test");
        Assert.True(await sleeper.HoldAsync(CancellationToken.None));
        await CutOffAsync(database);
        await TakesAsync(other);
        Assert.False(await sleeper.HoldAsync(CancellationToken.None));
        Assert.True(await other.HoldAsync(CancellationToken.None));
    }

    // The server frees a lock a moment after its session's connection was closed.
    private static async Task TakesAsync(Leadership leadership)
    {
        var begin = Stopwatch.GetTimestamp();
        while (!await leadership.HoldAsync(CancellationToken.None))
        {
            Assert.True(Stopwatch.GetElapsedTime(begin) < HangGuard.Limit,
                $"the leadership was not free within {HangGuard.Limit.TotalMinutes} minutes");
            await Task.Delay(50);
        }
    }

    private static Task CutOffAsync(string database) => EndAsync(database, "pid in (select pid from pg_locks where locktype = 'advisory' "
        + "and granted and database = (select oid from pg_database where datname = current_database()))");

    private static Task EndOthersAsync(string database) => EndAsync(database, "datname = current_database() and pid <> pg_backend_pid()");

    private static async Task EndAsync(string database, string which)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(database) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var end = new NpgsqlCommand(
            $"select bool_and(pg_terminate_backend(pid, 30000)) from pg_stat_activity where {which}", connection);
        Assert.True(await end.ExecuteScalarAsync() is true);
    }
}
