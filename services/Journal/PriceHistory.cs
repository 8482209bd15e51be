using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.CompilerServices;
using Npgsql;
using NpgsqlTypes;
using Trading.Contracts;
using Trading.Core;

namespace Trading.Journal;

/// <summary>
/// The prices by symbol and interval in PostgreSQL, a partition for each month. PriceCollector has written a price before it publishes the next one, so whoever hears of a price
/// finds all prices before it here. Commits do not wait for the disk: what trades rest on is in the journal, and a price lost in a power failure is a gap like any other.
/// </summary>
public sealed class PriceHistory(string connectionString) : IAsyncDisposable
{
    /// <summary>Most connections that one process opens to the history.</summary>
    public const int MaxConnections = 4;

    private const string Columns = "symbol, interval_seconds, interval_start, price, quote_currencies, simulated, volume_24h, market_cap, price_change_24h, sources";

    private const string Add = $"insert into price_history ({Columns}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict do nothing";

    private const string Newest = "select interval_start, price from price_history where symbol = $1 and interval_seconds = $2 and interval_start <= $3 order by interval_start desc limit $4";

    private const string Range = $"select {Columns} from price_history where symbol = $1 and interval_seconds = $2 and interval_start >= $3 and interval_start < $4 order by interval_start";

    private const string Between = "select interval_start, price from price_history where symbol = $1 and interval_seconds = $2 and interval_start between $3 and $4 order by interval_start";

    private const string Lock = "select pg_advisory_xact_lock(hashtext('price_history'))";

