using Npgsql;
using Trading.Core;
using Trading.TestKit.Control;
using Trading.TestKit.Programs;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Control;

/// <summary>trading control, some of it as a process: through the journal with no service running, and over HTTP.</summary>
public sealed class ControlCommandTests : SerialTest
{
    [Fact]
    public async Task an_operator_halts_sets_limits_and_resumes_through_the_journal_with_no_service_running()
    {
        var database = await PostgresServer.CreateDatabaseAsync();
        await using (var once = await ControlHost.StartAsync(InProcessSystem.Told, database))
            await once.OpenAccountAsync();

        Assert.Equal((0, "account main is halted"), await ProgramAsync(database, "halt", "--by", "kim", "--reason", "flash crash"));
        Assert.Equal((0, "account main is halted already"), await RunAsync(database, "halt", "--by", "kim", "--reason", "to be sure"));
        var (exitCode, status) = await RunAsync(database, "status");
        Assert.Equal(0, exitCode);
        Assert.Contains("account main on simulated prices is HALTED since ", status, StringComparison.Ordinal);
        Assert.Contains("halted by kim: flash crash", status, StringComparison.Ordinal);
        Assert.Equal((0, "MaxTradeAmountUsd: 100 -> 50\nlimits version 2 is in force"),
            await RunAsync(database, "limits", "set", "MaxTradeAmountUsd=50", "--by", "kim", "--reason", "holiday"));
        Assert.Contains("MaxTradeAmountUsd", (await RunAsync(database, "limits", "show")).Output, StringComparison.Ordinal);
        Assert.Contains("\"state\": \"Halted\"", (await RunAsync(database, "status", "--json")).Output, StringComparison.Ordinal);
        Assert.Equal((0, "account main is active"), await ProgramAsync(database, "resume", "--by", "kim", "--reason", "calm"));

        Assert.Equal(["kim", "kim", "kim", "kim"],
            (await JournalRecord.ReadAsync(database)).AccountEvents.Skip(2).Select(happened => happened switch
            {
                TradingHalted halted => halted.By,
                OperatorCommanded commanded => commanded.By,
                LimitsSet set => set.By,
                TradingResumed resumed => resumed.By,
                _ => "nobody",
            }));
    }

    [Fact]
    public async Task an_operator_adopts_writes_off_corrects_pays_in_and_out_and_every_figure_is_reported()
    {
        var database = await PostgresServer.CreateDatabaseAsync();
        await using var host = await ControlHost.StartAsync(ControlHost.WithToken(Folder), database);
        await host.OpenAccountAsync();
        string[] why = ["--by", "kim", "--reason", "by hand"];

        Assert.Equal((0, "account main holds 0.5 BTC-USD"), await RunAsync(database,
            ["adopt", "--symbol", "BTC-USD", "--quantity", "0.5", "--price", "60000", .. why]));
        Assert.Equal((0, "account main holds 0.4 BTC-USD"), await RunHttpAsync(host, Save("token", ControlHost.Token),
            ["write-off", "--symbol", "BTC-USD", "--quantity", "0.1", "--price", "61000", .. why]));
        Assert.Equal((0, "account main holds 0.41 BTC-USD"), await RunAsync(database,
            ["correct", "--symbol", "BTC-USD", "--quantity", "0.41", .. why]));
        Assert.Equal((0, "account main has 16600 USD of cash"), await RunAsync(database, ["deposit", "--amount-usd", "500", .. why]));
        Assert.Equal((0, "account main has 16500 USD of cash"), await RunAsync(database, ["withdraw", "--amount-usd", "100", .. why]));
        Assert.Equal((0, "account main has 16400 USD of cash"), await RunAsync(database, ["correct", "--cash-usd", "16400", .. why]));

        var account = (await JournalRecord.ReadAsync(database)).Account!;
        Assert.Equal((0.41m, 100m, 100m), (account.PositionIn("BTC-USD").Quantity, account.RealisedUsd, account.RealisedOnDayUsd));
        Assert.True(RunSummary.AddsUp(account, 10_000));
        Assert.Equal((1, "trading: 2 BTC-USD cannot be written off: 0.41 are held."), await RunAsync(database,
            ["write-off", "--symbol", "BTC-USD", "--quantity", "2", "--price", "0", .. why]));
        Assert.Equal((1, "trading: 99999 USD cannot be paid out: only 16400.0 USD are free."),
            await RunAsync(database, ["withdraw", "--amount-usd", "99999", .. why]));
        Assert.Equal((1, "trading: fill/BTC-USD/1 is no open difference of account main: status lists them."),
            await RunAsync(database, ["adopt", "--difference", "fill/BTC-USD/1", .. why]));
        Assert.Equal((2, "trading: a difference (fill/... or order/..., as status shows it) is needed, or a symbol like BTC-USD with a "
            + "quantity and a price above 0"), await RunAsync(database, ["adopt", "--symbol", "BTC-USD", .. why]));
    }

