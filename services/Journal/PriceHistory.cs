using Npgsql;
using NpgsqlTypes;
using Trading.Contracts;

namespace Trading.Journal;

/// <summary>A price of the history.</summary>
/// <param name="UnixSeconds">Start of its interval in seconds since 1970.</param>
/// <param name="Price">The price.</param>
public readonly record struct PricePoint(long UnixSeconds, decimal Price);

/// <summary>
/// The prices by symbol and interval in PostgreSQL. PriceCollector has written a price before it publishes the next one, so whoever hears of a price finds all
/// prices before it here. Commits do not wait for the disk: what trades rest on is in the journal, and a price lost in a power failure is a gap like any other.
/// </summary>
public sealed class PriceHistory(string connectionString) : IAsyncDisposable
{
    /// <summary>Most connections that one process opens to the history.</summary>
    public const int MaxConnections = 4;

    private const string Add = "insert into price_history (symbol, interval_seconds, interval_start, price, quote_currencies, simulated) values ($1, $2, $3, $4, $5, $6) on conflict do nothing";

    private const string Newest = "select interval_start, price from price_history where symbol = $1 and interval_seconds = $2 and interval_start <= $3 order by interval_start desc limit $4";

    private const string Between = "select interval_start, price from price_history where symbol = $1 and interval_seconds = $2 and interval_start between $3 and $4 order by interval_start";

    private readonly NpgsqlDataSource _database = NpgsqlDataSource.Create(
        new NpgsqlConnectionStringBuilder(connectionString) { MaxAutoPrepare = 10, AutoPrepareMinUsages = 2, NoResetOnClose = true, MaxPoolSize = MaxConnections, Options = "-c synchronous_commit=off" });

    /// <summary>Creates the table when the database lacks it.</summary>
    public async Task PrepareAsync(CancellationToken cancellation)
    {
        // Two programs that start at once would both try to create the table; the lock lets one of them find it there.
        await using var batch = _database.CreateBatch();
        batch.BatchCommands.Add(new("select pg_advisory_xact_lock(hashtext('price_history'))"));
        batch.BatchCommands.Add(new("""
            create table if not exists price_history (
                symbol text not null,
                interval_seconds integer not null,
                interval_start bigint not null,
                price numeric not null,
                quote_currencies text not null,
                simulated boolean not null,
                primary key (symbol, interval_seconds, interval_start))
            """));
        await batch.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>Adds a price; nothing when it is there already.</summary>
    public async Task AddAsync(PriceObserved price, CancellationToken cancellation)
    {
        await using var command = _database.CreateCommand(Add);
        command.Parameters.Add(new() { Value = price.Symbol });
        command.Parameters.Add(new() { Value = price.IntervalSeconds });
        command.Parameters.Add(new() { Value = price.IntervalStart.ToUnixTimeSeconds() });
        command.Parameters.Add(new() { Value = price.Price, NpgsqlDbType = NpgsqlDbType.Numeric });
        command.Parameters.Add(new() { Value = price.QuoteCurrencies });
        command.Parameters.Add(new() { Value = price.Simulated });
        await command.ExecuteNonQueryAsync(cancellation);
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

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _database.DisposeAsync();
}
