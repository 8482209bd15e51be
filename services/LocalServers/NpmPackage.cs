using System.Reflection;
using System.Security.Cryptography;

namespace Trading.LocalServers;

/// <summary>An npm package at the version in its embedded lock file, installed once per user.</summary>
internal static class NpmPackage
{
    private static readonly string[] Files = ["package.json", "package-lock.json", "server.mjs"];
    private static readonly TimeSpan InstallLimit = TimeSpan.FromMinutes(5);

    private static string DefaultCacheFolder()
    {
        if (TradingHome.Given is not null)
            return TradingHome.Cache;
        var folder = System.Environment.GetEnvironmentVariable("XDG_CACHE_HOME");
        if (string.IsNullOrEmpty(folder))
            folder = OperatingSystem.IsWindows()
                ? System.Environment.GetFolderPath(System.Environment.SpecialFolder.LocalApplicationData)
                : Path.Combine(System.Environment.GetFolderPath(System.Environment.SpecialFolder.UserProfile), ".cache");
        return Path.Combine(folder, "trading");
    }

    /// <summary>
    /// The folder of the installed package. It is named by its content and appears complete or not at all, so processes may race for it.
    /// </summary>
    public static async Task<string> InstallAsync(Assembly files, string package, string what, string? cacheFolder,
        CancellationToken cancellationToken)
    {
        cacheFolder ??= DefaultCacheFolder();
        var contents = Files.Select(file => ReadFile(files, package, file)).ToArray();
        var installed = Path.Combine(cacheFolder,
            package + "-" + Convert.ToHexStringLower(SHA256.HashData([.. contents.SelectMany(content => content)]))[..16]);
        if (Directory.Exists(installed))
            return installed;

        Directory.CreateDirectory(cacheFolder);
        var staging = Directory.CreateDirectory(Path.Combine(cacheFolder, Path.GetRandomFileName())).FullName;
        try
        {
            foreach (var (name, content) in Files.Zip(contents))
                await File.WriteAllBytesAsync(Path.Combine(staging, name), content, cancellationToken);
            await RunNpmAsync(staging, what, cancellationToken);
            Directory.Move(staging, installed);
        }
        catch (IOException) when (Directory.Exists(installed))
        {
            // Another process was first; its folder has the same content.
            Directory.Delete(staging, recursive: true);
        }
        catch
        {
            Directory.Delete(staging, recursive: true);
            throw;
        }
        return installed;
    }

    private static async Task RunNpmAsync(string folder, string what, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(InstallLimit);
        using var npm = NodeProcess.Start(OperatingSystem.IsWindows() ? "npm.cmd" : "npm", folder,
            ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], what);
        try
        {
            var output = npm.StandardOutput.ReadToEndAsync(limit.Token);
            var errors = npm.StandardError.ReadToEndAsync(limit.Token);
            await npm.WaitForExitAsync(limit.Token);
            await output;
            if (npm.ExitCode != 0)
                throw new InvalidOperationException(
                    $"npm could not install the local {what} (exit code {npm.ExitCode}): {NodeProcess.LastError(await errors)}");
        }
        catch (OperationCanceledException)
        {
            npm.Kill(entireProcessTree: true);
            throw;
        }
    }

    private static byte[] ReadFile(Assembly files, string package, string name)
    {
        using var resource = files.GetManifestResourceStream($"{package}/{name}")!;
        var content = new byte[resource.Length];
        resource.ReadExactly(content);
        return content;
    }
}
