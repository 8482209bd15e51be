using System.Data;
using System.IO.Compression;
using System.Text.Json;
using Npgsql;
using Trading.Journal.Schema;

namespace Trading.Journal.Archives;

/// <summary>Writes a whole journal into one file: events, seals, prices and what alerts and models noted, as of one moment.</summary>
public static class JournalExport
{
    internal static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>Writes it; programs may go on writing to the journal meanwhile.</summary>
    /// <param name="database">The journal.</param>
    /// <param name="output">Where to; must be able to seek, because the file is read again to check it.</param>
    /// <param name="now">Noted as the time of the export.</param>
    /// <param name="progress">Hears how many bytes of rows were read so far.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="JournalSchemaException">The journal's tables are of an earlier version.</exception>
    public static async Task<ArchiveManifest> WriteAsync(NpgsqlDataSource database, Stream output, DateTimeOffset now,
        IProgress<long> progress, CancellationToken cancellation)
    {
        var state = await JournalSchema.StateAsync(database, null, cancellation);
        if (state.Version == 0)
        {
            throw new JournalSchemaException(
                "the tables of this journal are of an earlier version: trading journal migrate brings them up to date");
        }
        await using var connection = await database.OpenConnectionAsync(cancellation);
        // One moment for all tables.
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellation);
        var (tables, bytes) = (new List<ArchivedTable>(), 0L);
        ArchiveManifest manifest;
        using (var archive = new ZipArchive(output, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var table in await ArchivedTables.OfAsync(connection, cancellation))
            {
                var rows = await ArchivedTables.NumberAsync(connection, table.Count, cancellation);
                if (rows == 0)
                    continue;
                await using var entry = await archive.CreateEntry(table.Name, CompressionLevel.Fastest).OpenAsync(cancellation);
                await using var copy = await connection.BeginRawBinaryCopyAsync(table.CopyOut(table.Columns), cancellation);
                tables.Add(new(table.Name, table.Columns, rows,
                    await HashingCopy.RunAsync(copy, entry, count => progress.Report(bytes += count), cancellation)));
            }
            manifest = new(ArchiveManifest.CurrentFormat, connection.Database, state.Version, now, tables,
                await ArchivedTables.SequencesAsync(connection, cancellation));
            await using var last = await archive.CreateEntry(ArchiveManifest.EntryName).OpenAsync(cancellation);
            await JsonSerializer.SerializeAsync(last, manifest, Json, cancellation);
        }
        output.Position = 0;
        using var written = new JournalArchive(output);
        await written.CheckAsync(_ => { }, cancellation);
        return manifest;
    }
}
