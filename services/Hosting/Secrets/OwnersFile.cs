namespace Trading.Hosting.Secrets;

/// <summary>Files with secrets: only their owner may read or write them, and they are small.</summary>
public static class OwnersFile
{
    private const UnixFileMode Others = (UnixFileMode)0b000_111_111;
    private const int MaxBytes = 1 << 20;

    /// <summary>Opens a file for reading.</summary>
    /// <param name="file">The file.</param>
    /// <param name="what">What the file is, for errors, for example "secrets file".</param>
    /// <exception cref="SecretException">It does not exist, cannot be read, or others can read it.</exception>
    public static FileStream Open(string file, string what)
    {
        if (!File.Exists(file))
            throw new SecretException($"the {what} {file} does not exist");
        FileStream stream;
        try
        {
            stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new SecretException($"the {what} {file} cannot be read: {unreadable.GetType().Name}");
        }
        // The mode is that of the open file, so nobody can change it in between.
        var wrong = !OperatingSystem.IsWindows() && (File.GetUnixFileMode(stream.SafeFileHandle) & Others) != 0 ? "can be read by others "
            + $"than its owner: chmod 600 {file}"
            : !FileOwner.IsTrusted(stream.SafeFileHandle) ? "belongs to another user than this program's and root"
            : stream.Length > MaxBytes ? $"is larger than {MaxBytes} bytes"
            : null;
        if (wrong is null)
            return stream;
        stream.Dispose();
        throw new SecretException($"the {what} {file} {wrong}");
    }

    /// <summary>Reads a file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="what">What the file is, for errors.</param>
    /// <exception cref="SecretException">It does not exist, cannot be read, or others can read it.</exception>
    public static string Read(string file, string what)
    {
        using var reader = new StreamReader(Open(file, what));
        return reader.ReadToEnd();
    }
}