    [Fact]
    public async Task over_http_it_needs_the_token_of_a_file_that_only_its_owner_may_read()
    {
        var database = await PostgresServer.CreateDatabaseAsync();
        await using var host = await ControlHost.StartAsync(ControlHost.WithToken(Folder), database);
        await host.OpenAccountAsync();
        var (right, wrong) = (Save("right", ControlHost.Token), Save("wrong", "guess"));

        Assert.Equal((0, "account main is halted"), await RunHttpAsync(host, right, "halt", "--by", "kim", "--reason", "flash crash"));
        Assert.Equal((2, "trading: wrong token"), await RunHttpAsync(host, wrong, "resume", "--by", "kim", "--reason", "calm"));
        ControlHost.Permit(right, UnixFileMode.GroupRead);
        Assert.Equal((2, $"trading: the token file {right} can be read by others than its owner: chmod 600 {right}"),
            await RunHttpAsync(host, right, "status"));
        Assert.Equal(TradingState.Halted, (await JournalRecord.ReadAsync(database)).Account!.State);
    }

    [Fact]
    public async Task what_cannot_be_done_ends_in_one_line_with_2()
    {
        var database = await PostgresServer.CreateDatabaseAsync();
        await using (var once = await ControlHost.StartAsync(InProcessSystem.Told, database))
            await once.OpenAccountAsync();

        Assert.Equal((2, "trading: limits are set as name=value, each once, was MaxTradeAmountUsd"),
            await ProgramAsync(database, "limits", "set", "MaxTradeAmountUsd", "--reason", "x"));
        Assert.Equal((2, "trading: no open order is 12345678: no order is open"),
            await RunAsync(database, "cancel", "12345678", "--reason", "x"));
        Assert.Equal((1, "trading: there is nothing to confirm: no program that would trade with real money has started on this account"),
            await RunAsync(database, "resume", "--confirm-real", "--by", "kim", "--reason", "too early"));
        // What was refused is told by the journal too, as soon as somebody gave a reason.
        Assert.Equal(
            ["cancel (refused: no open order is 12345678: no order is open)",
                "resume (refused: there is nothing to confirm: no program that would trade with real money has started on this account)"],
            (await JournalRecord.ReadAsync(database)).AccountEvents.OfType<OperatorCommanded>().Select(commanded => commanded.Command));
        var (exitCode, output) = await CommandAsync(
            ["control", "status", "--url", "http://127.0.0.1:1", "--token-file", Save("token", "x")]);
        Assert.Equal(2, exitCode);
        Assert.StartsWith("trading: http://127.0.0.1:1/control/status: ", Assert.Single(output.Split('\n')), StringComparison.Ordinal);
        Assert.Equal(2, (await RunAsync(database, "halt")).ExitCode);
    }

    [Fact]
    public async Task status_shows_the_subject_of_a_standing_alert_whole()
    {
        var database = await PostgresServer.CreateDatabaseAsync();
        await using var host = await ControlHost.StartAsync(InProcessSystem.Told, database);
        await host.OpenAccountAsync();
        await using var source = NpgsqlDataSource.Create(database);
        await using var raise = source.CreateCommand("""
            insert into alert_conditions values ('stale/BTC-USD', to_timestamp(1800000000));
            insert into alert_deliveries (key, channel, payload) values ('stale/BTC-USD/1800000000000', 'log',
                '{"subject": "Bitcoin Trade Alert: STALE PRICES", "text": "no price of BTC-USD"}');
            """);
        await raise.ExecuteNonQueryAsync();

        Assert.Contains("\nBitcoin Trade Alert: STALE PRICES since 2027-01-15 08:00:00 UTC: no price of BTC-USD\n",
            (await RunAsync(database, "status")).Output, StringComparison.Ordinal);
    }

    private string Save(string name, string text)
    {
        var file = Path.Combine(Folder, name);
        File.WriteAllText(file, text + "\n");
        ControlHost.Permit(file);
        return file;
    }

    private static Task<(int ExitCode, string Output)> RunAsync(string database, params string[] arguments) =>
        CommandAsync(OnJournal(database, arguments));

    private static Task<(int ExitCode, string Output)> ProgramAsync(string database, params string[] arguments) =>
        CommandAsync(OnJournal(database, arguments), asProgram: true);

    private static string[] OnJournal(string database, string[] arguments) =>
        ["control", .. arguments, "--journal-connection", database, "--database", new NpgsqlConnectionStringBuilder(database).Database!];

    private static Task<(int ExitCode, string Output)> RunHttpAsync(ControlHost host, string tokenFile, params string[] arguments) =>
        CommandAsync(["control", .. arguments, "--url", $"{host.Address}", "--token-file", tokenFile]);

    private static async Task<(int ExitCode, string Output)> CommandAsync(string[] arguments, bool asProgram = false)
    {
        var (code, output, errors) = asProgram ? await CliProgram.RunAsync(null, arguments) : await CliProgram.RunHereAsync(arguments);
        return (code, (output + errors).Trim());
    }
}
