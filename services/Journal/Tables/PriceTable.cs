using Npgsql;

namespace Trading.Journal.Tables;

/// <summary>Creates the table of the price history.</summary>
internal static class PriceTable
{
    // Bars beside the prices that they closed at: most prices have none, and services need none.
    private const string Bars = """
        create table if not exists price_bars (
            symbol text not null,
            interval_seconds integer not null,
            interval_start bigint not null,
            open numeric not null,
            high numeric not null,
            low numeric not null,
            volume numeric not null,
            primary key (symbol, interval_seconds, interval_start))
        """;

    // Only the owner of the history makes tables beside it.
    private const string BarsAreDue = "select to_regclass('price_bars') is null and pg_has_role(relowner, 'usage') from pg_class "
        + "where oid = to_regclass('price_history')";

    private const string Kind = "select relkind from pg_class where oid = to_regclass('price_history')";

    private const string Statement = """
        create table price_history (
            symbol text not null,
            interval_seconds integer not null,
            interval_start bigint not null,
            price numeric not null,
            quote_currencies text not null,
            simulated boolean not null,
            volume_24h numeric,
            market_cap numeric,
            price_change_24h numeric,
            sources text[] not null default '{}',
            primary key (symbol, interval_seconds, interval_start)) partition by range (interval_start)
        """;

    /// <summary>Creates the table when the database lacks it, and divides one that has no partitions.</summary>
    public static async Task CreateAsync(NpgsqlDataSource database, CancellationToken cancellation)
    {
        await using (var there = database.CreateCommand(Kind))
        {
            if (await there.ExecuteScalarAsync(cancellation) is 'p')
            {
                await BarsAsync(database, cancellation);
                return;
            }
        }
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        // Two programs that start together would both try to create the table; with the lock the second one finds it.
        await ExecuteAsync(connection, PriceMonths.Lock, cancellation);
        await using var command = new NpgsqlCommand(Kind, connection);
        var kind = await command.ExecuteScalarAsync(cancellation) as char?;
        if (kind is null)
            await ExecuteAsync(connection, Statement, cancellation);
        else if (kind == 'r')
            await DivideAsync(connection, cancellation);
        await ExecuteAsync(connection, Bars, cancellation);
        await transaction.CommitAsync(cancellation);
    }

    // A history of an earlier version has no bars.
    private static async Task BarsAsync(NpgsqlDataSource database, CancellationToken cancellation)
    {
        await using (var due = database.CreateCommand(BarsAreDue))
        {
            if (await due.ExecuteScalarAsync(cancellation) is not true)
                return;
        }
        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(new(PriceMonths.Lock));
        batch.BatchCommands.Add(new(Bars));
        await batch.ExecuteNonQueryAsync(cancellation);
    }

    // The single table is renamed, copied and dropped in one transaction: a crash in between leaves it as it was.
    private static async Task DivideAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await ExecuteAsync(connection, "alter table price_history rename to price_history_single", cancellation);
        await ExecuteAsync(connection, Statement, cancellation);
        var months = new List<DateTime>();
        await using (var command = new NpgsqlCommand(
            "select distinct date_trunc('month', to_timestamp(interval_start) at time zone 'utc') from price_history_single", connection))
        await using (var reader = await command.ExecuteReaderAsync(cancellation))
        {
            while (await reader.ReadAsync(cancellation))
                months.Add(reader.GetDateTime(0));
        }
        foreach (var month in months)
            await ExecuteAsync(connection, PriceMonths.Create(month), cancellation);
        await ExecuteAsync(connection, """
            insert into price_history (symbol, interval_seconds, interval_start, price, quote_currencies, simulated)
            select symbol, interval_seconds, interval_start, price, quote_currencies, simulated from price_history_single
            """, cancellation);
        await ExecuteAsync(connection, "drop table price_history_single", cancellation);
    }

    private static async Task<int> ExecuteAsync(NpgsqlConnection connection, string statement, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(statement, connection) { CommandTimeout = 0 };
        return await command.ExecuteNonQueryAsync(cancellation);
    }
}
