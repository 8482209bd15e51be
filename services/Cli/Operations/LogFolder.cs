namespace Trading.Cli.Operations;

/// <summary>
/// The folder for the logs of one "trading up": logs, and logs-2, logs-3 and so on for those that run beside it. A folder belongs to one
/// program as long as that runs, however it ends; the next one takes it again.
/// </summary>
public sealed class LogFolder : IDisposable
{
    private const int Most = 100;
    private readonly FileStream _lock;

    private LogFolder(string path, FileStream held) => (Path, _lock) = (path, held);

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>Takes the first folder that no other program has.</summary>
    /// <param name="home">Where the folders lie.</param>
    /// <exception cref="IOException">None can be taken: the last reason.</exception>
    public static LogFolder Take(string home)
    {
        for (var number = 1; ; number++)
        {
            var path = System.IO.Path.Combine(home, number == 1 ? "logs" : $"logs-{number}");
            Directory.CreateDirectory(path);
            try
            {
                // Nobody else may open it meanwhile; the system gives it back when the process ends in whatever way.
                return new(path, new(System.IO.Path.Combine(path, ".in-use"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
            }
            catch (IOException) when (number < Most)
            {
                // Another program has it.
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _lock.Dispose();
}
