using Npgsql;
using Trading.Core;
using Trading.Journal.Events;
using Trading.Journal.Schema;
using Trading.Journal.Upgrades;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Programs;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Schema;

/// <summary>Each service has a role of its own in the journal's database, which may do what the service does and no more.</summary>
[Collection(nameof(SerialTest))]
public sealed class RoleTests : SerialTest
{
    private static int _systems;
    private string _owner = "", _prefix = "";

    [Fact]
    public async Task services_that_decide_nothing_append_to_no_account_and_nobody_changes_events()
    {
        await MakeAsync();
        foreach (var role in ServiceRole.All.Where(role => role.Service != "dashboard"))
        {
            await using var database = NpgsqlDataSource.Create(As(role.Service));
            await JournalSchema.DemandAsync(database, role.Service, default);
            foreach (var forbidden in new[] { "update mt_events set data = '{}'", "delete from mt_events", "truncate mt_events" })
                Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, await CodeAsync(database, forbidden));
        }
        await OpenAsync("risk-manager", "main");
        await HaltAsync("executor");
        foreach (var service in new[] { "predictor", "price-collector" })
        {
            Assert.Equal(PostgresErrorCodes.InsufficientPrivilege,
                (await Assert.ThrowsAnyAsync<Exception>(() => OpenAsync(service, "other"))).Code());
            await using var database = NpgsqlDataSource.Create(As(service));
            // A row that a policy hides is not updated, without an error.
            Assert.Equal("", await CodeAsync(database, "update mt_streams set version = 99 where id = 'account-main'"));
            Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, await CodeAsync(database, "update mt_doc_portfolio set data = '{}'"));
        }
        await using (var owner = NpgsqlDataSource.Create(_owner))
        await using (var version = owner.CreateCommand("select version::int from mt_streams where id = 'account-main'"))
            Assert.Equal(2, await version.ExecuteScalarAsync());
        var account = (await JournalRecord.ReadAsync(_owner)).AccountEvents;
        Assert.Equal(["AccountOpened", "TradingHalted"], account.Select(happened => happened.GetType().Name));
    }

    [Fact]
    public async Task each_appends_to_the_streams_of_its_own()
    {
        await MakeAsync();
        foreach (var role in ServiceRole.All.Where(role => role.Streams.Count > 0))
        {
            await using var database = NpgsqlDataSource.Create(As(role.Service));
            foreach (var stream in new[] { "audit-programs", "audit-prices", "score-technical-BTC-USD", "trade-1", "account-main" })
            {
                var may = role.Streams.Any(pattern => pattern == stream
                    || (pattern.EndsWith('%') && stream.StartsWith(pattern[..^1], StringComparison.Ordinal)));
                Assert.Equal(may ? "" : PostgresErrorCodes.InsufficientPrivilege,
                    await CodeAsync(database, $"insert into mt_streams (id, version) values ('{stream}', 1)"));
                await using var owner = NpgsqlDataSource.Create(_owner);
                await CodeAsync(owner, "delete from mt_streams");
            }
        }
    }

    [Fact]
    public async Task the_statements_are_printed_and_done_again_they_change_nothing()
    {
        await MakeAsync();
        var printed = (await CliProgram.RunHereAsync("journal", "roles", "--prefix", _prefix)).Output;
        Assert.Contains($"create policy {_prefix}predictor_insert on mt_events as restrictive for insert to {_prefix}predictor "
            + "with check (stream_id like 'audit-programs' or stream_id like 'score-%');", printed, StringComparison.Ordinal);
        await using var database = NpgsqlDataSource.Create(_owner);
        await ServiceRole.ApplyAsync(database, ServiceRole.All.SelectMany(role => role.Statements(_prefix)), default);
        await OpenAsync("risk-manager", "main");
        Assert.Equal(2, (await CliProgram.RunHereAsync("journal", "roles", "--prefix", "x; drop")).Code);
    }

    private async Task MakeAsync()
    {
        _owner = await PostgresServer.CreateDatabaseAsync();
        _prefix = $"roles{Environment.ProcessId}_{Interlocked.Increment(ref _systems)}_";
        await using var database = NpgsqlDataSource.Create(_owner);
        await SchemaUpgrade.AllAsync(database, null, TimeProvider.System.GetUtcNow(), default);
        await ServiceRole.ApplyAsync(database, [.. ServiceRole.All.SelectMany(role => role.Statements(_prefix)),
            .. ServiceRole.All.Select(role => $"alter role {role.Name(_prefix)} password 'of-its-own'")], default);
    }

    private string As(string service) => new NpgsqlConnectionStringBuilder(_owner)
    { Username = ServiceRole.Of(service)!.Name(_prefix), Password = "of-its-own" }.ConnectionString;

    private async Task OpenAsync(string service, string account)
    {
        await using var journal = new TradeJournal(As(service), new(service, "1"), TimeProvider.System);
        await journal.DecideAsync(account, new OpenAccount(account, "simulated", 1000, InProcessSystem.Start), "test", default);
    }

    private async Task HaltAsync(string service)
    {
        await using var journal = new TradeJournal(As(service), new(service, "1"), TimeProvider.System);
        await journal.DecideAsync("main", new HaltTrading("kim", "test", InProcessSystem.Start), "test", default);
    }

    private static async Task<string> CodeAsync(NpgsqlDataSource database, string statement)
    {
        try
        {
            await using var command = database.CreateCommand(statement);
            await command.ExecuteNonQueryAsync();
            return "";
        }
        catch (PostgresException refused)
        {
            return refused.SqlState;
        }
    }
}

file static class Failures
{
    public static string? Code(this Exception failed)
    {
        for (Exception? one = failed; one is not null; one = one.InnerException)
        {
            if (one is PostgresException { SqlState: var code })
                return code;
        }
        return failed.Message;
    }
}
