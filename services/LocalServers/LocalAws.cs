namespace Trading.LocalServers;

/// <summary>
/// A private SNS, SQS and S3 endpoint on loopback, for tests and for trying the distributed system without AWS: the npm package
/// fauxqs. It keeps everything in memory and ends when it is disposed of or when the process that started it ends, however that happens.
/// </summary>
public sealed class LocalAws : IAsyncDisposable
{
    private readonly NpmServer server;

    private LocalAws(NpmServer server) => this.server = server;

    /// <summary>The address to give as service URL to SNS, SQS and S3 clients.</summary>
    public Uri Url => server.Url;

    public int ProcessId => server.ProcessId;

    /// <summary>Environment variables that point any AWS client of another process at this endpoint.</summary>
    public IReadOnlyDictionary<string, string> Environment => new Dictionary<string, string>
    {
        ["AWS_ENDPOINT_URL"] = Url.ToString(),
        ["AWS_REGION"] = "us-east-1",
        ["AWS_ACCESS_KEY_ID"] = "local",
        ["AWS_SECRET_ACCESS_KEY"] = "local",
    };

    /// <summary>Installs the endpoint if this version is not in the cache yet, starts it and returns when it answers.</summary>
    /// <param name="port">The port to listen on; 0 takes a free one.</param>
    /// <param name="cacheFolder">Where the package is installed; by default the user's cache folder.</param>
    /// <param name="cancellationToken">Gives up the install or the start.</param>
    /// <exception cref="InvalidOperationException">
    /// Node.js or npm is missing, the install failed, or the port is taken; one line that says which.
    /// </exception>
    public static async Task<LocalAws> StartAsync(
        int port = 0, string? cacheFolder = null, CancellationToken cancellationToken = default) =>
        new(await NpmServer.StartAsync(typeof(LocalAws).Assembly, "fauxqs", "SNS/SQS endpoint", port, cacheFolder, cancellationToken));

    public ValueTask DisposeAsync() => server.DisposeAsync();
}
