using System.IO.Compression;
using System.Text.Json;

namespace Trading.Journal.Archives;

/// <summary>A file with an exported journal, open for reading.</summary>
public sealed class JournalArchive : IDisposable
{
    private readonly ZipArchive _archive;

    /// <summary>Opens a file.</summary>
    /// <exception cref="ArchiveException">It holds no journal, or one in a form of a later program.</exception>
    public JournalArchive(Stream file)
    {
        try
        {
            _archive = new(file, ZipArchiveMode.Read, leaveOpen: true);
            using var manifest = _archive.GetEntry(ArchiveManifest.EntryName)?.Open()
                ?? throw new ArchiveException("the file is no exported journal: it holds no manifest.json");
            Manifest = JsonSerializer.Deserialize<ArchiveManifest>(manifest, JournalExport.Json)
                ?? throw new ArchiveException("the file's manifest.json is empty");
        }
        catch (Exception unreadable) when (unreadable is InvalidDataException or JsonException)
        {
            throw new ArchiveException("the file is no exported journal, or only a part of one: trading journals export writes such files");
        }
        if (Manifest.Format != ArchiveManifest.CurrentFormat)
            throw new ArchiveException(FormattableString.Invariant($"the file has form {Manifest.Format}, and this program reads form ")
                + FormattableString.Invariant($"{ArchiveManifest.CurrentFormat}: use the version of trading that wrote it"));
    }

    /// <summary>What the file holds.</summary>
    public ArchiveManifest Manifest { get; }

    /// <summary>Checks that every table is whole, without a database.</summary>
    /// <param name="progress">Hears how many bytes each step read.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="ArchiveException">One is not what the manifest says.</exception>
    public async Task CheckAsync(Action<int> progress, CancellationToken cancellation)
    {
        foreach (var table in Manifest.Tables)
        {
            await using var rows = Open(table);
            try
            {
                Compare(table, await HashingCopy.RunAsync(rows, null, progress, cancellation));
            }
            catch (InvalidDataException)
            {
                throw Damaged(table);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _archive.Dispose();

    /// <summary>The rows of a table.</summary>
    internal Stream Open(ArchivedTable table) => _archive.GetEntry(table.Name)?.Open() ?? throw Damaged(table);

    /// <summary>Compares the hash of what was read with what the manifest says.</summary>
    internal static void Compare(ArchivedTable table, string sha256)
    {
        if (sha256 != table.Sha256)
            throw Damaged(table);
    }

    internal static ArchiveException Damaged(ArchivedTable table) =>
        new($"the file is damaged or was changed: its table {table.Name} is not what its manifest says");
}