    private const string Create = """
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

    private readonly ConcurrentDictionary<DateTime, bool> _months = new();

    private readonly NpgsqlDataSource _database = NpgsqlDataSource.Create(
        new NpgsqlConnectionStringBuilder(connectionString) { MaxAutoPrepare = 10, AutoPrepareMinUsages = 2, NoResetOnClose = true, MaxPoolSize = MaxConnections, Options = "-c synchronous_commit=off" });

    /// <summary>Creates the table when the database lacks it, and moves the prices of a table without partitions, as earlier versions made it, into one with them.</summary>
    public async Task PrepareAsync(CancellationToken cancellation)
    {
        if (await KindAsync(null, cancellation) == 'p')
            return;
        await using var connection = await _database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        // Two programs that start at once would both try to create the table; the lock lets one of them find it there.
        await ExecuteAsync(connection, Lock, cancellation);
        var kind = await KindAsync(connection, cancellation);
        if (kind is null)
            await ExecuteAsync(connection, Create, cancellation);
        else if (kind == 'r')
            await DivideAsync(connection, cancellation);
        await transaction.CommitAsync(cancellation);
    }

    /// <summary>Adds a price; nothing when it is there already.</summary>
    public Task AddAsync(PriceObserved price, CancellationToken cancellation) => AddAsync(StoredPrice.Of(price), cancellation);

    /// <summary>Adds a price; nothing when it is there already.</summary>
    public async Task AddAsync(StoredPrice price, CancellationToken cancellation)
    {
        await NeedMonthsAsync(price.UnixSeconds, price.UnixSeconds, cancellation);
        await using var command = _database.CreateCommand(Add);
        command.Parameters.Add(new() { Value = price.Symbol });
        command.Parameters.Add(new() { Value = price.IntervalSeconds });
        command.Parameters.Add(new() { Value = price.UnixSeconds });
        command.Parameters.Add(Number(price.Price));
        command.Parameters.Add(new() { Value = price.QuoteCurrencies });
        command.Parameters.Add(new() { Value = price.Simulated });
        command.Parameters.Add(Number(price.Volume24hUsd));
        command.Parameters.Add(Number(price.MarketCapUsd));
        command.Parameters.Add(Number(price.Change24hPercent));
        command.Parameters.Add(new() { Value = price.Sources.ToArray() });
        await command.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>Adds many prices at once, with COPY; those that are there already stay as they are.</summary>
    /// <returns>How many were new.</returns>
    public async Task<int> BackfillAsync(IReadOnlyList<StoredPrice> prices, CancellationToken cancellation)
    {
        if (prices.Count == 0)
            return 0;
        await NeedMonthsAsync(prices.Min(price => price.UnixSeconds), prices.Max(price => price.UnixSeconds), cancellation);
        await using var connection = await _database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await ExecuteAsync(connection, "create temporary table price_backfill (like price_history) on commit drop", cancellation);
        await using (var copy = await connection.BeginBinaryImportAsync($"copy price_backfill ({Columns}) from stdin (format binary)", cancellation))
        {
            foreach (var price in prices)
                await CopyAsync(copy, price, cancellation);
            await copy.CompleteAsync(cancellation);
        }
        var added = await ExecuteAsync(connection, $"insert into price_history ({Columns}) select {Columns} from price_backfill on conflict do nothing", cancellation);
        await transaction.CommitAsync(cancellation);
        return added;
    }

    /// <summary>The last prices up to and including an interval, oldest first.</summary>
    public async Task<IReadOnlyList<PricePoint>> LastAsync(
        string symbol, int intervalSeconds, long upToUnixSeconds, int count, CancellationToken cancellation)
    {
        await using var command = _database.CreateCommand(Newest);
        command.Parameters.Add(new() { Value = symbol });
        command.Parameters.Add(new() { Value = intervalSeconds });
        command.Parameters.Add(new() { Value = upToUnixSeconds });
        command.Parameters.Add(new() { Value = count });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var points = new List<PricePoint>(count);
        while (await reader.ReadAsync(cancellation))
            points.Add(new(reader.GetInt64(0), reader.GetDecimal(1)));
        points.Reverse();
        return points;
    }

    /// <summary>All prices of a period, both ends included, oldest first.</summary>
    public async Task<IReadOnlyList<PricePoint>> BetweenAsync(
        string symbol, int intervalSeconds, long fromUnixSeconds, long toUnixSeconds, CancellationToken cancellation)
    {
        await using var command = _database.CreateCommand(Between);
        command.CommandTimeout = 0;
        command.Parameters.Add(new() { Value = symbol });
        command.Parameters.Add(new() { Value = intervalSeconds });
        command.Parameters.Add(new() { Value = fromUnixSeconds });
        command.Parameters.Add(new() { Value = toUnixSeconds });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var points = new List<PricePoint>();
        while (await reader.ReadAsync(cancellation))
            points.Add(new(reader.GetInt64(0), reader.GetDecimal(1)));
        return points;
    }

    /// <summary>The prices from one instant to before another, with all that is kept of them, oldest first.</summary>
    public async IAsyncEnumerable<StoredPrice> ReadAsync(
        string symbol, int intervalSeconds, long fromUnixSeconds, long toUnixSeconds, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await using var command = _database.CreateCommand(Range);
        command.Parameters.Add(new() { Value = symbol });
        command.Parameters.Add(new() { Value = intervalSeconds });
        command.Parameters.Add(new() { Value = fromUnixSeconds });
        command.Parameters.Add(new() { Value = toUnixSeconds });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            yield return new(
                reader.GetString(0), reader.GetInt32(1), reader.GetInt64(2), reader.GetDecimal(3), reader.GetString(4), reader.GetBoolean(5),
                Optional(reader, 6), Optional(reader, 7), Optional(reader, 8), reader.GetFieldValue<string[]>(9));
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _database.DisposeAsync();

    // The single table is renamed, copied and dropped in one transaction: a crash in between leaves it as it was.
    private static async Task DivideAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await ExecuteAsync(connection, "alter table price_history rename to price_history_single", cancellation);
        await ExecuteAsync(connection, Create, cancellation);
        var months = new List<DateTime>();
        await using (var command = new NpgsqlCommand("select distinct date_trunc('month', to_timestamp(interval_start) at time zone 'utc') from price_history_single", connection))
        await using (var reader = await command.ExecuteReaderAsync(cancellation))
        {
            while (await reader.ReadAsync(cancellation))
                months.Add(reader.GetDateTime(0));
        }
        foreach (var month in months)
            await ExecuteAsync(connection, Partition(month), cancellation);
        await ExecuteAsync(connection, """
            insert into price_history (symbol, interval_seconds, interval_start, price, quote_currencies, simulated)
            select symbol, interval_seconds, interval_start, price, quote_currencies, simulated from price_history_single
            """, cancellation);
        await ExecuteAsync(connection, "drop table price_history_single", cancellation);
    }

    private async Task NeedMonthsAsync(long firstUnixSeconds, long lastUnixSeconds, CancellationToken cancellation)
    {
        var last = MonthOf(lastUnixSeconds);
        for (var month = MonthOf(firstUnixSeconds); month <= last; month = month.AddMonths(1))
        {
            if (_months.ContainsKey(month))
                continue;
            await using var batch = _database.CreateBatch();
            batch.BatchCommands.Add(new(Lock));
            batch.BatchCommands.Add(new(Partition(month)));
            await batch.ExecuteNonQueryAsync(cancellation);
            _months[month] = true;
        }
    }

    private static DateTime MonthOf(long unixSeconds)
    {
        var at = DateTimeOffset.FromUnixTimeSeconds(unixSeconds);
        return new(at.Year, at.Month, 1, 0, 0, 0, DateTimeKind.Utc);
    }

    private static string Partition(DateTime month)
    {
        var begin = new DateTimeOffset(month.Year, month.Month, 1, 0, 0, 0, TimeSpan.Zero);
        return string.Create(CultureInfo.InvariantCulture,
            $"create table if not exists price_history_{begin:yyyy_MM} partition of price_history for values from ({begin.ToUnixTimeSeconds()}) to ({begin.AddMonths(1).ToUnixTimeSeconds()})");
    }

    private async Task<char?> KindAsync(NpgsqlConnection? connection, CancellationToken cancellation)
    {
        const string Kind = "select relkind from pg_class where oid = to_regclass('price_history')";
        await using var command = connection is null ? _database.CreateCommand(Kind) : new NpgsqlCommand(Kind, connection);
        return await command.ExecuteScalarAsync(cancellation) as char?;
    }

    private static async Task<int> ExecuteAsync(NpgsqlConnection connection, string statement, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(statement, connection) { CommandTimeout = 0 };
        return await command.ExecuteNonQueryAsync(cancellation);
    }

    private static async Task CopyAsync(NpgsqlBinaryImporter copy, StoredPrice price, CancellationToken cancellation)
    {
        await copy.StartRowAsync(cancellation);
        await copy.WriteAsync(price.Symbol, NpgsqlDbType.Text, cancellation);
        await copy.WriteAsync(price.IntervalSeconds, NpgsqlDbType.Integer, cancellation);
        await copy.WriteAsync(price.UnixSeconds, NpgsqlDbType.Bigint, cancellation);
        await copy.WriteAsync(price.Price, NpgsqlDbType.Numeric, cancellation);
        await copy.WriteAsync(price.QuoteCurrencies, NpgsqlDbType.Text, cancellation);
        await copy.WriteAsync(price.Simulated, NpgsqlDbType.Boolean, cancellation);
        foreach (var amount in new[] { price.Volume24hUsd, price.MarketCapUsd, price.Change24hPercent })
        {
            if (amount is { } known)
                await copy.WriteAsync(known, NpgsqlDbType.Numeric, cancellation);
            else
                await copy.WriteNullAsync(cancellation);
        }
        await copy.WriteAsync(price.Sources.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text, cancellation);
    }

    private static NpgsqlParameter Number(decimal? value) => new() { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Numeric };

    private static decimal? Optional(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetDecimal(column);
}
