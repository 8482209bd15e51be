namespace Trading.Journal;

/// <summary>
/// Keeps checkpoints in a folder, a file for each that is never written again: on another disk, or on one that somebody else holds, they tell when the whole journal was put back
/// or made anew.
/// </summary>
public sealed class FolderAnchor(string folder)
{
    private const string Ending = ".checkpoint";

    /// <summary>Keeps a checkpoint; nothing when it is there already.</summary>
    /// <returns>Its file.</returns>
    public string Keep(SignedCheckpoint checkpoint)
    {
        var place = Path.Combine(folder, FileName(checkpoint.Checkpoint.Origin));
        Directory.CreateDirectory(place);
        var file = Path.Combine(place, $"{checkpoint.Checkpoint.Size:D12}-{Convert.ToHexStringLower(checkpoint.Hash().AsSpan(0, 4))}{Ending}");
        if (File.Exists(file))
            return file;
        var made = $"{file}.{Environment.ProcessId}.new";
        File.WriteAllText(made, checkpoint.Note);
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

    /// <summary>All checkpoints of a journal that are kept, by size.</summary>
    /// <param name="origin">Name of the journal.</param>
    /// <exception cref="SealKeyException">A file holds no checkpoint.</exception>
    public IReadOnlyList<SignedCheckpoint> Kept(string origin)
    {
        var place = Path.Combine(folder, FileName(origin));
        return Directory.Exists(place) ? Load(place) : [];
    }

    /// <summary>The checkpoint in a file, or all in a folder.</summary>
    /// <exception cref="SealKeyException">There is none, or a file holds none.</exception>
    public static IReadOnlyList<SignedCheckpoint> Load(string fileOrFolder)
    {
        if (!Directory.Exists(fileOrFolder))
            return File.Exists(fileOrFolder) ? [SignedCheckpoint.Load(fileOrFolder)] : throw new SealKeyException($"{fileOrFolder} does not exist");
        return [.. Directory.EnumerateFiles(fileOrFolder, $"*{Ending}").Order(StringComparer.Ordinal).Select(SignedCheckpoint.Load)];
    }

    private static string FileName(string origin) => string.Concat(origin.Select(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.' ? letter : '_')).TrimStart('.');
}
