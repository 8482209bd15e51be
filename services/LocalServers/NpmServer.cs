using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;

namespace Trading.LocalServers;

/// <summary>
/// A server on loopback from an npm package at the version in its embedded lock file, installed once per user and run by Node.js. It ends
/// when it is disposed of or when the process that started it ends, however that happens.
/// </summary>
public sealed class NpmServer : IAsyncDisposable
{
    private static readonly string[] Files = ["package.json", "package-lock.json", "server.mjs"];
    private static readonly TimeSpan InstallLimit = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);

    private readonly Process process;
    private readonly Task<string> errors;

    private NpmServer(Process process, int port, Task<string> errors)
    {
        (this.process, this.errors) = (process, errors);
        Url = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"));
    }

    public Uri Url { get; }

    public int ProcessId => process.Id;

    /// <summary>Why it ended by itself; null while it runs.</summary>
    public string? Ended => process.HasExited ? $"exit code {process.ExitCode}: {LastError(errors.Result)}" : null;

    /// <summary>Installs the package if this version is not in the cache yet, starts it and returns when it answers.</summary>
    /// <param name="files">The assembly that has the package's files embedded.</param>
    /// <param name="package">Name of the package, and of the embedded folder with its files.</param>
    /// <param name="what">What it is, for a person: SNS/SQS endpoint.</param>
    /// <param name="port">The port to listen on; 0 takes a free one.</param>
    /// <param name="cacheFolder">Where the package is installed; by default the user's cache folder.</param>
    /// <param name="cancellationToken">Gives up the install or the start.</param>
    /// <exception cref="InvalidOperationException">
    /// Node.js or npm is missing, the install failed, or the port is taken; one line that says which.
    /// </exception>
    public static async Task<NpmServer> StartAsync(Assembly files, string package, string what, int port, string? cacheFolder,
        CancellationToken cancellationToken)
    {
        var folder = await InstallAsync(files, package, what, cacheFolder ?? DefaultCacheFolder(), cancellationToken);
        var process = Start("node", folder, [Path.Combine(folder, "server.mjs"), port.ToString(CultureInfo.InvariantCulture)], what);
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(StartLimit);
            var errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
            var line = await process.StandardOutput.ReadLineAsync(limit.Token);
            if (line?.Split(' ') is ["listening", var bound])
                return new NpmServer(process, int.Parse(bound, CultureInfo.InvariantCulture), errors);
            throw new InvalidOperationException($"The local {what} did not start on port {port}: {LastError(await errors)}");
        }
        catch
        {
            await EndAsync(process);
            throw;
        }
    }

    public ValueTask DisposeAsync() => EndAsync(process);

    private static async ValueTask EndAsync(Process process)
    {
        if (!process.HasExited)
            process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync();
        process.Dispose();
    }

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
    private static async Task<string> InstallAsync(Assembly files, string package, string what, string cacheFolder,
        CancellationToken cancellationToken)
    {
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
        using var npm = Start(OperatingSystem.IsWindows() ? "npm.cmd" : "npm", folder,
            ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], what);
        try
        {
            var output = npm.StandardOutput.ReadToEndAsync(limit.Token);
            var errors = npm.StandardError.ReadToEndAsync(limit.Token);
            await npm.WaitForExitAsync(limit.Token);
            await output;
            if (npm.ExitCode != 0)
                throw new InvalidOperationException(
                    $"npm could not install the local {what} (exit code {npm.ExitCode}): {LastError(await errors)}");
        }
        catch (OperationCanceledException)
        {
            npm.Kill(entireProcessTree: true);
            throw;
        }
    }

    private static Process Start(string program, string folder, string[] arguments, string what)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            return Process.Start(start.WithoutSecrets())!;
        }
        catch (Win32Exception exception)
        {
            throw new InvalidOperationException(
                $"The local {what} needs Node.js 20 or newer with npm on the PATH; {program} could not be started: {exception.Message}",
                exception);
        }
    }

    private static byte[] ReadFile(Assembly files, string package, string name)
    {
        using var resource = files.GetManifestResourceStream($"{package}/{name}")!;
        var content = new byte[resource.Length];
        resource.ReadExactly(content);
        return content;
    }

    // The line that says what is wrong; node and npm print traces and hints around it.
    private static string LastError(string errors)
    {
        var lines = errors.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return lines.FirstOrDefault(line => line.Contains("rror", StringComparison.Ordinal)) ?? lines.FirstOrDefault() ?? "it said nothing";
    }
}
