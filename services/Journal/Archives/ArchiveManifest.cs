namespace Trading.Journal.Archives;

/// <summary>What a file holds that a journal was exported to: it stands in the file as manifest.json.</summary>
/// <param name="Format">Version of the file's form.</param>
/// <param name="Database">The database that the journal had.</param>
/// <param name="SchemaVersion">Version of the journal's tables.</param>
/// <param name="ExportedAt">When it was exported (UTC).</param>
/// <param name="Tables">The tables that hold rows, in the order in which they are filled again.</param>
/// <param name="Sequences">The last number that each sequence gave, by the sequence's name.</param>
public sealed record ArchiveManifest(int Format, string Database, int SchemaVersion, DateTimeOffset ExportedAt,
    IReadOnlyList<ArchivedTable> Tables, IReadOnlyDictionary<string, long> Sequences)
{
    /// <summary>The form that this program writes and reads.</summary>
    public const int CurrentFormat = 1;

    /// <summary>The name of the manifest within the file.</summary>
    internal const string EntryName = "manifest.json";

    /// <summary>How many rows all tables hold.</summary>
    public long Rows => Tables.Sum(table => table.Rows);
}

/// <summary>A table within the file.</summary>
/// <param name="Name">Its name, for example mt_events or audit.leaves.</param>
/// <param name="Columns">Its columns, in the order of the rows' fields.</param>
/// <param name="Rows">How many rows it holds.</param>
/// <param name="Sha256">SHA-256 of its rows in PostgreSQL's binary form, in the order of the primary key; hexadecimal.</param>
public sealed record ArchivedTable(string Name, IReadOnlyList<string> Columns, long Rows, string Sha256);

/// <summary>A file that is no exported journal, is damaged, or does not fit this program; the message is one line for people.</summary>
public sealed class ArchiveException(string message) : Exception(message);
