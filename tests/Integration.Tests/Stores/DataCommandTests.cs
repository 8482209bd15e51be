using System.Text.Json;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Trading.Journal.Checks;
using Trading.TestKit.Audit;
using Trading.TestKit.Programs;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Stores;

/// <summary>trading data and trading rebuild, one command of each test as a process.</summary>
public sealed class DataCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("trading-test-").FullName;

    [Fact]
    public async Task candles_are_imported_gaps_are_named_and_an_export_is_imported_again()
    {
        var (first, second) = (await PostgresServer.CreateDatabaseAsync(), await PostgresServer.CreateDatabaseAsync());
        var candles = InProcessSystem.WriteCandles(_folder, 500, 1);
        var lines = await File.ReadAllLinesAsync(candles);
        var holed = Path.Combine(_folder, "holed.csv");
        await File.WriteAllLinesAsync(holed, lines.Where((_, row) => row is not (100 or 101 or 200)));
        string[] range = ["--from", "2024-03-01T00:01Z", "--to", "2024-03-01T08:21Z"];

        const string Gaps = "\n3 candles (0.6 %) are missing in 2 gaps, the longest 2 min";
        Assert.Equal((0, "497 of 497 prices of BTC-USD were new" + Gaps), await RunAsync(first, ["import", holed]));
        Assert.Equal((0, "0 of 497 prices of BTC-USD were new" + Gaps), await RunAsync(first, ["import", holed]));
        var (code, gaps) = await RunAsync(first, ["gaps", .. range]);
        Assert.Equal(
            (1, "2024-03-01 01:40:00Z to 2024-03-01 01:41:00Z: 2 prices\n2024-03-01 03:20:00Z\n497 prices of BTC-USD, 3 missing in 2 gaps"),
            (code, gaps));
        Assert.Equal((0, "3 of 500 prices of BTC-USD were new"), await ProgramAsync(first, ["import", candles]));
        Assert.Equal(0, (await RunAsync(first, ["gaps", .. range])).Code);

        var export = Path.Combine(_folder, "export.csv");
        Assert.Equal((0, $"500 prices of BTC-USD in {export}"), await ProgramAsync(first, ["export", .. range, "--output", export]));
        var imported = JsonDocument.Parse((await RunAsync(second, ["import", export, "--json"])).Output).RootElement;
        Assert.Equal((500, 500), (imported.GetProperty("read").GetInt32(), imported.GetProperty("added").GetInt32()));
        Assert.Equal(await RunAsync(first, ["export", .. range]), await RunAsync(second, ["export", .. range]));
    }

    [Fact]
    public async Task what_is_imported_is_committed_to_and_a_price_that_is_changed_afterwards_is_found()
    {
        var database = await PostgresServer.CreateDatabaseAsync();
        Assert.Equal(0, (await RunAsync(database, ["import", InProcessSystem.WriteCandles(_folder, 2000, 1)])).Code);
        await using var source = SealedJournal.Source(database);
        // Two days, from one source.
        Assert.Equal(2, await SealedJournal.ScalarAsync(source, "select count(*) from mt_events where type = 'prices_committed' and "
            + "data ->> 'source' = 'recorded'"));
        Assert.Equal((2, 0), await HistoryCheck.CommittedAsync(source, default) is var sound ? (sound.Days, sound.Wrong.Count) : default);

        await SealedJournal.ExecuteAsync(source, "update price_history set price = price + 1 where interval_start = (select "
            + "max(interval_start) - 600 from price_history)");

        Assert.StartsWith("the prices of BTC-USD that recorded gave for 2024-03-02 are not those that were committed to",
            Assert.Single((await HistoryCheck.CommittedAsync(source, default)).Wrong), StringComparison.Ordinal);
    }

    [Fact]
    public async Task a_mistake_is_one_line_and_exit_code_2()
    {
        var database = await PostgresServer.CreateDatabaseAsync();
        var broken = Path.Combine(_folder, "broken.csv");
        await File.WriteAllTextAsync(broken,
            "time_unix_s,price,quote_currencies,simulated,volume_24h,market_cap,price_change_24h,sources\n1709251260,-5,USD,false,,,,\n");

        Assert.Equal((2, $"trading: there is no file {_folder}/none.csv"), await ProgramAsync(database, ["import", $"{_folder}/none.csv"]));
        Assert.Equal((2, "trading: --from must be a date or time like 2024-03-01 or 2024-03-01T12:00Z, was yesterday"),
            await RunAsync(database, ["gaps", "--from", "yesterday"]));
        Assert.Equal((2, $"trading: {broken}, line 2: "
            + "must be time_unix_s,price,quote_currencies,simulated,volume_24h,market_cap,price_change_24h,sources,"
            + "open,high,low,volume, was "
            + "1709251260,-5,USD,false,,,,"), await RunAsync(database, ["import", broken]));
        var (code, output) = await RunAsync("Host=127.0.0.1;Port=1;Username=nobody;Database=none", ["gaps"]);
        Assert.Equal((2, 1), (code, output.Split('\n').Length));
    }

    [Fact]
    public async Task the_trade_table_follows_the_journal_and_is_written_again_from_it()
    {
        var (place, table) = (await StoreServers.PlaceAsync("dynalite"), StoreServers.NewName("trades"));
        var database = await PostgresServer.CreateDatabaseAsync();
        var settings = InProcessSystem.Recorded(InProcessSystem.WriteCandles(_folder, 900, 1)) with
        {
            TradeStores = ["dynamodb"],
            CreateStores = true,
            AwsRegion = StoreServers.Region,
            DynamoDbUrl = place.Url,
            DynamoDbTradeTable = table
        };
        var record = await InProcessSystem.PlayAsync(settings, database);
        var ended = record.Trades.Where(trade => trade.Execution is not null).ToList();
        Assert.True(ended.Count >= 2);
        string[] where = ["--set", $"DynamoDbUrl={place.Url}", "--set", $"DynamoDbTradeTable={table}", "--set",
            $"AwsRegion={StoreServers.Region}", "--set", "CreateStores=true"];
        using var client = new AmazonDynamoDBClient(
            new AmazonDynamoDBConfig { ServiceURL = place.Url, AuthenticationRegion = place.Region });

        // The last message may still be on its way when the run has ended: the rebuild has it in any case.
        Assert.Equal((0, $"{ended.Count} trades written to {table}"),
            await ProgramAsync(database, ["dynamodb", .. where], group: "rebuild"));
        Assert.Equal((0, $"{ended.Count} trades compared, 0 differences"),
            await RunAsync(database, ["dynamodb", "--compare", .. where], group: "rebuild"));
        var items = (await client.ScanAsync(new ScanRequest(table))).Items;
        var first = ended[0];
        var item = items.Single(item => item["trade_id"].S == first.Assessed.TradeId.ToString());
        Assert.Equal(
            (first.Assessed.Assessment.Signal.ToString().ToUpperInvariant(), "filled", true, first.Execution!.AveragePrice,
                first.Execution.FilledQuantity * first.Execution.AveragePrice, first.Execution.ExecutedAt.ToUnixTimeSeconds()),
            (item["action"].S, item["status"].S, item["simulated"].BOOL == true, Number(item["price"]), Number(item["amount"]),
                (long)Number(item["timestamp"])));
        Assert.Equal(first.Assessed.Prediction!.Ensemble!.PredictedPrice, (double)Number(item["predicted_price"]), 6);

        item["amount"] = new() { N = "1" };
        await client.PutItemAsync(table, item);
        var (code, output) = await RunAsync(database, ["dynamodb", "--compare", .. where], group: "rebuild");
        Assert.Equal(1, code);
        Assert.StartsWith($"{first.Assessed.TradeId} is in the table as ", output, StringComparison.Ordinal);
        await client.DeleteTableAsync(table);
        Assert.Equal(0, (await RunAsync(database, ["dynamodb", .. where], group: "rebuild")).Code);
        Assert.Equal((0, $"{ended.Count} trades compared, 0 differences"),
            await RunAsync(database, ["dynamodb", "--compare", .. where], group: "rebuild"));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static decimal Number(AttributeValue value) =>
        decimal.Parse(value.N, System.Globalization.NumberStyles.Float, System.Globalization.CultureInfo.InvariantCulture);

    private static async Task<(int Code, string Output)> RunAsync(string database, string[] arguments, string group = "data")
    {
        var (code, output, errors) = await CliProgram.RunHereAsync([group, .. arguments, "--journal-connection", database]);
        return (code, (output + errors).Trim());
    }

    private static async Task<(int Code, string Output)> ProgramAsync(string database, string[] arguments, string group = "data")
    {
        var environment = new Dictionary<string, string> { ["Trading__Journal"] = "postgres", ["Trading__JournalConnection"] = database };
        var (code, output, errors) = await CliProgram.RunAsync(environment, [group, .. arguments]);
        return (code, (output + errors).Trim());
    }
}
