using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Npgsql;
using NpgsqlTypes;
using Trading.Contracts;
using Trading.Core;
using Trading.Journal.Postgres;

namespace Trading.Journal.Tables;

/// <summary>
/// The prices by symbol and interval in PostgreSQL, a partition for each month. PriceCollector writes a price before it publishes the next
/// one, so a service that receives a price finds all earlier ones here. Commits do not wait for the disk: what trades are based on is in
/// the journal, and a price lost in a power failure is a gap like any other.
/// </summary>
public sealed class PriceHistory(string connectionString) : IAsyncDisposable
{
    /// <summary>Most connections that one process opens to the history.</summary>
    public const int MaxConnections = 4;

    private const string Columns =
        "symbol, interval_seconds, interval_start, price, quote_currencies, simulated, volume_24h, market_cap, price_change_24h, sources";

    private const string Add =
        $"insert into price_history ({Columns}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict do nothing";

    private const string Newest = "select interval_start, price from price_history where symbol = $1 and interval_seconds = $2 and "
        + "interval_start <= $3 order by interval_start desc limit $4";

    private const string BarColumns = "open, high, low, volume";

    private const string Period = " where symbol = $1 and interval_seconds = $2 and interval_start >= $3 and interval_start < $4";

    private const string Range = $"select {Columns} from price_history{Period} order by interval_start";

    // The period bounds both tables: the planner does not carry a range over a join, and would read every bar there is.
    private const string RangeWithBars = $"select {Columns}, {BarColumns} from (select * from price_history{Period}) prices left join "
        + $"(select * from price_bars{Period}) bars using (symbol, interval_seconds, interval_start) order by interval_start";

    // A bar belongs to the price that it closed at: beside another price it would tell of another market.
    private const string AddBars = $"insert into price_bars (symbol, interval_seconds, interval_start, {BarColumns}) select symbol, "
        + $"interval_seconds, interval_start, {BarColumns} from price_backfill join price_history using (symbol, interval_seconds, "
        + "interval_start, price) where open is not null on conflict do nothing";

    private const string Between = "select interval_start, price from price_history where symbol = $1 and interval_seconds = $2 and "
        + "interval_start between $3 and $4 order by interval_start";

    /// <summary>Whether a database has a price history; of some only the journal was kept.</summary>
    public static Task<bool> IsThereAsync(NpgsqlDataSource database, CancellationToken cancellation) =>
        database.HasTablesAsync(cancellation, "price_history");

    private readonly ConcurrentDictionary<DateTime, bool> _months = new();

    private readonly NpgsqlDataSource _database = NpgsqlDataSource.Create(Connection(connectionString));

    // What the caller asks of its connections, for example that they only read, holds here too.
    private static NpgsqlConnectionStringBuilder Connection(string given)
    {
        var connection = new NpgsqlConnectionStringBuilder(given)
        { MaxAutoPrepare = 10, AutoPrepareMinUsages = 2, NoResetOnClose = true };
        connection.MaxPoolSize = Math.Min(connection.MaxPoolSize, MaxConnections);
        connection.Options = $"{connection.Options} -c synchronous_commit=off {PostgresConnection.EndsSilentWriters}".TrimStart();
        return connection;
    }

    /// <summary>
    /// Creates the table when the database lacks it, and moves the prices of a table without partitions, as earlier versions made it, into
    /// one with them.
    /// </summary>
    public Task PrepareAsync(CancellationToken cancellation) => PriceTable.CreateAsync(_database, cancellation);

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

    /// <summary>
    /// Adds many prices at once, with COPY; those that are there already stay as they are, and get the bars that closed at them where they
    /// had none.
    /// </summary>
    /// <returns>How many were new.</returns>
    public async Task<int> BackfillAsync(IReadOnlyList<StoredPrice> prices, CancellationToken cancellation)
    {
        if (prices.Count == 0)
            return 0;
        await NeedMonthsAsync(prices.Min(price => price.UnixSeconds), prices.Max(price => price.UnixSeconds), cancellation);
        // Asked first: it takes a connection of its own, of a pool that may have one.
        var bars = prices.Any(price => price.Bar is not null) && await KeepsBarsAsync("insert", cancellation);
        await using var connection = await _database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await ExecuteAsync(connection, "create temporary table price_backfill (like price_history, open numeric, high numeric, "
            + "low numeric, volume numeric) on commit drop", cancellation);
        await using (var copy = await connection.BeginBinaryImportAsync(
            $"copy price_backfill ({Columns}, {BarColumns}) from stdin (format binary)", cancellation))
        {
            foreach (var price in prices)
                await CopyAsync(copy, price, cancellation);
            await copy.CompleteAsync(cancellation);
        }
        var added = await ExecuteAsync(connection,
            $"insert into price_history ({Columns}) select {Columns} from price_backfill on conflict do nothing", cancellation);
        if (bars)
            await ExecuteAsync(connection, AddBars, cancellation);
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
        string symbol, int intervalSeconds, long fromUnixSeconds, long toUnixSeconds,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        var bars = await KeepsBarsAsync("select", cancellation);
        await using var command = _database.CreateCommand(bars ? RangeWithBars : Range);
        command.Parameters.Add(new() { Value = symbol });
        command.Parameters.Add(new() { Value = intervalSeconds });
        command.Parameters.Add(new() { Value = fromUnixSeconds });
        command.Parameters.Add(new() { Value = toUnixSeconds });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            yield return new(
                reader.GetString(0), reader.GetInt32(1), reader.GetInt64(2), reader.GetDecimal(3),
                reader.GetString(4), reader.GetBoolean(5),
                Optional(reader, 6), Optional(reader, 7), Optional(reader, 8), reader.GetFieldValue<string[]>(9))
            {
                Bar = bars && !reader.IsDBNull(10)
                    ? new(reader.GetDecimal(10), reader.GetDecimal(11), reader.GetDecimal(12), reader.GetDecimal(13)) : null,
            };
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _database.DisposeAsync();

    private async Task NeedMonthsAsync(long firstUnixSeconds, long lastUnixSeconds, CancellationToken cancellation)
    {
        var last = PriceMonths.Of(lastUnixSeconds);
        for (var month = PriceMonths.Of(firstUnixSeconds); month <= last; month = month.AddMonths(1))
        {
            if (_months.ContainsKey(month))
                continue;
            await PriceMonths.NeedAsync(_database, month, cancellation);
            _months[month] = true;
        }
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
            await CopyAsync(copy, amount, cancellation);
        await copy.WriteAsync(price.Sources.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text, cancellation);
        foreach (var amount in new[] { price.Bar?.Open, price.Bar?.High, price.Bar?.Low, price.Bar?.Volume })
            await CopyAsync(copy, amount, cancellation);
    }

    private static Task CopyAsync(NpgsqlBinaryImporter copy, decimal? amount, CancellationToken cancellation) => amount is { } known
        ? copy.WriteAsync(known, NpgsqlDbType.Numeric, cancellation) : copy.WriteNullAsync(cancellation);

    // A database of an earlier version, or one whose role was not told of bars, keeps prices alone.
    private async Task<bool> KeepsBarsAsync(string right, CancellationToken cancellation)
    {
        await using var command = _database.CreateCommand(
            $"select to_regclass('price_bars') is not null and has_table_privilege('price_bars', '{right}')");
        return await command.ExecuteScalarAsync(cancellation) is true;
    }

    private static NpgsqlParameter Number(decimal? value) =>
        new() { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Numeric };

    private static decimal? Optional(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetDecimal(column);
}
