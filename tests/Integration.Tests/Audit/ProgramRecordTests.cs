using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Trading.Core;
using Trading.Hosting.Audit;
using Trading.Journal.Events;
using Trading.Journal.Keys;
using Trading.Journal.Sealing;
using Trading.Services;
using Trading.TestKit.Audit;
using Trading.TestKit.Control;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Audit;

/// <summary>Starts and stops of programs are events, and the schedule's check alerts.</summary>
public sealed class ProgramRecordTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("trading-programs-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task a_start_and_a_stop_are_sealed_and_reported_by_actors_and_show_says_which_build_decided()
    {
        var database = await PostgresServer.CreateDatabaseAsync();
        var settings = InProcessSystem.Told with
        {
            SealIntervalSeconds = 1,
            SealKeyFile = Path.Combine(_folder, "key"),
            MaxTradeAmountUsd = 77,
            Models = ["technical"],
        };
        await using (var app = await InProcessSystem.BuildAsync(settings, database, trading =>
        {
            trading.Services.AddHostedService<ProgramRecord>();
            trading.AddRiskManager();
            trading.AddExecutor();
        }))
        {
            await app.StartAsync();
            await app.StopAsync();
        }

        var told = await AuditProgram.RunHereAsync(database, "actors", "--by", "test");
        Assert.True(told.Code == 0, told.Errors);
        var text = told.Output.ReplaceLineEndings(" ");
        foreach (var word in new[] { "started as ", "profile technical", "technical", "MaxTradeAmountUsd=77", "stopped as " })
            Assert.Contains(word, text, StringComparison.Ordinal);
        await using var source = SealedJournal.Source(database);
        var started = (await TradeReading.StartBeforeAsync(source, "test", long.MaxValue, default))!;
        Assert.Equal((64, 64, 1), (started.BinariesSha256.Length, started.SettingsSha256.Length, started.SealIntervalSeconds));
        Assert.Null(await TradeReading.StartBeforeAsync(source, "another", long.MaxValue, default));
        // The stop is under the last seal.
        Assert.Empty((await Verifier.VerifyAsync(source,
            new([VerifierKey.Read(SealKey.PublicFile(settings.SealKeyFile))], []), null, default)).First);
    }

    [Theory]
    [InlineData("update mt_doc_portfolio set data = '{}'")]
    [InlineData("update mt_doc_portfolio set data = '7'; update mt_streams set is_archived = true")]
    [InlineData("alter table mt_doc_portfolio rename to gone")]
    public async Task a_start_on_a_damaged_account_is_recorded_with_the_limits_that_its_events_make(string damage)
    {
        var database = await PostgresServer.CreateDatabaseAsync();
        await using var journal = new TradeJournal(database, new("test", "1"), TimeProvider.System);
        await journal.PrepareAsync();
        await journal.DecideAsync("main", new OpenAccount("main", "live", 10_000, InProcessSystem.Start), "test", default);
        await journal.DecideAsync("main", new SetLimits(InProcessSystem.Told.Limits(), "kim", "first", InProcessSystem.Start), "test",
            default);
        await using var source = SealedJournal.Source(database);
        await SealedJournal.ExecuteAsync(source, damage);

        await new ProgramRecord(journal, InProcessSystem.Told, NullLogger<ProgramRecord>.Instance).StartingAsync(default);

        Assert.Equal(1, (await TradeReading.StartBeforeAsync(source, "test", long.MaxValue, default))!.LimitsVersion);
    }

    [Fact]
    public async Task a_check_by_schedule_alerts_what_it_finds()
    {
        var database = await PostgresServer.CreateDatabaseAsync();
        var settings = InProcessSystem.Told with { SealIntervalSeconds = 1, SealKeyFile = Path.Combine(_folder, "key") };
        await using var host = await ControlHost.StartAsync(settings, database);
        await host.OpenAccountAsync();
        var schedule = host.Services.GetServices<IHostedService>().OfType<AuditSchedule>().Single();
        await using var source = SealedJournal.Source(database);
        while (await SealedJournal.ScalarAsync(source, "select count(*) from mt_events where seq_id > (select coalesce(max(seq_id), 0) "
            + "from audit.leaves)") > 0)
            await Task.Delay(20);
        var clean = await schedule.CheckAsync(default);
        Assert.True(clean.Clean, string.Join('\n', clean.Parts.SelectMany(part => part.First)));
        await SealedJournal.ExecuteAsync(source, "update mt_events set causation_id = 'x' where seq_id = 1");

        var report = await schedule.CheckAsync(default);

        Assert.Equal("verify", Assert.Single(report.Parts, part => !part.Clean).Name);
        Assert.True(await SealedJournal.ScalarAsync(source,
            "select count(*) from alert_deliveries where key like 'audit/%' and payload like '%JOURNAL IS WRONG%'") > 0);
    }
}
