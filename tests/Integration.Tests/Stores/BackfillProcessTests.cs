using System.Globalization;
using System.Text.Json;
using Trading.Core;
using Trading.Journal.Tables;
using Trading.TestKit.Data;
using Trading.TestKit.Distributed;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Profiles;
using Trading.TestKit.Programs;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Stores;

/// <summary>Back-fill by the programs that people run, from servers that speak the candle interface with recorded candles.</summary>
[Collection(nameof(DistributedTests))]
public sealed class BackfillProcessTests(LocalEndpoint endpoint) : DistributedTests
{

    [SharedDataFact]
    public async Task trading_data_backfill_fills_two_recorded_days_and_names_what_the_exchange_lacks()
    {
        var (start, end) = (InProcessSystem.Start, InProcessSystem.Start.AddDays(2));
        var minutes = RecordedMinutes.Read(SharedData.Path("binance_btcusdt_1m_2024.csv.gz"), start.AddMinutes(-1), end);
        await using var market = await PlayedMarket.StartAsync(minutes, TimeProvider.System);
        var environment = Environment(await PostgresServer.CreateDatabaseAsync(), market);
        string[] range = ["--from", $"{start:s}Z", "--to", $"{end:s}Z"];

        var filled = await CliProgram.RunAsync(environment, ["data", "backfill", .. range]);
        Assert.Equal((0, "2,880 of 2,880 missing prices of BTC-USD were filled in"), (filled.Code, filled.Output.Trim()));
        var again = await CliProgram.RunAsync(environment, ["data", "backfill", .. range, "--json"]);
        Assert.Equal((0, 0), (again.Code, JsonDocument.Parse(again.Output).RootElement.GetProperty("missing").GetInt32()));
        var rows = (await CliProgram.RunAsync(environment, ["data", "export", .. range])).Output.Trim().Split('\n')[1..]
            .Select(row => row.Split(',')).ToList();
        Assert.Equal(
            Enumerable.Range(0, 2880).Select(minute => start.ToUnixTimeSeconds() + minute * 60L)
                .Select(time => (time, minutes.CloseAt(time), "USDT", "binance")),
            rows.Select(row =>
                (long.Parse(row[0], CultureInfo.InvariantCulture), decimal.Parse(row[1], CultureInfo.InvariantCulture), row[2], row[7])));

        // The recording ends here: what comes after it is nowhere to be had.
        var beyond = await CliProgram.RunAsync(environment, "data", "backfill", "--from", $"{start:s}Z",
            "--to", $"{end.AddMinutes(11):s}Z");
        Assert.Equal((1, "1 of 11 missing prices of BTC-USD were filled in"), (beyond.Code, beyond.Output.Trim()));
    }

    [SharedDataFact]
    public async Task a_new_price_collector_fills_its_history_before_its_first_price_and_a_restarted_one_fills_what_it_missed()
    {
        // A recorded month, played as the one that ends now.
        var now = DateTimeOffset.UtcNow;
        var from = new DateTimeOffset(2024, 3, 1, now.Hour, now.Minute, 0, TimeSpan.Zero);
        var minutes = RecordedMinutes.Read(SharedData.Path("binance_btcusdt_1m_2024.csv.gz"), from.AddDays(-3), from.AddHours(2));
        var ago = TimeSpan.FromSeconds(now.ToUnixTimeSeconds() / 60 * 60 - from.ToUnixTimeSeconds());
        await using var market = await PlayedMarket.StartAsync(minutes, TimeProvider.System, ago);
        await using var system = await DistributedSystem.CreateAsync(endpoint.Aws, [
            "--set", $"Sources={string.Join(',', PlayedMarket.Sources)}", "--set",
            $"SourceAddresses={string.Join(',', market.SourceAddresses)}", "--set", "BackfillDays=2"]);

        system.Start([DistributedSystem.PriceCollector]);
        await FilledAsync(system, "BTC-USD: 2880 of 2880 missing prices of the last 2 days were filled in");
        await using var history = new PriceHistory(system.Database);
        var prices = await PricesAsync(history, 2881);
        Assert.Equal(Enumerable.Range(0, 2880).Select(minute => prices[0].UnixSeconds + minute * 60L),
            prices.Take(2880).Select(price => price.UnixSeconds));
        Assert.All(prices.Take(2880), price => Assert.Equal((minutes.CloseAt(price.UnixSeconds - (long)ago.TotalSeconds), "USDT", false),
            (price.Price, price.QuoteCurrencies, price.Simulated)));
        Assert.Equal(PlayedMarket.Sources, prices[^1].Sources);

        // Three prices are lost.
        await system.TerminateAsync(DistributedSystem.PriceCollector);
        await using (var connection = new Npgsql.NpgsqlConnection(system.Database))
        {
            await connection.OpenAsync();
            await using var lose = new Npgsql.NpgsqlCommand(
                $"delete from price_history where interval_start between {prices[1000].UnixSeconds} and {prices[1002].UnixSeconds}",
                connection);
            Assert.Equal(3, await lose.ExecuteNonQueryAsync());
        }
        system.Start([DistributedSystem.PriceCollector]);
        await FilledAsync(system, " missing prices of the last 2 days were filled in");
        Assert.Equal(prices.Take(2880).Select(price => (price.UnixSeconds, price.Price)),
            (await PricesAsync(history, 2881)).Take(2880).Select(price => (price.UnixSeconds, price.Price)));
    }

    private static Dictionary<string, string> Environment(string database, PlayedMarket market) => new()
    {
        ["Trading__Journal"] = "postgres", ["Trading__JournalConnection"] = database,
        ["Trading__Sources"] = string.Join(',', PlayedMarket.Sources),
        ["Trading__SourceAddresses"] = string.Join(',', market.SourceAddresses),
    };

    private static Task FilledAsync(DistributedSystem system, string line) =>
        system.UntilAsync(line,
            () => Task.FromResult(system.Running[DistributedSystem.PriceCollector].Output.Contains(line, StringComparison.Ordinal)));

    // Waits for as many; the collector goes on with one a minute.
    private static async Task<List<StoredPrice>> PricesAsync(PriceHistory history, int least)
    {
        using var limit = new CancellationTokenSource(HangGuard.Limit);
        while (true)
        {
            var prices = await history.ReadAsync(InProcessSystem.Symbol, 60, 0, long.MaxValue, limit.Token).ToListAsync(limit.Token);
            if (prices.Count >= least)
                return prices;
            await Task.Delay(50, limit.Token);
        }
    }
}
