using Npgsql;
using Trading.TestKit.Audit;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Audit;

/// <summary>Wrong arguments, an empty journal and none at all: one line, and a code that says which.</summary>
[Collection(nameof(RecordedJournal))]
public sealed class CommandErrorTests(RecordedJournal recorded) : CommandTest(recorded)
{
    [Theory]
    [InlineData("list", "--outcome", "sideways")]
    [InlineData("list", "--from", "yesterday")]
    [InlineData("list", "--limit", "-1")]
    [InlineData("show", "ffffffff")]
    [InlineData("show", "99999999")]
    [InlineData("show")]
    [InlineData("tail", "--lines", "5000")]
    [InlineData("as-of", "never")]
    [InlineData("as-of", "2020-01-01")]
    [InlineData("diff", "2024-03-02", "2024-03-01")]
    [InlineData("tax")]
    [InlineData("tax", "--year", "2024", "--method", "average")]
    [InlineData("replay", "--weight", "technical")]
    [InlineData("prove", "nothing")]
    [InlineData("consistency", "5", "7")]
    [InlineData("checkpoint", "--anchor", "moon")]
    [InlineData("verify", "--bundle", "nowhere.csv", "--public-key", "nonsense")]
    public async Task a_wrong_argument_is_said_in_one_line_with_code_2(params string[] arguments)
    {
        var (code, output, errors) = await AuditProgram.RunHereAsync(journal.Connection, arguments);
        Assert.True(code == 2, $"code {code}: {output}{errors}");
        Assert.NotEmpty(errors);
        Assert.DoesNotContain("   at ", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("Unhandled", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task a_settings_file_of_what_if_that_does_not_exist_ends_with_78()
    {
        var (code, output, errors) = await AuditProgram.RunHereAsync(journal.Connection, "replay", "--what-if", "nowhere.json");
        Assert.Equal((78, ""), (code, output));
        Assert.Contains("nowhere.json does not exist", Assert.Single(errors.Trim().Split('\n')), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, "list")]
    [InlineData(2, "show", "1")]
    [InlineData(2, "why", "1")]
    [InlineData(0, "tail", "--once")]
    [InlineData(0, "replay")]
    [InlineData(2, "as-of", "2024-03-01")]
    [InlineData(2, "diff", "2024-03-01", "2024-03-02")]
    [InlineData(0, "actors")]
    [InlineData(0, "gaps")]
    [InlineData(0, "clock")]
    [InlineData(0, "rebuild", "--compare")]
    [InlineData(0, "tax", "--year", "2024")]
    [InlineData(0, "head")]
    [InlineData(2, "prove", "1")]
    [InlineData(2, "consistency", "1", "2")]
    [InlineData(2, "export", "--range", "1..2")]
    public async Task an_empty_journal_is_no_error_but_where_something_in_it_is_asked_for(int expected, params string[] arguments)
    {
        var (code, output, errors) = await AuditProgram.RunHereAsync(journal.EmptyConnection, arguments);
        Assert.True(code == expected, $"code {code}: {output}{errors}");
        Assert.Equal(expected == 2 ? 1 : 0, errors.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public async Task a_database_that_holds_no_journal_and_one_that_is_not_there_are_said_in_one_line()
    {
        var bare = await PostgresServer.CreateDatabaseAsync();
        var nothing = new NpgsqlConnectionStringBuilder(bare) { Database = "not_there" }.ConnectionString;
        foreach (var connection in new[] { bare, nothing })
        {
            var (code, _, errors) = await AuditProgram.RunHereAsync(connection, "list");
            Assert.Equal(2, code);
            Assert.Contains(new NpgsqlConnectionStringBuilder(connection).Database!,
                Assert.Single(errors.TrimEnd().Split('\n')), StringComparison.Ordinal);
        }
    }
}
