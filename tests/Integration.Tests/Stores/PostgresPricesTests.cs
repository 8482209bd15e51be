using Npgsql;
using Trading.Core;
using Trading.Journal.Tables;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Stores;

/// <summary>The price history in PostgreSQL.</summary>
public sealed class PostgresPricesTests
{
    private const long March = 1_709_251_200;

    [Fact]
    public async Task each_month_has_a_partition_and_a_window_is_read_across_them()
    {
        var database = await PostgresServer.CreateDatabaseAsync();
        await using var history = new PriceHistory(database);
        await history.PrepareAsync(default);
        await history.PrepareAsync(default);

        await history.AddAsync(At(-1, 99), default);
        await history.AddAsync(At(0, 100), default);
        await history.AddAsync(At(0, 200), default);

        Assert.Equal([new(March - 60, 99), new(March, 100)], await history.LastAsync("BTC-USD", 60, March, 10, default));
        Assert.Equal(["price_history_2024_02", "price_history_2024_03"], await ColumnAsync(database,
            "select inhrelid::regclass::text from pg_inherits where inhparent = 'price_history'::regclass order by 1"));
    }

    [Fact]
    public async Task the_prices_of_a_table_without_partitions_are_moved_into_one_with_them()
    {
        var database = await PostgresServer.CreateDatabaseAsync();
        await ColumnAsync(database, """
            create table price_history (symbol text not null, interval_seconds integer not null, interval_start bigint not null, price
            numeric not null, quote_currencies text not null, simulated boolean not null,
                primary key (symbol, interval_seconds, interval_start));
            insert into price_history select 'BTC-USD', 60, 1709251200 + 60 * n, 50000 + n, 'USD', false from generate_series(-50000,
            49999) as n;
            select 'done'
            """);

        var histories = Enumerable.Range(0, 4).Select(_ => new PriceHistory(database)).ToList();
        await Task.WhenAll(histories.Select(history => history.PrepareAsync(default)));

        var read = await histories[0].LastAsync("BTC-USD", 60, long.MaxValue, 200_000, default);
        Assert.Equal(Enumerable.Range(-50_000, 100_000).Select(n => new PricePoint(March + 60L * n, 50_000 + n)), read);
        Assert.Equal(["0"], await ColumnAsync(database, "select count(*)::text from pg_class where relname = 'price_history_single'"));
        await histories[1].AddAsync(At(60_000, 1), default);
        Assert.Equal(new(March + 60L * 60_000, 1), (await histories[2].LastAsync("BTC-USD", 60, long.MaxValue, 1, default))[0]);
        foreach (var history in histories)
            await history.DisposeAsync();
    }

    [Fact]
    public async Task a_back_fill_adds_what_is_missing_and_changes_nothing_that_is_there()
    {
        await using var history = new PriceHistory(await PostgresServer.CreateDatabaseAsync());
        await history.PrepareAsync(default);
        var known = StoredPrice.Of(Prices.Observed(61_000.5m));
        await history.AddAsync(known, default);

        Assert.Equal(43_199,
            await history.BackfillAsync([.. Enumerable.Range(0, 43_200).Select(minute => At(minute, minute + 1))], default));
        Assert.Equal(0, await history.BackfillAsync([At(0, 7), At(1, 7)], default));

        var read = await history.ReadAsync("BTC-USD", 60, March, March + 120, default).ToListAsync();
        Assert.Equivalent(known, read[0], strict: true);
        Assert.Equal((2m, null, "test"), (read[1].Price, read[1].MarketCapUsd, Assert.Single(read[1].Sources)));
    }

    [Fact]
    public async Task prices_of_an_earlier_version_get_the_bars_that_closed_at_them_and_no_others()
    {
        var database = await PostgresServer.CreateDatabaseAsync();
        await using (var before = new PriceHistory(database))
        {
            await before.PrepareAsync(default);
            await before.BackfillAsync([At(1, 101), At(2, 102)], default);
        }
        await ColumnAsync(database, "drop table price_bars; select 'done'");
        await using var history = new PriceHistory(database);
        // Without the table prices are read and written as they were.
        Assert.Equal(1, await history.BackfillAsync([WithBar(0, 100)], default));
        Assert.All(await history.ReadAsync("BTC-USD", 60, March, March + 600, default).ToListAsync(), price => Assert.Null(price.Bar));

        await history.PrepareAsync(default);
        Assert.Equal(1, await history.BackfillAsync([WithBar(0, 100), WithBar(1, 101), WithBar(2, 999), WithBar(3, 103)], default));

        var read = await history.ReadAsync("BTC-USD", 60, March, March + 600, default).ToListAsync();
        Assert.Equal([100, 101, 102, 103], read.Select(price => price.Price));
        Assert.Equal([Bar(100), Bar(101), null, Bar(103)], read.Select(price => price.Bar));
        Assert.Equal(new Candle(March + 120, 102, 105, 101, 103, 7), read[3].Candle);
        Assert.Equal(new Candle(March + 60, 102, 102, 102, 102, 0), read[2].Candle);
    }

    private static StoredPrice WithBar(int minute, decimal price) => At(minute, price) with { Bar = Bar(price) };

    private static PriceBar? Bar(decimal price) => new(price - 1, price + 2, price - 2, 7);

    private static StoredPrice At(int minute, decimal price) =>
        new("BTC-USD", 60, March + minute * 60L, price, "USD", false, null, null, null, ["test"]);

    private static async Task<IReadOnlyList<string>> ColumnAsync(string database, string query)
    {
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(query, connection);
        await using var reader = await command.ExecuteReaderAsync();
        var values = new List<string>();
        while (await reader.ReadAsync())
            values.Add(reader.GetString(0));
        return values;
    }
}
