using System.Globalization;
using Npgsql;
using Trading.Contracts;
using Trading.Core;
using Trading.Hosting.Control;
using Trading.Journal.Sealing;
using Trading.TestKit.Audit;
using Trading.TestKit.Distributed;
using Trading.TestKit.Exchanges;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Servers;
using Xunit;
using static Trading.TestKit.Exchanges.ExchangeSystem;

namespace Trading.Integration.Tests.Journal;

/// <summary>
/// A journal that is put back to a moment in the past while the exchange has moved on, and the steps of docs/deploy.md to trade again.
/// </summary>
public sealed class RestoreTests : SerialTest
{
    [Fact]
    public async Task an_account_trades_again_after_its_journal_was_put_back_to_a_moment_before_its_last_trades()
    {
        await using var server = await ArchivedPostgres.StartAsync(Folder);
        await using var system = await ExchangeSystem.CreateAsync("binance");
        var (key, anchors) = (DistributedSystem.NewKey(), Directory.CreateDirectory(Path.Combine(Folder, "anchors")).FullName);
        system.Database = server.ConnectionString;
        system.Settings = system.Settings with
        {
            // Which journal it is, is noted in this folder, not in that of the machine's own journal.
            JournalFolder = Directory.CreateDirectory(Path.Combine(Folder, "journal")).FullName,
            SealIntervalSeconds = 1,
            SealKey = key,
            Anchors = ["folder"],
            AnchorFolder = anchors,
            AnchorIntervalSeconds = 0,
        };
        var app = await system.StartAsync();
        var copied = await system.TradeAsync(app, 0.003m);
        await server.BackupAsync();
        var logged = await system.TradeAsync(app, 0.002m);
        await UntilAsync(async () => KeptUpTo(anchors) >= await CountAsync(system.Database));
        var moment = await server.MomentAsync();
        var events = await CountAsync(system.Database);

        // What the journal will not know: a purchase, a stop that waits, and what becomes of it after the machine is gone.
        var lost = await system.TradeAsync(app, 0.004m);
        var stop = await system.RestAsync(app, 0.002m, 59_000);
        // What is kept outside reaches beyond that moment.
        await UntilAsync(() => Task.FromResult(KeptUpTo(anchors) > events));
        await system.CrashAsync(app);
        await server.DisposeAsync();
        system.Market.SetPrice(58_900);

        await using var restored = await server.RestoreAsync(moment);
        system.Database = restored.ConnectionString;
        Assert.Equal(TradeOutcome.Filled, (await system.TradeAsync(copied.TradeId)).Execution!.Outcome);
        Assert.Equal(TradeOutcome.Filled, (await system.TradeAsync(logged.TradeId)).Execution!.Outcome);
        foreach (var forgotten in new[] { lost.TradeId, stop })
            Assert.Null(await system.JournalAsync(journal => journal.TradeAsync(forgotten, default)));

        // What is there is whole; what was kept outside says what is not there any more.
        var environment = new Dictionary<string, string> { ["Trading__SealKey"] = key };
        var verified = await AuditProgram.RunAsync(system.Database, environment, "verify");
        Assert.True(verified.Code == 0, verified.Output + verified.Errors);
        environment["Trading__Anchors"] = "folder";
        environment["Trading__AnchorFolder"] = anchors;
        var lacking = await AuditProgram.RunAsync(system.Database, environment, "verify");
        Assert.True(lacking.Code == 1, lacking.Output + lacking.Errors);

        // Held before anything starts, with anchors of its own.
        await ControlAsync(system, new(OperatorAction.Halt, "kim", "restored"));
        system.Settings = system.Settings with { AnchorFolder = Path.Combine(Folder, "after") };
        environment["Trading__AnchorFolder"] = system.Settings.AnchorFolder!;
        var anew = await AuditProgram.RunAsync(system.Database, environment, "checkpoint", "--new-anchor");
        Assert.True(anew.Code == 0, anew.Output + anew.Errors);
        app = await system.StartAsync(passes: false, opens: false);
        await UntilAsync(async () => (await system.EventsAsync<ExternalFillFound>()).Count >= 2);
        await ExchangeTalk.AdoptAllAsync(system, app);
        await ControlAsync(system, new(OperatorAction.Resume, "kim", "journal and exchange agree again"));

        Assert.Equal(TradeOutcome.Filled, (await system.TradeAsync(app, 0.001m, sells: true)).Execution!.Outcome);
        await system.AgreesAsync(app);
        await app.StopAsync();
        var goesOn = await AuditProgram.RunAsync(system.Database, environment, "verify");
        Assert.True(goesOn.Code == 0, goesOn.Output + goesOn.Errors);
    }

    private static async Task<long> CountAsync(string database)
    {
        await using var source = NpgsqlDataSource.Create(database);
        await using var command = source.CreateCommand("select count(*) from mt_events");
        return (long)(await command.ExecuteScalarAsync())!;
    }

    // The names of kept checkpoints begin with their sizes.
    private static long KeptUpTo(string anchors) => Directory.EnumerateFiles(anchors, "*" + AnchorPath.Ending, SearchOption.AllDirectories)
        .Select(file => long.Parse(Path.GetFileName(file).Split('-')[0], CultureInfo.InvariantCulture)).DefaultIfEmpty(0).Max();

    private static Task<ControlDone> ControlAsync(ExchangeSystem system, OperatorCommand command) => system.JournalAsync(journal =>
        new JournalControl(journal, ExchangeAccount.Account, TimeProvider.System).ActAsync(command, default));
}
