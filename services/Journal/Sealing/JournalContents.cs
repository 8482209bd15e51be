using System.Globalization;
using Npgsql;
using Trading.Core;
using Trading.Journal.Postgres;

namespace Trading.Journal.Sealing;

/// <summary>What a journal holds, in a few figures.</summary>
/// <param name="Prices">live, recorded or simulated; null while no account was opened.</param>
/// <param name="From">Time of its first event; null without one.</param>
/// <param name="To">Time of its last event; null without one.</param>
/// <param name="Events">How many events it holds (<see cref="MostCounted"/>).</param>
/// <param name="Trades">How many orders were filled and settled.</param>
/// <param name="SealedTo">The last event that is sealed; 0 for none.</param>
public sealed record JournalContents(
    string? Prices, DateTimeOffset? From, DateTimeOffset? To, long Events, long Trades, long SealedTo)
{
    /// <summary>
    /// So many events behind the last sealed one are counted. Where there are more, their numbers are taken for them, among which are those
    /// that failed appends left unused.
    /// </summary>
    public const int MostCounted = 10_000;

    // Appends of the same moment may stand in another order than their times.
    private const int Near = 100;

    private const string OfAccounts = """
        with recursive accounts (id) as (
            (select id from mt_streams where id >= $1 order by id limit 1)
            union all
            select (select s.id from mt_streams s where s.id > accounts.id order by s.id limit 1) from accounts
            where accounts.id like $1 || '%')
        select e.data ->> 'marketData', d.data ->> 'tradesSettled', coalesce(jsonb_typeof(d.data -> 'external') = 'object', false)
        from accounts a left join mt_events e on e.stream_id = a.id and e.version = 1 and e.type = 'account_opened'
            left join mt_doc_portfolio d on d.id = a.id
        where a.id like $1 || '%' order by e.seq_id
        """;

    // Fills of others count in the account and are no orders' of its own. They are few, and have an index.
    private const string TakenOver = "select count(*) from mt_events where type = 'external_fill_booked'";

    private const string Counted = "select (select data ->> 'marketData' from mt_events where type = 'account_opened' order by seq_id "
        + "limit 1), count(*) from mt_events where type = 'trade_settled'";

    // A checkpoint without its figures was changed: the check finds it, and here it seals nothing.
    private const string LastSeal =
        "select coalesce(size, 0), coalesce(last_seq_id, 0) from audit.checkpoints order by position desc limit 1";

    // A journal on played prices is opened before its clock has a time.
    private static readonly string OfEvents = $"""
        select (select count(*) from (select from mt_events where seq_id > $1 order by seq_id limit $2) as newer),
            (select coalesce(min(seq_id), 1) from mt_events), (select coalesce(max(seq_id), 0) from mt_events),
            (select min(timestamp) from (select timestamp from mt_events where timestamp > '1971-01-01'
                order by seq_id limit {Near}) as first),
            (select max(timestamp) from (select timestamp from mt_events where timestamp > '1971-01-01'
                order by seq_id desc limit {Near}) as last),
            exists (select from mt_events where stream_id = '{AuditLeaf.SegmentStream}')
        """;

    /// <summary>Reads it at a cost that does not grow with the journal.</summary>
    /// <param name="connection">A connection to the journal's database.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="PostgresException">There is no journal, or it may not be read.</exception>
    public static async Task<JournalContents> ReadAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        // Before the events: what is appended meanwhile comes behind it.
        var (size, sealedTo) = await SealAsync(connection, cancellation);
        var (events, from, to) = await EventsAsync(connection, size, sealedTo, cancellation);
        var (prices, trades) = await TradesAsync(connection, cancellation);
        return new(prices, from, to, events, trades, sealedTo);
    }

    private static async Task<(long Size, long LastSequence)> SealAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        try
        {
            return (await connection.RowsAsync(LastSeal, row => (row.GetInt64(0), row.GetInt64(1)), cancellation)).FirstOrDefault();
        }
        catch (PostgresException missing) when (IsMissing(missing))
        {
            return (0, 0);
        }
    }

    private static async Task<(long Count, DateTimeOffset? From, DateTimeOffset? To)> EventsAsync(
        NpgsqlConnection connection, long size, long sealedTo, CancellationToken cancellation)
    {
        var (newer, first, last, from, to, archived) = (await connection.RowsAsync(OfEvents, row => (
            row.GetInt64(0), row.GetInt64(1), row.GetInt64(2), At(row, 3), At(row, 4), row.GetBoolean(5)), cancellation,
            sealedTo, MostCounted + 1)).Single();
        // What was moved into files has left its leaves behind.
        var count = archived
            ? (await connection.RowsAsync("select count(*) from mt_events", row => row.GetInt64(0), cancellation)).Single()
            : newer <= MostCounted ? size + newer
            : size + last - Math.Max(sealedTo, first - 1);
        return (count, from, to);

        static DateTimeOffset? At(NpgsqlDataReader row, int column) =>
            row.IsDBNull(column) ? null : row.GetFieldValue<DateTimeOffset>(column);
    }

    // As the accounts count them themselves. Where one does not, or may not be read, the events are counted.
    private static async Task<(string? Prices, long Trades)> TradesAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        try
        {
            var accounts = await connection.RowsAsync(OfAccounts, row => (Prices: Text(row, 0), Trades: Whole(Text(row, 1)),
                TakesOver: row.GetBoolean(2)), cancellation, Portfolio.StreamId(""));
            if (accounts.All(account => account.Trades is not null))
            {
                var others = accounts.Any(account => account.TakesOver)
                    ? (await connection.RowsAsync(TakenOver, row => row.GetInt64(0), cancellation)).Single() : 0;
                return (accounts.FirstOrDefault().Prices, accounts.Sum(account => account.Trades!.Value) - others);
            }
        }
        catch (PostgresException missing) when (IsMissing(missing))
        {
            // The accounts' table is not there, or another's.
        }
        return (await connection.RowsAsync(Counted, row => (Text(row, 0), row.GetInt64(1)), cancellation)).Single();

        static string? Text(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

        static long? Whole(string? text) =>
            long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
    }

    /// <summary>Whether a statement failed because what it reads is not there, or may not be read.</summary>
    public static bool IsMissing(PostgresException failed) => failed.SqlState is PostgresErrorCodes.UndefinedTable
        or PostgresErrorCodes.InvalidSchemaName or PostgresErrorCodes.InsufficientPrivilege;
}
