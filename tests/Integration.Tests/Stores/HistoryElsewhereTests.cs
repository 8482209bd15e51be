using System.Text.Json;
using Trading.Hosting.Settings;
using Trading.Journal.Events;
using Trading.TestKit.Audit;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Programs;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Stores;

/// <summary>Programs that look at past prices look for them where the settings say that they are.</summary>
public sealed class HistoryElsewhereTests : SerialTest
{
    private readonly string _table = StoreServers.NewName("prices");

    [Fact]
    public async Task a_backtest_from_the_store_reads_dynamodb_and_needs_no_postgresql_for_it()
    {
        var (candles, database) = (InProcessSystem.WriteCandles(Folder, minutes: 3000, seed: 31),
            await PostgresServer.CreateDatabaseAsync());
        var elsewhere = new Dictionary<string, string>(await InDynamoDbAsync())
        { ["Trading__Journal"] = "postgres", ["Trading__JournalConnection"] = "Host=127.0.0.1;Port=1;Username=nobody;Database=none" };
        var here = new Dictionary<string, string> { ["Trading__Journal"] = "postgres", ["Trading__JournalConnection"] = database };
        await using (var journal = new TradeJournal(database, new("test", "1.0.0"), TimeProvider.System))
            await journal.PrepareAsync();
        foreach (var place in new[] { elsewhere, here })
            Assert.Equal(0, (await CliProgram.RunAsync(place, "data", "import", candles)).Code);

        var (fromDynamoDb, fromPostgres) = (await TradesAsync(elsewhere, "dynamodb.csv"), await TradesAsync(here, "postgres.csv"));

        Assert.True(fromDynamoDb.Length > 3, "no trade");
        Assert.Equal(fromPostgres, fromDynamoDb);
        // Whole bars are in the store: what is filled within a bar, and at which price, is the same as from the file.
        var file = Path.Combine(Folder, "file.csv");
        var (code, _, errors) = await CliProgram.RunHereAsync("backtest", "--data", candles, "--trades", file);
        Assert.True(code == 0, errors);
        Assert.Equal(await File.ReadAllLinesAsync(file), fromPostgres);
        var missing = await CliProgram.RunHereAsync(
            ["backtest", "--from-store", .. CliProgram.Switches(elsewhere), "--set", "DynamoDbPriceTable=none-of-them"]);
        Assert.Equal((2, true),
            (missing.Code, missing.Errors.StartsWith("trading: DynamoDB: ResourceNotFoundException", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task audit_replay_proves_windows_that_reach_back_to_before_the_journal_by_the_prices_in_dynamodb()
    {
        var place = await StoreServers.PlaceAsync("dynalite");
        var settings = InProcessSystem.Recorded(InProcessSystem.WriteCandles(Folder, minutes: 300, seed: 32)) with
        {
            PriceStores = ["dynamodb"],
            PriceHistory = PriceHistoryKind.Dynamodb,
            CreateStores = true,
            AwsRegion = StoreServers.Region,
            DynamoDbUrl = place.Url,
            DynamoDbPriceTable = _table,
        };
        await InProcessSystem.PlayAsync(settings with { To = InProcessSystem.Start.AddMinutes(200) },
            await PostgresServer.CreateDatabaseAsync());
        var database = await PostgresServer.CreateDatabaseAsync();
        await InProcessSystem.PlayAsync(settings with { From = InProcessSystem.Start.AddMinutes(200) }, database);

        Assert.Equal((0, 100), await WindowsAsync(database, await InDynamoDbAsync()));
        // In the journal's database there are none of them.
        Assert.Equal((100, 0), await WindowsAsync(database, null));
    }

    private static async Task<(int TakenAsRecorded, int Proved)> WindowsAsync(
        string database, IReadOnlyDictionary<string, string>? environment)
    {
        var replay = await AuditProgram.RunAsync(database, environment, "replay", "--json");
        Assert.True(replay.Code == 0, replay.Output + replay.Errors);
        var told = JsonDocument.Parse(replay.Output).RootElement;
        return (told.GetProperty("windowsTakenAsRecorded").GetInt32(),
            told.GetProperty("windows").GetInt32() + told.GetProperty("windowsFromHistory").GetInt32());
    }

    private async Task<string[]> TradesAsync(IReadOnlyDictionary<string, string> environment, string name)
    {
        var file = Path.Combine(Folder, name);
        var run = await CliProgram.RunHereAsync(["backtest", "--from-store", "--trades", file, .. CliProgram.Switches(environment)]);
        Assert.True(run.Code == 0, run.Output + run.Errors);
        return await File.ReadAllLinesAsync(file);
    }

    private async Task<IReadOnlyDictionary<string, string>> InDynamoDbAsync() => new Dictionary<string, string>
    {
        ["Trading__PriceHistory"] = "dynamodb", ["Trading__PriceStores"] = "dynamodb", ["Trading__CreateStores"] = "true",
        ["Trading__AwsRegion"] = StoreServers.Region,
        ["Trading__DynamoDbUrl"] = (await StoreServers.PlaceAsync("dynalite")).Url!, ["Trading__DynamoDbPriceTable"] = _table,
    };
}
