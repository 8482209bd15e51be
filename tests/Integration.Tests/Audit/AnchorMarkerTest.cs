using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Trading.Hosting.Settings;
using Trading.TestKit.Audit;
using Trading.TestKit.Control;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Programs;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Audit;

/// <summary>A journal that is sealed into a folder of checkpoints.</summary>
public abstract class AnchorMarkerTest : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("trading-marker-").FullName;

    private protected string KeyFile => Path.Combine(_folder, "key");

    private protected string Anchors => Path.Combine(_folder, "anchors");

    private protected TradingSettings Settings => InProcessSystem.Told with
    { SealIntervalSeconds = 1, SealKeyFile = KeyFile, Anchors = ["folder"], AnchorFolder = Anchors, AnchorIntervalSeconds = 0 };

    public void Dispose()
    {
        GC.SuppressFinalize(this);
        Directory.Delete(_folder, recursive: true);
    }

    private protected static async Task RecordAsync(TradingSettings settings, string database)
    {
        await using var host = await ControlHost.StartAsync(settings, database);
        await host.OpenAccountAsync();
        await using var source = SealedJournal.Source(database);
        while (await SealedJournal.ScalarAsync(source, "select count(*) from mt_events where seq_id > (select coalesce(max(seq_id), 0) "
            + "from audit.leaves)") > 0)
            await Task.Delay(20);
        await host.Services.GetRequiredService<IHost>().StopAsync();
    }

    private protected async Task<string> SealedAsync()
    {
        var database = await PostgresServer.CreateDatabaseAsync();
        await RecordAsync(Settings, database);
        Assert.Equal(0, (await RunAsync(database, "verify")).Code);
        return database;
    }

    private protected Task<CliProgram.Result> RunAsync(string database, string command, params string[] more) =>
        AuditProgram.RunHereAsync(database, [command, "--set", $"SealKeyFile={KeyFile}", "--set", "Anchors=folder", "--set",
            $"AnchorFolder={Anchors}", .. more]);

    private protected static async Task UntilAsync(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(HangGuard.Limit);
        while (!condition())
            await Task.Delay(20, limit.Token);
    }
}
