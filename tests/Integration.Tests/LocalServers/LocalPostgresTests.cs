using Npgsql;
using Trading.LocalServers;
using Xunit;

namespace Trading.Integration.Tests.LocalServers;

/// <summary>How the private server starts and stops, and which folders it takes.</summary>
[Collection(nameof(LocalPostgresTests))]
public sealed class LocalPostgresTests : PrivatePostgresTests
{
    [Fact]
    public async Task data_survives_a_restart_and_the_server_ends_with_its_program()
    {
        int serverProcess;
        await using (var server = await Start(Folder))
        {
            await Ask(server, "CREATE TABLE kept AS SELECT 42 AS answer");
            serverProcess = ServerProcess(server);
        }

        Assert.False(IsRunning(serverProcess));
        await using var again = await Start(Folder);
        Assert.Equal(42, await Ask(again, "SELECT answer FROM kept"));
    }

    [Fact]
    public async Task a_server_that_was_killed_recovers_what_was_committed()
    {
        await MadeAsync(Folder);
        await using (var server = await Start(Folder))
        {
            await Ask(server, "CREATE TABLE kept AS SELECT 42 AS answer");
            Kill(ServerProcess(server));
        }

        await using var again = await Start(Folder);
        Assert.Equal(42, await Ask(again, "SELECT answer FROM kept"));
    }

    [Fact]
    public async Task a_second_program_on_the_same_folder_is_refused_by_the_name_of_the_folder_and_the_first_ones_process()
    {
        await MadeAsync(Folder);
        var (first, connection) = await HeldByAnotherProgram(Folder);

        var refused = await Refused(new() { Folder = Folder });

        Assert.Equal($"{Folder} is in use by process {first.Id} (Trading.Integration.Tests): stop it, or set another JournalFolder or "
            + "TRADING_HOME for this one", refused);
        Assert.Equal(refused, (await Assert.ThrowsAsync<PrivatePostgresException>(() => LocalPostgres.CheckFreeAsync(Folder))).Message);
        Assert.Equal(1, await Ask(connection, "SELECT 1"));
        first.StandardInput.Close();
        await first.WaitForExitAsync();
        await LocalPostgres.CheckFreeAsync(Folder);
        await using var server = await Start(Folder);
    }

    [Fact]
    public async Task a_folder_with_something_else_in_it_is_refused_and_left_as_it_was()
    {
        var letter = Path.Combine(Folder, "letter.txt");
        await File.WriteAllTextAsync(letter, "mine");

        var refused = await Refused(new() { Folder = Folder });

        Assert.Equal($"{Folder} is neither empty nor a folder of the journal: set another JournalFolder", refused);

        Assert.Equal([letter], Directory.EnumerateFileSystemEntries(Folder));
    }

    [Theory]
    [InlineData("with spaces and 'quotes' $HOME `id`", true)]
    [InlineData("with, comma", false)]
    [InlineData("a-folder-whose-name-is-so-long-that-no-socket-in-it-can-have-a-path-within-the-107-bytes-that-Linux-grants", false)]
    public async Task any_folder_name_will_do(string name, bool socket)
    {
        var folder = Path.Combine(Folder, name);
        await using (var server = await Start(folder))
        {
            var connection = new NpgsqlConnectionStringBuilder(server.ConnectionString);
            Assert.Equal(socket && !OperatingSystem.IsWindows() ? Path.Combine(folder, "cluster") : "127.0.0.1", connection.Host);
            await Ask(server, "CREATE TABLE kept AS SELECT 42 AS answer");
        }

        // What a killed program leaves on a port is taken over as well.
        var (left, _) = await HeldByAnotherProgram(folder);
        Kill(left.Id);
        await using var again = await Start(folder);
        Assert.Equal(42, await Ask(again, "SELECT answer FROM kept"));
    }

    [Fact]
    public async Task a_cluster_that_was_cut_off_in_the_making_is_made_again()
    {
        await MadeAsync(Folder);
        Directory.Move(Path.Combine(Folder, "cluster"), Path.Combine(Folder, "cluster.new-1"));

        await using var server = await Start(Folder);

        Assert.Equal(1, await Ask(server, "SELECT 1"));
        Assert.False(Directory.Exists(Path.Combine(Folder, "cluster.new-1")));
    }

    [Fact]
    public async Task a_start_that_is_cancelled_halfway_does_not_stand_in_the_way_of_the_next()
    {
        using var cancel = new CancellationTokenSource();
        var log = new Lines(_ => cancel.Cancel());

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => LocalPostgres.StartAsync(new LocalPostgresOptions { Folder = Folder }, log, cancel.Token));

        Assert.StartsWith("Making a PostgreSQL ", Assert.Single(log.Written));
        Assert.False(Directory.Exists(Path.Combine(Folder, "cluster")));
        await using var server = await Start(Folder);
    }
}
