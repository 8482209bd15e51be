using Npgsql;
using Trading.Journal.Schema;

namespace Trading.Journal.Archives;

/// <summary>The tables of a journal as an export reads them and an import fills them: whole, in the order of their keys.</summary>
internal static class ArchivedTables
{
    private const string Tables = """
        select n.nspname = 'audit', c.relname,
            (select array_agg(a.attname::text order by a.attnum) from pg_attribute a
                where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''),
            (select array_agg(a.attname::text order by array_position(i.indkey::int2[], a.attnum)) from pg_index i
                join pg_attribute a on a.attrelid = c.oid and a.attnum = any(i.indkey) where i.indrelid = c.oid and i.indisprimary)
        from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind in ('r', 'p') and not c.relispartition and n.nspname in ('public', 'audit')
        """;

    private const string Sequences = """
        select (case when schemaname = 'audit' then 'audit.' else '' end) || sequencename, last_value from pg_sequences
        where last_value is not null and schemaname in ('public', 'audit')
        """;

    /// <summary>A table.</summary>
    /// <param name="Name">As the journal's schema names it.</param>
    /// <param name="Columns">Its columns that are stored.</param>
    /// <param name="Key">The columns of its primary key.</param>
    internal sealed record Table(string Name, IReadOnlyList<string> Columns, IReadOnlyList<string> Key)
    {
        private string Quoted => string.Join('.', Name.Split('.').Select(Quote));

        /// <summary>The statement that sends some of its columns, in the order of the key.</summary>
        public string CopyOut(IEnumerable<string> columns) =>
            $"copy (select {List(columns)} from {Quoted} order by {List(Key)}) to stdout (format binary)";

        /// <summary>The statement that takes them.</summary>
        public string CopyIn(IEnumerable<string> columns) => $"copy {Quoted} ({List(columns)}) from stdin (format binary)";

        /// <summary>The statement that counts its rows.</summary>
        public string Count => $"select count(*) from {Quoted}";

        private static string List(IEnumerable<string> columns) => string.Join(", ", columns.Select(Quote));

        private static string Quote(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }

    /// <summary>The tables of a journal that this database has, in the order in which one refers to another.</summary>
    public static async Task<IReadOnlyList<Table>> OfAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        var found = new Dictionary<string, Table>();
        await using (var command = new NpgsqlCommand(Tables, connection))
        await using (var reader = await command.ExecuteReaderAsync(cancellation))
        {
            while (await reader.ReadAsync(cancellation))
            {
                var name = (reader.GetBoolean(0) ? "audit." : "") + reader.GetString(1);
                if (!reader.IsDBNull(3))
                    found[name] = new(name, reader.GetFieldValue<string[]>(2), reader.GetFieldValue<string[]>(3));
            }
        }
        return [.. JournalSchema.AllTables.Select(table => found.GetValueOrDefault(table.Name)).OfType<Table>()];
    }

    /// <summary>The last number that each sequence gave.</summary>
    public static async Task<IReadOnlyDictionary<string, long>> SequencesAsync(
        NpgsqlConnection connection, CancellationToken cancellation)
    {
        var sequences = new Dictionary<string, long>();
        await using var command = new NpgsqlCommand(Sequences, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
            sequences[reader.GetString(0)] = reader.GetInt64(1);
        return sequences;
    }

    /// <summary>The number that a statement asks for.</summary>
    public static async Task<long> NumberAsync(NpgsqlConnection connection, string statement, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(statement, connection) { CommandTimeout = 0 };
        return (long)(await command.ExecuteScalarAsync(cancellation))!;
    }
}
