using Npgsql;
using Trading.Hosting;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Programs;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Journal;

/// <summary>trading journals: what there is, and how one is deleted.</summary>
public sealed class JournalsCommandTests : SerialTest
{
    [Fact]
    public async Task journals_are_listed_with_what_they_hold_and_only_a_named_one_is_deleted()
    {
        var (played, other) = (await PostgresServer.CreateDatabaseAsync(), await PostgresServer.CreateDatabaseAsync());
        await InProcessSystem.PlayAsync(InProcessSystem.Recorded(InProcessSystem.WriteCandles(Folder, minutes: 5, seed: 1)), played);
        NpgsqlConnection.ClearAllPools();
        var (name, kept) = (Name(played), Name(other));

        // The server holds a journal of each test so far.
        var listed = await JournalCatalog.ListAsync(played, newest: 40, besides: name, default);
        var entry = Assert.Single(listed, journal => journal.Database == name);
        Assert.Equal(("recorded", InProcessSystem.Start.AddMinutes(1)), (entry.Prices, entry.From));
        Assert.True(entry is { Events: > 5, Bytes: > 0, SealedTo: 0 });
        Assert.Equal(0, Assert.Single(listed, journal => journal.Database == kept).Events);

        var wrong = await RunAsync(played, "delete", name + "x", "--yes");
        Assert.Equal(2, wrong.Code);
        Assert.Contains($"there is no journal {name}x; the nearest names are {name}", wrong.Errors, StringComparison.Ordinal);
        var unasked = await RunAsync(played, "delete", name);
        Assert.Equal(2, unasked.Code);
        Assert.Contains("needs an answer", unasked.Errors, StringComparison.Ordinal);
        var done = await RunAsync(other, "delete", name, "--yes");
        Assert.Equal((0, $"{name} is deleted\n"), (done.Code, done.Output));
        var left = await JournalCatalog.NamesAsync(other, default);
        Assert.DoesNotContain(name, left);
        Assert.Contains(kept, left);
    }

    [Fact]
    public async Task a_journal_is_deleted_when_its_last_program_is_just_leaving_and_not_while_one_stays()
    {
        var (used, other) = (await PostgresServer.CreateDatabaseAsync(), await PostgresServer.CreateDatabaseAsync());
        var program = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(used) { Pooling = false }.ConnectionString);
        await program.OpenAsync();
        var refused = await RunAsync(other, "delete", Name(used), "--yes");
        Assert.Equal(2, refused.Code);
        Assert.Contains($"{Name(used)} is in use by a program: stop that first", refused.Errors, StringComparison.Ordinal);

        var asked = RunAsync(other, "delete", Name(used), "--yes");
        await Task.Delay(TimeSpan.FromSeconds(1));
        await program.DisposeAsync();
        var done = await asked;
        Assert.Equal((0, $"{Name(used)} is deleted\n"), (done.Code, done.Output));
    }

    [Fact]
    public async Task a_server_that_is_just_starting_is_waited_for()
    {
        var database = await PostgresServer.CreateDatabaseAsync();
        await using var proxy = new SessionProxy(database) { Refuses = 2 };

        var listed = await JournalCatalog.NamesAsync(proxy.Connection, default);

        Assert.Contains(Name(database), listed);
        Assert.Equal(0, proxy.Refuses);
    }

    [Fact]
    public async Task the_last_runs_are_kept_and_nothing_but_runs_is_deleted()
    {
        var server = await PostgresServer.CreateDatabaseAsync();
        string[] runs = ["recorded_20010101_000001", "demo_20010101_000002", "recorded_20010101_000003"];
        foreach (var run in runs.Append("recorded_of_mine"))
            await ExecuteAsync(server, $"create database {run}");

        var deleted = await RunRetention.KeepAsync(server, 2, default);

        Assert.Equal(runs[..1], deleted);
        var left = await JournalCatalog.NamesAsync(server, default);
        Assert.All(runs[1..].Append("recorded_of_mine"), run => Assert.Contains(run, left));
        foreach (var run in runs[1..].Append("recorded_of_mine"))
            await ExecuteAsync(server, $"drop database {run}");
    }

    private static string Name(string connection) => new NpgsqlConnectionStringBuilder(connection).Database!;

    private static Task<CliProgram.Result> RunAsync(string server, params string[] arguments) => CliProgram.RunHereAsync(
        ["journals", .. arguments, "--journal-connection",
            new NpgsqlConnectionStringBuilder(server) { Database = "postgres" }.ConnectionString]);

    private static async Task ExecuteAsync(string server, string statement)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(server) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(statement, connection);
        await command.ExecuteNonQueryAsync();
    }
}
