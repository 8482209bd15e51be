using Npgsql;

namespace Trading.Journal.Postgres;

/// <summary>Short forms of what every reader of the database asks.</summary>
internal static class Querying
{
    /// <summary>The rows of a statement, all in memory.</summary>
    /// <param name="database">The database.</param>
    /// <param name="sql">The statement, with $1 and so on for the values.</param>
    /// <param name="read">Makes a value of the row that the reader stands on.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <param name="values">The values, in order; a parameter where PostgreSQL must be told the type.</param>
    public static async Task<List<T>> RowsAsync<T>(this NpgsqlDataSource database, string sql, Func<NpgsqlDataReader, T> read,
        CancellationToken cancellation, params object[] values)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        return await connection.RowsAsync(sql, read, cancellation, values);
    }

    /// <summary>The rows of a statement, all in memory, as the connection's transaction sees them.</summary>
    public static async Task<List<T>> RowsAsync<T>(this NpgsqlConnection connection, string sql, Func<NpgsqlDataReader, T> read,
        CancellationToken cancellation, params object[] values)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values)
            command.Parameters.Add(value as NpgsqlParameter ?? new() { Value = value });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var rows = new List<T>();
        while (await reader.ReadAsync(cancellation))
            rows.Add(read(reader));
        return rows;
    }

    /// <summary>Whether all of the tables are there, each with its schema where that is not the usual one.</summary>
    public static async Task<bool> HasTablesAsync(this NpgsqlDataSource database, CancellationToken cancellation, params string[] tables)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        return await connection.HasTablesAsync(cancellation, tables);
    }

    /// <summary>Whether all of the tables are there, as the connection's transaction sees it.</summary>
    public static async Task<bool> HasTablesAsync(this NpgsqlConnection connection, CancellationToken cancellation, params string[] tables)
    {
        await using var command = new NpgsqlCommand("select bool_and(to_regclass(name) is not null) from unnest($1) as name", connection)
        { Parameters = { new() { Value = tables } } };
        return await command.ExecuteScalarAsync(cancellation) is true;
    }

    /// <summary>Carries out a statement, however long it takes.</summary>
    /// <returns>How many rows it changed.</returns>
    public static async Task<int> ExecuteAsync(
        this NpgsqlConnection connection, string sql, CancellationToken cancellation, params object[] values)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        foreach (var value in values)
            command.Parameters.Add(value as NpgsqlParameter ?? new() { Value = value });
        return await command.ExecuteNonQueryAsync(cancellation);
    }
}
