using System.Text.Json;
using Trading.Hosting;
using Trading.Integration.Tests.Audit;
using Trading.Journal;
using Xunit;

namespace Trading.Integration.Tests.Stores;

/// <summary>Programs that look at past prices look for them where the settings say that they are.</summary>
[Collection(nameof(PipelineTests))]
public sealed class HistoryElsewhereTests : PipelineTests
{
    private readonly string _table = Servers.NewName("prices");

    [Fact]
    public async Task a_backtest_from_the_store_reads_dynamodb_and_needs_no_postgresql_for_it()
    {
        var (candles, database) = (Chain.WriteCandles(Folder, minutes: 3000, seed: 31), await PostgresServer.CreateDatabaseAsync());
        var elsewhere = new Dictionary<string, string>(await InDynamoDbAsync()) { ["Trading__Journal"] = "postgres", ["Trading__JournalConnection"] = "Host=127.0.0.1;Port=1;Username=nobody;Database=none" };
        var here = new Dictionary<string, string> { ["Trading__Journal"] = "postgres", ["Trading__JournalConnection"] = database };
        await using (var journal = new TradeJournal(database, new("test", "1.0.0"), TimeProvider.System))
            await journal.PrepareAsync();
        foreach (var place in new[] { elsewhere, here })
            Assert.Equal(0, (await CliProgram.RunAsync(place, "data", "import", candles)).Code);

        var (fromDynamoDb, fromPostgres) = (await TradesAsync(elsewhere, "dynamodb.csv"), await TradesAsync(here, "postgres.csv"));

        Assert.True(fromDynamoDb.Length > 3, "no trade");
        Assert.Equal(fromPostgres, fromDynamoDb);
        var missing = await CliProgram.RunAsync(new Dictionary<string, string>(elsewhere) { ["Trading__DynamoDbPriceTable"] = "none-of-them" }, "backtest", "--from-store");
        Assert.Equal((2, true), (missing.Code, missing.Errors.StartsWith("trading: DynamoDB: ResourceNotFoundException", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task audit_replay_proves_windows_that_reach_back_to_before_the_journal_by_the_prices_in_dynamodb()
    {
        var place = await Servers.PlaceAsync("dynalite");
        var settings = Chain.Recorded(Chain.WriteCandles(Folder, minutes: 300, seed: 32)) with
        {
            PriceStores = ["dynamodb"], PriceHistory = PriceHistoryKind.Dynamodb, CreateStores = true, AwsRegion = Servers.Region, DynamoDbUrl = place.Url, DynamoDbPriceTable = _table,
        };
        await Chain.PlayAsync(settings with { To = Chain.Start.AddMinutes(200) }, await PostgresServer.CreateDatabaseAsync());
        var database = await PostgresServer.CreateDatabaseAsync();
        await Chain.PlayAsync(settings with { From = Chain.Start.AddMinutes(200) }, database);

        Assert.Equal((0, 100), await WindowsAsync(database, await InDynamoDbAsync()));
        // In the journal's database there are none of them.
        Assert.Equal((100, 0), await WindowsAsync(database, null));
    }

    private static async Task<(int TakenAsRecorded, int Proved)> WindowsAsync(string database, IReadOnlyDictionary<string, string>? environment)
    {
        var replay = await AuditProgram.RunAsync(database, environment, "replay", "--json");
        Assert.True(replay.Code == 0, replay.Output + replay.Errors);
        var told = JsonDocument.Parse(replay.Output).RootElement;
        return (told.GetProperty("windowsTakenAsRecorded").GetInt32(), told.GetProperty("windows").GetInt32() + told.GetProperty("windowsFromHistory").GetInt32());
    }

    private async Task<string[]> TradesAsync(IReadOnlyDictionary<string, string> environment, string name)
    {
        var file = Path.Combine(Folder, name);
        var run = await CliProgram.RunAsync(environment, "backtest", "--from-store", "--trades", file);
        Assert.True(run.Code == 0, run.Output + run.Errors);
        return await File.ReadAllLinesAsync(file);
    }

    private async Task<IReadOnlyDictionary<string, string>> InDynamoDbAsync() => new Dictionary<string, string>
    {
        ["Trading__PriceHistory"] = "dynamodb", ["Trading__PriceStores"] = "dynamodb", ["Trading__CreateStores"] = "true", ["Trading__AwsRegion"] = Servers.Region,
        ["Trading__DynamoDbUrl"] = (await Servers.PlaceAsync("dynalite")).Url!, ["Trading__DynamoDbPriceTable"] = _table,
    };
}
