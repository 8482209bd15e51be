namespace Trading.Journal;

/// <summary>Keeps checkpoints in a folder, a file for each that is never written again: on another disk, or on one that somebody else holds.</summary>
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
            await File.WriteAllTextAsync(made, checkpoint.Note, cancellation);
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
    public Task<IReadOnlyList<SignedCheckpoint>> KeptAsync(string origin, CancellationToken cancellation)
    {
        var beginning = AnchorPath.Beginning(origin);
        return Task.FromResult<IReadOnlyList<SignedCheckpoint>>(!Directory.Exists(folder) ? []
            : [.. Directory.EnumerateDirectories(folder, $"{beginning}*").Where(place => AnchorPath.IsOf(Path.GetFileName(place), beginning)).SelectMany(Load).OrderBy(kept => kept.Checkpoint.Size)]);
    }

    /// <summary>The checkpoint in a file, or all in a folder.</summary>
    /// <exception cref="SealKeyException">There is none, or a file holds none.</exception>
    public static IReadOnlyList<SignedCheckpoint> Load(string fileOrFolder)
    {
        if (!Directory.Exists(fileOrFolder))
            return File.Exists(fileOrFolder) ? [SignedCheckpoint.Load(fileOrFolder)] : throw new SealKeyException($"{fileOrFolder} does not exist");
        var kept = Directory.EnumerateFiles(fileOrFolder, $"*{AnchorPath.Ending}").Order(StringComparer.Ordinal).Select(SignedCheckpoint.Load).ToList();
        return kept.Count > 0 ? kept : throw new SealKeyException($"{fileOrFolder} holds no file that ends with {AnchorPath.Ending}");
    }
}
