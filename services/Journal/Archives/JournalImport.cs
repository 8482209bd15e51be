using Npgsql;
using Trading.Journal.Schema;
using Trading.Journal.Upgrades;

namespace Trading.Journal.Archives;

/// <summary>Fills an empty database with an exported journal, and compares every table with the file afterwards.</summary>
public static class JournalImport
{
    /// <summary>Fills it, in one transaction: whatever fails, the database stays empty.</summary>
    /// <param name="archive">The file.</param>
    /// <param name="database">The database, which must hold nothing, as its owner.</param>
    /// <param name="now">Tables for prices are made from this month on.</param>
    /// <param name="progress">Hears how many bytes of rows were written and compared so far.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="ArchiveException">The file is damaged, or made by a later version.</exception>
    public static async Task ReadAsync(JournalArchive archive, NpgsqlDataSource database, DateTimeOffset now, IProgress<long> progress,
        CancellationToken cancellation)
    {
        var manifest = archive.Manifest;
        if (manifest.SchemaVersion > JournalSchema.Version)
            throw new ArchiveException(FormattableString.Invariant($"the file has journal tables of version {manifest.SchemaVersion}, and ")
                + FormattableString.Invariant($"this program knows {JournalSchema.Version}: use a newer version of trading"));
        await SchemaUpgrade.AllAsync(database, null, now, cancellation);
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        var tables = (await ArchivedTables.OfAsync(connection, cancellation)).ToDictionary(table => table.Name);
        var bytes = 0L;
        foreach (var table in manifest.Tables)
        {
            var into = tables.GetValueOrDefault(table.Name);
            if (into is null || table.Columns.Except(into.Columns).Any())
            {
                throw new ArchiveException(
                    $"the file holds {table.Name} with {string.Join(", ", table.Columns)}, which this program does not know");
            }
            await FillAsync(archive, connection, table, into, Report, cancellation);
        }
        // What the database holds now, read again: nothing was lost, doubled or changed on the way.
        foreach (var table in manifest.Tables)
        {
            await using var copy = await connection.BeginRawBinaryCopyAsync(tables[table.Name].CopyOut(table.Columns), cancellation);
            JournalArchive.Compare(table, await HashingCopy.RunAsync(copy, null, Report, cancellation));
        }
        await SetSequencesAsync(connection, manifest.Sequences, cancellation);
        await transaction.CommitAsync(cancellation);

        void Report(int count) => progress.Report(bytes += count);
    }

    private static async Task FillAsync(JournalArchive archive, NpgsqlConnection connection, ArchivedTable table,
        ArchivedTables.Table into, Action<int> progress, CancellationToken cancellation)
    {
        await using var rows = archive.Open(table);
        await using var copy = await connection.BeginRawBinaryCopyAsync(into.CopyIn(table.Columns), cancellation);
        try
        {
            JournalArchive.Compare(table, await HashingCopy.RunAsync(rows, copy, progress, cancellation));
        }
        catch (Exception failure)
        {
            await copy.CancelAsync();
            if (failure is InvalidDataException)
                throw JournalArchive.Damaged(table);
            throw;
        }
    }

    private static async Task SetSequencesAsync(
        NpgsqlConnection connection, IReadOnlyDictionary<string, long> sequences, CancellationToken cancellation)
    {
        foreach (var (name, value) in sequences)
        {
            await using var command = new NpgsqlCommand(
                "select setval(to_regclass($1), $2, true) where to_regclass($1) is not null", connection)
            { Parameters = { new() { Value = name }, new() { Value = value } } };
            await command.ExecuteNonQueryAsync(cancellation);
        }
    }
}
