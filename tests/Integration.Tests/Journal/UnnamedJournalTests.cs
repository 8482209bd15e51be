using Npgsql;
using Trading.Integration.Tests.LocalServers;
using Trading.LocalServers;
using Trading.TestKit.Programs;
using Xunit;

namespace Trading.Integration.Tests.Journal;

/// <summary>Which of several journals a command takes when none is named.</summary>
public sealed class UnnamedJournalTests : PrivatePostgresTests
{
    [Fact]
    public async Task of_several_journals_the_one_that_a_program_uses_is_taken_and_named()
    {
        await MadeAsync(Folder);
        await using var server = await Start(Folder);
        var (running, ended) = (await JournalAsync(server, "still_running"), await JournalAsync(server, "ended_before"));
        Assert.Equal((2, "", "trading: There are 2 journals on ... name one with --database, or take --latest; there are still_running, "
            + "ended_before"), await MigrateAsync());

        await using var program = new NpgsqlConnection(running);
        await program.OpenAsync();
        var taken = await MigrateAsync();
        Assert.Contains("database still_running on ", taken.Output, StringComparison.Ordinal);
        Assert.Equal("trading: the journal is still_running, which a program uses; --database names another", taken.Errors);

        // Of two in use neither is meant more than the other.
        await using var second = new NpgsqlConnection(ended);
        await second.OpenAsync();
        Assert.Equal(2, (await MigrateAsync()).Code);
    }

    private async Task<(int Code, string Output, string Errors)> MigrateAsync()
    {
        var (code, output, errors) = await CliProgram.RunHereAsync(["journal", "migrate", "--check", "--journal-folder", Folder]);
        return (code, output, errors.Replace($"{Path.Combine(Folder, "cluster")}:", "...", StringComparison.Ordinal).TrimEnd());
    }

    private static async Task<string> JournalAsync(LocalPostgres server, string name)
    {
        await Ask(server, $"CREATE DATABASE {name}");
        var journal = new NpgsqlConnectionStringBuilder(server.ConnectionString) { Database = name, Pooling = false }.ConnectionString;
        await Ask(journal, "CREATE TABLE mt_events ()");
        return journal;
    }
}
