using Npgsql;
using Xunit;

namespace Trading.Integration.Tests.Audit;

/// <summary>A row of a table: where it is, all that it holds, and what reports call it.</summary>
internal sealed record JournalRow(string Place, string Json, string Name)
{
    /// <summary>Keeps a row of a table as it is; its name is an expression in SQL.</summary>
    public static async Task<JournalRow> SaveAsync(NpgsqlDataSource database, string table, int offset, string name)
    {
        await using var command = database.CreateCommand($"""
            select format('tableoid = %s and ctid = %L', tableoid, ctid), to_json(t)::text, {name}
            from {table} t order by 1 offset {offset} limit 1
            """);
        await using var reader = await command.ExecuteReaderAsync();
        Assert.True(await reader.ReadAsync(), $"{table} has no row");
        return new(reader.GetString(0), reader.GetString(1), reader.GetString(2));
    }

    /// <summary>Puts it back in the place of what became of it.</summary>
    public async Task RestoreAsync(NpgsqlDataSource database, string table)
    {
        await using var command = database.CreateCommand($"set session_replication_role = replica; delete from {table} where "
            + $"{Place}; insert into {table} overriding system value select (json_populate_record(null::{table}, "
            + $"'{Json.Replace("'", "''", StringComparison.Ordinal)}')).*");
        await command.ExecuteNonQueryAsync();
    }
}
