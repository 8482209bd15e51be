namespace Trading.LocalServers;

/// <summary>
/// Where programs keep data on this machine: the folder in TRADING_HOME; else /var/lib/trading for root, whose own folders PostgreSQL's
/// user cannot reach; else the folder trading in the user's local application data: ~/.local/share on Linux, ~/Library/Application Support
/// on macOS, %LOCALAPPDATA% on Windows.
/// </summary>
public static class TradingHome
{
    /// <summary>The environment variable that names another folder, for example a container's volume.</summary>
    public const string Variable = "TRADING_HOME";

    private const string Name = "trading";

    private static readonly bool IsRoot = !OperatingSystem.IsWindows() && Environment.IsPrivilegedProcess;

    /// <summary>The folder; it may not exist yet.</summary>
    /// <exception cref="PrivatePostgresException">The user has no home folder, and the variable names none.</exception>
    public static string Folder => FolderOrNone
        ?? throw new PrivatePostgresException($"This user has no home folder to keep data in: set {Variable} to a folder");

    /// <summary>The folder; null where the user has no home folder and the variable names none.</summary>
    public static string? FolderOrNone => Given ?? (Home() is { Length: > 0 } home ? Path.Combine(home, Name) : null);

    /// <summary>Where programs that were fetched are kept; they can be fetched again.</summary>
    public static string Cache => Path.Combine(Folder, "cache");

    /// <summary>The folder that the variable names; null without one.</summary>
    public static string? Given =>
        Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } given ? Path.GetFullPath(given) : null;

    /// <summary>A folder or file of this user's data.</summary>
    /// <param name="name">The kind, for example postgres.</param>
    public static string Place(string name) => Path.Combine(Folder, name);

    private static string Home() => IsRoot ? "/var/lib"
        : Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
}
