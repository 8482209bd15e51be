using Npgsql;
using Trading.LocalServers;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.LocalServers;

/// <summary>What a running private server is like.</summary>
public sealed class RunningLocalPostgresTests(RunningLocalPostgresTests.Started started) : IClassFixture<RunningLocalPostgresTests.Started>
{
    private readonly LocalPostgres _server = started.Server;

    [Fact]
    public async Task it_answers_and_keeps_every_commit()
    {
        Assert.Equal(_server.ServerVersion, ((string)(await Ask("SHOW server_version"))!).Split(' ')[0]);
        Assert.Equal(_server.DataDirectory, await Ask("SHOW data_directory"));
        Assert.Equal("on", await Ask("SHOW fsync"));
        Assert.Equal("on", await Ask("SHOW full_page_writes"));
        Assert.Equal("on", await Ask("SHOW synchronous_commit"));
        Assert.Equal("on", await Ask("SHOW data_checksums"));
    }

    [Fact]
    public async Task its_text_sorts_by_bytes_on_every_machine()
    {
        Assert.Equal("C", await Ask("SELECT datcollate FROM pg_database WHERE datname = current_database()"));
        Assert.Equal("UTF8", await Ask("SHOW server_encoding"));
        Assert.Equal("UTC", await Ask("SHOW timezone"));
    }

    [Fact]
    public async Task only_this_machine_reaches_it_and_only_with_the_password()
    {
        var connection = new NpgsqlConnectionStringBuilder(_server.ConnectionString);
        Assert.Equal(OperatingSystem.IsWindows() ? "127.0.0.1" : "", await Ask("SHOW listen_addresses"));
        Assert.Equal(48, connection.Password!.Length);

        connection.Password = "guess";

        var refused = await Assert.ThrowsAsync<PostgresException>(() => PrivatePostgresTests.Ask(connection.ConnectionString, "SELECT 1"));
        Assert.Equal(PostgresErrorCodes.InvalidPassword, refused.SqlState);
    }

    [Fact]
    public void only_its_user_reads_its_files()
    {
        if (OperatingSystem.IsWindows())
            return;
        const UnixFileMode others = (UnixFileMode)0b000_111_111;
        var cluster = Path.GetDirectoryName(_server.DataDirectory)!;
        Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(cluster) & others);
        Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(Path.Combine(cluster, "password")) & others);
    }

    [Fact]
    public void it_does_not_run_as_root()
    {
        if (!OperatingSystem.IsWindows())
            Assert.NotEqual("0", PrivatePostgresTests.Ps("uid", PrivatePostgresTests.ServerProcess(_server)));
    }

    [Fact]
    public void a_Ctrl_C_that_ends_the_program_does_not_end_the_server_under_it()
    {
        if (!OperatingSystem.IsWindows())
        {
            var processGroupOfServer = PrivatePostgresTests.Ps("pgid", PrivatePostgresTests.ServerProcess(_server));
            Assert.NotEqual(PrivatePostgresTests.Ps("pgid", Environment.ProcessId), processGroupOfServer);
        }
    }

    [Fact]
    public async Task it_inherits_no_secret_from_the_environment_of_the_program()
    {
        if (OperatingSystem.IsLinux())
            Assert.DoesNotContain("hush", await File.ReadAllTextAsync($"/proc/{PrivatePostgresTests.ServerProcess(_server)}/environ"));
    }

    [Fact]
    public async Task every_test_database_is_empty_and_its_own()
    {
        var first = await PostgresServer.CreateDatabaseAsync();
        var second = await PostgresServer.CreateDatabaseAsync();

        await PrivatePostgresTests.Ask(first, "CREATE TABLE t (x int)");

        Assert.NotEqual(first, second);
        Assert.Equal(0L, await PrivatePostgresTests.Ask(second, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"));
    }

    private Task<object?> Ask(string sql) => PrivatePostgresTests.Ask(_server, sql);

    /// <summary>One server for these tests, started while the environment holds a secret.</summary>
    public sealed class Started : IAsyncLifetime
    {
        private readonly string _folder = Directory.CreateTempSubdirectory("trading-test-").FullName;

        public LocalPostgres Server { get; private set; } = null!;

        public async Task InitializeAsync()
        {
            Environment.SetEnvironmentVariable("TRADING_TEST_SECRET", "hush");
            Server = await PrivatePostgresTests.Start(_folder);
        }

        public async Task DisposeAsync()
        {
            await Server.DisposeAsync();
            Directory.Delete(_folder, recursive: true);
        }
    }
}
