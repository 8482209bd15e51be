using System.Globalization;
using Npgsql;
using Trading.Journal.Schema;

namespace Trading.Journal.Tables;

/// <summary>The tables of the price history, one for each UTC month, and one for the prices of months that have none.</summary>
internal static class PriceMonths
{
    /// <summary>Months after this one that trading journal migrate makes tables for.</summary>
    public const int MonthsAhead = 24;

    /// <summary>Held while the history's tables are changed.</summary>
    public const string Lock = "select pg_advisory_xact_lock(hashtext('price_history'))";

    // The owner of the history makes a month's table when its first price comes. Any other role needs that table, or the one for the rest,
    // to be there.
    private const string Kind = """
        select to_regclass($1) is not null or (to_regclass($2) is not null and not pg_has_role(relowner, 'usage'))
        from pg_class where oid = to_regclass('price_history')
        """;

    /// <summary>The month of an instant.</summary>
    public static DateTime Of(long unixSeconds)
    {
        var at = DateTimeOffset.FromUnixTimeSeconds(unixSeconds);
        return new(at.Year, at.Month, 1, 0, 0, 0, DateTimeKind.Utc);
    }

    /// <summary>The statement that creates the table of a month.</summary>
    public static string Create(DateTime month) =>
        $"create table if not exists {Name(month)} partition of price_history for values {Range(month)}";

    /// <summary>Makes a table for a month unless its prices have a place already.</summary>
    public static async Task NeedAsync(NpgsqlDataSource database, DateTime month, CancellationToken cancellation)
    {
        await using (var there = database.CreateCommand(Kind))
        {
            there.Parameters.Add(new() { Value = Name(month) });
            there.Parameters.Add(new() { Value = JournalSchema.PriceRest });
            if (await there.ExecuteScalarAsync(cancellation) is true)
                return;
        }
        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(new(Lock));
        batch.BatchCommands.Add(new(Create(month)));
        try
        {
            await batch.ExecuteNonQueryAsync(cancellation);
        }
        catch (PostgresException rest) when (rest.SqlState == PostgresErrorCodes.CheckViolation)
        {
            // Prices of the month are in the table for the rest; more may be added there until a migration moves them.
        }
    }

    /// <summary>Makes the history, the tables of this month and the next ones, and the one for the rest, whose prices it moves.</summary>
    /// <returns>How many prices were moved.</returns>
    public static async Task<int> PrepareAsync(NpgsqlDataSource database, DateTimeOffset now, CancellationToken cancellation)
    {
        await PriceTable.CreateAsync(database, cancellation);
        var first = Of(now.ToUnixTimeSeconds());
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await ExecuteAsync(connection, Lock, cancellation);
        var moved = 0;
        if (!await IsThereAsync(connection, JournalSchema.PriceRest, cancellation))
            await ExecuteAsync(connection, $"create table {JournalSchema.PriceRest} partition of price_history default", cancellation);
        foreach (var month in await RestAsync(connection, cancellation))
            moved += await MoveAsync(connection, month, cancellation);
        for (var ahead = 0; ahead <= MonthsAhead; ahead++)
        {
            if (!await IsThereAsync(connection, Name(first.AddMonths(ahead)), cancellation))
                await ExecuteAsync(connection, Create(first.AddMonths(ahead)), cancellation);
        }
        await transaction.CommitAsync(cancellation);
        return moved;
    }

    /// <summary>The tables of this month and the next that are not there.</summary>
    public static async Task<IReadOnlyList<string>> MissingAsync(
        NpgsqlDataSource database, DateTimeOffset now, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var missing = new List<string>();
        for (var ahead = 0; ahead <= 1; ahead++)
        {
            var name = Name(Of(now.ToUnixTimeSeconds()).AddMonths(ahead));
            if (!await IsThereAsync(connection, name, cancellation))
                missing.Add(name);
        }
        return missing;
    }

    private static string Name(DateTime month) => string.Create(CultureInfo.InvariantCulture, $"price_history_{month:yyyy_MM}");

    private static string Range(DateTime month) =>
        string.Create(CultureInfo.InvariantCulture, $"from ({Seconds(month)}) to ({Seconds(month.AddMonths(1))})");

    private static long Seconds(DateTime month) => new DateTimeOffset(month).ToUnixTimeSeconds();

    private static async Task<int> MoveAsync(NpgsqlConnection connection, DateTime month, CancellationToken cancellation)
    {
        var name = Name(month);
        var rest = JournalSchema.PriceRest;
        var within = string.Create(
            CultureInfo.InvariantCulture, $"interval_start >= {Seconds(month)} and interval_start < {Seconds(month.AddMonths(1))}");
        await ExecuteAsync(
            connection, $"create table {name} (like {rest} including defaults including constraints including indexes)", cancellation);
        var moved = await ExecuteAsync(
            connection,
            $"with gone as (delete from {rest} where {within} returning *) insert into {name} select * from gone", cancellation);
        await ExecuteAsync(connection, $"alter table price_history attach partition {name} for values {Range(month)}", cancellation);
        return moved;
    }

    private static async Task<List<DateTime>> RestAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        const string Months =
            $"select distinct date_trunc('month', to_timestamp(interval_start) at time zone 'utc') from {JournalSchema.PriceRest}";
        await using var command = new NpgsqlCommand(Months, connection) { CommandTimeout = 0 };
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var months = new List<DateTime>();
        while (await reader.ReadAsync(cancellation))
            months.Add(DateTime.SpecifyKind(reader.GetDateTime(0), DateTimeKind.Utc));
        return months;
    }

    private static async Task<bool> IsThereAsync(NpgsqlConnection connection, string table, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand("select to_regclass($1) is not null", connection);
        command.Parameters.Add(new() { Value = table });
        return await command.ExecuteScalarAsync(cancellation) is true;
    }

    private static async Task<int> ExecuteAsync(NpgsqlConnection connection, string statement, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(statement, connection) { CommandTimeout = 0 };
        return await command.ExecuteNonQueryAsync(cancellation);
    }
}
