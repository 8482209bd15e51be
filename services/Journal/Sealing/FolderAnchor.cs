using Trading.Journal.Keys;

namespace Trading.Journal.Sealing;

/// <summary>
/// Keeps checkpoints in a folder, each in a file that is never written again: on another disk, or on one that somebody else controls.
/// </summary>
public sealed class FolderAnchor(string folder) : IAnchor
{
    /// <inheritdoc/>
    public string Name => "folder";

    /// <inheritdoc/>
    public Task SetUpAsync(string origin, string? journal, CancellationToken cancellation) => AskAsync(async () =>
    {
        Directory.CreateDirectory(folder);
        return await WriteOnceAsync(MarkerFile(origin), AnchorMarker.Of(origin, journal).Text(), cancellation);
    });

    /// <inheritdoc/>
    public Task<AnchorMarker?> MarkerAsync(string origin, CancellationToken cancellation) => AskAsync(async () =>
    {
        MustBeThere();
        var file = MarkerFile(origin);
        return File.Exists(file) ? AnchorMarker.Parse(file, await File.ReadAllTextAsync(file, cancellation)) : null;
    });

    /// <inheritdoc/>
    public async Task<string> KeepAsync(SignedCheckpoint checkpoint, CancellationToken cancellation)
    {
        if (await MarkerAsync(checkpoint.Checkpoint.Origin, cancellation) is null)
            throw AnchorException.Unmarked(Name, folder);
        return await AskAsync(async () =>
        {
            var file = Path.Combine(folder, AnchorPath.Of(checkpoint));
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            return await WriteOnceAsync(file, checkpoint.Cosigned, cancellation);
        });
    }

    /// <inheritdoc/>
    public Task<KeptCheckpoints> KeptAsync(string origin, CancellationToken cancellation) => AskAsync(() =>
    {
        MustBeThere();
        var beginning = AnchorPath.Beginning(origin);
        return Task.FromResult(KeptCheckpoints.Of(Directory.EnumerateDirectories(folder, $"{beginning}*")
            .Where(place => AnchorPath.IsOf(Path.GetFileName(place), beginning)).SelectMany(Files).Select(Read)));
    });

    /// <summary>The checkpoint in a file, or all in a folder.</summary>
    /// <exception cref="SealKeyException">There is no such file, or none in the folder.</exception>
    public static KeptCheckpoints Load(string fileOrFolder)
    {
        if (!Directory.Exists(fileOrFolder))
            return File.Exists(fileOrFolder) ? KeptCheckpoints.Of([Read(fileOrFolder)])
                : throw new SealKeyException($"{fileOrFolder} does not exist");
        var kept = KeptCheckpoints.Of(Files(fileOrFolder).Select(Read));
        return kept.IsEmpty ? throw new SealKeyException($"{fileOrFolder} holds no file that ends with {AnchorPath.Ending}") : kept;
    }

    private string MarkerFile(string origin) => Path.Combine(folder, AnchorPath.Marker(origin));

    private void MustBeThere()
    {
        if (!Directory.Exists(folder))
            throw new AnchorException($"{Name}: {folder} is not there", isAbsent: true);
    }

    // Nothing is ever written again: who reads finds the whole text or none.
    private static async Task<string> WriteOnceAsync(string file, string text, CancellationToken cancellation)
    {
        if (File.Exists(file))
            return file;
        var made = $"{file}.{Environment.ProcessId}.new";
        await File.WriteAllTextAsync(made, text, cancellation);
        File.SetAttributes(made, FileAttributes.ReadOnly);
        try
        {
            File.Move(made, file, overwrite: false);
        }
        catch (IOException) when (File.Exists(file))
        {
            File.SetAttributes(made, FileAttributes.Normal);
            File.Delete(made);
        }
        return file;
    }

    private static async Task<T> AskAsync<T>(Func<Task<T>> ask)
    {
        try
        {
            return await ask();
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            throw new AnchorException(failed.Message);
        }
    }

    private static IEnumerable<string> Files(string folder) =>
        Directory.EnumerateFiles(folder, $"*{AnchorPath.Ending}").Order(StringComparer.Ordinal);

    private static (string Place, string Text) Read(string file) => (file, File.ReadAllText(file));
}
