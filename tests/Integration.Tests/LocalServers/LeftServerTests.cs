using Trading.LocalServers;
using Xunit;

namespace Trading.Integration.Tests.LocalServers;

/// <summary>Folders that a killed program or another server left its marks in: taken over, or refused.</summary>
[Collection(nameof(LocalPostgresTests))]
public sealed class LeftServerTests : PrivatePostgresTests
{
    [Fact]
    public async Task the_server_of_a_killed_program_is_taken_over()
    {
        await MadeAsync(Folder);
        var (left, connection) = await HeldByAnotherProgram(Folder);
        await Ask(connection, "CREATE TABLE kept AS SELECT 42 AS answer");
        var serverProcess = ServerProcess(DataDirectory);

        Kill(left.Id);
        Assert.True(IsRunning(serverProcess));

        var log = new Lines();
        await using var server = await LocalPostgres.StartAsync(new LocalPostgresOptions { Folder = Folder }, log);
        Assert.Equal(42, await Ask(server, "SELECT answer FROM kept"));
        Assert.False(IsRunning(serverProcess));
        Assert.Equal(
            $"A killed program left its PostgreSQL server (process {serverProcess}) in {Path.Combine(Folder, "cluster")}: stopping it",
            Assert.Single(log.Written));
    }

    [Fact]
    public async Task a_program_and_its_server_that_were_killed_together_are_recovered_from()
    {
        await MadeAsync(Folder);
        var (left, connection) = await HeldByAnotherProgram(Folder);
        await Ask(connection, "CREATE TABLE kept AS SELECT 42 AS answer");

        Kill(left.Id);
        Kill(ServerProcess(DataDirectory));

        await using var server = await Start(Folder);
        Assert.Equal(42, await Ask(server, "SELECT answer FROM kept"));
    }

    [Fact]
    public async Task a_process_id_that_went_to_another_program_since_the_crash_is_not_taken_for_the_server()
    {
        await MadeAsync(Folder);
        await File.WriteAllTextAsync(ProcessFile, $"{Environment.ProcessId}\n{DataDirectory}\n1700000000\n5432\n..\n\n\nready\n");
        // PostgreSQL itself recognises a process of another user, so the lock of the socket names one of the same user.
        await MadeAsync(Path.Combine(Folder, "other"));
        await using var other = await Start(Path.Combine(Folder, "other"));
        var socketLock = Path.Combine(Folder, "cluster", ".s.PGSQL.5432.lock");
        await File.WriteAllTextAsync(socketLock, $"{ServerProcess(other)}\n{DataDirectory}\n1700000000\n5432\n..\n");

        await using var server = await Start(Folder);

        Assert.Equal(1, await Ask(server, "SELECT 1"));
    }

    [Fact]
    public async Task a_process_id_that_went_to_another_PostgreSQL_since_the_crash_is_not_stopped()
    {
        await MadeAsync(Folder);
        await MadeAsync(Path.Combine(Folder, "other"));
        await using var other = await Start(Path.Combine(Folder, "other"));
        await File.WriteAllTextAsync(ProcessFile, $"{ServerProcess(other)}\n{DataDirectory}\n1700000000\n5432\n..\n\n\nready\n");

        Assert.Equal(
            $"{ProcessFile} names process {ServerProcess(other)}, a PostgreSQL server that does not answer for this folder: "
            + "stop it, or delete that file if it serves another one",
            await Refused(new() { Folder = Folder }));

        Assert.Equal(1, await Ask(other, "SELECT 1"));
    }

    [Fact]
    public async Task a_copy_of_a_running_cluster_does_not_stop_the_original()
    {
        await MadeAsync(Folder);
        var original = Path.Combine(Folder, "original, on a port");
        await MadeAsync(original);
        var (holder, connection) = await HeldByAnotherProgram(original);
        foreach (var file in new[] { "password", "data/postmaster.pid" })
            File.Copy(Path.Combine(original, "cluster", file), Path.Combine(Folder, "cluster", file), overwrite: true);

        Assert.Contains("a PostgreSQL server that does not answer for this folder", await Refused(new() { Folder = Folder }));

        Assert.Equal(1, await Ask(connection, "SELECT 1"));
        holder.StandardInput.Close();
        await holder.WaitForExitAsync();
    }

    [Fact]
    public async Task data_of_another_major_version_is_refused_and_left_as_it_was()
    {
        await MadeAsync(Folder);
        var version = Path.Combine(DataDirectory, "PG_VERSION");
        await File.WriteAllTextAsync(version, "9.6\n");

        var refused = await Refused(new() { Folder = Folder });

        Assert.StartsWith($"{DataDirectory} was written by PostgreSQL 9, and no server of that version was found (found: ", refused);
        Assert.EndsWith("install PostgreSQL 9, or set PostgresFolder to the folder that holds it", refused);
        Assert.Equal("9.6\n", await File.ReadAllTextAsync(version));
    }

    [Fact]
    public async Task a_lost_password_is_said()
    {
        await MadeAsync(Folder);
        var password = Path.Combine(Folder, "cluster", "password");
        File.Delete(password);

        var refused = await Refused(new() { Folder = Folder });

        Assert.Equal($"The password file {password} is missing: put it back, or set another JournalFolder", refused);
        Assert.False(File.Exists(ProcessFile));
    }

    private string DataDirectory => Path.Combine(Folder, "cluster", "data");

    private string ProcessFile => Path.Combine(DataDirectory, "postmaster.pid");
}
