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
    public async Task<string> KeepAsync(SignedCheckpoint checkpoint, CancellationToken cancellation)
    {
        var file = Path.Combine(folder, AnchorPath.Of(checkpoint));
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            if (File.Exists(file))
                return file;
            var made = $"{file}.{Environment.ProcessId}.new";
            await File.WriteAllTextAsync(made, checkpoint.Cosigned, cancellation);
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
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            throw new AnchorException(failed.Message);
        }
    }

    /// <inheritdoc/>
    public Task<KeptCheckpoints> KeptAsync(string origin, CancellationToken cancellation)
    {
        var beginning = AnchorPath.Beginning(origin);
        try
        {
            return Task.FromResult(KeptCheckpoints.Of(!Directory.Exists(folder) ? []
                : Directory.EnumerateDirectories(folder, $"{beginning}*")
                    .Where(place => AnchorPath.IsOf(Path.GetFileName(place), beginning)).SelectMany(Files).Select(Read)));
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            throw new AnchorException(failed.Message);
        }
    }

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

    private static IEnumerable<string> Files(string folder) =>
        Directory.EnumerateFiles(folder, $"*{AnchorPath.Ending}").Order(StringComparer.Ordinal);

    private static (string Place, string Text) Read(string file) => (file, File.ReadAllText(file));
}
