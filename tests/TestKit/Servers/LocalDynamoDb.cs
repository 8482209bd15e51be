using Trading.LocalServers;

namespace Trading.TestKit.Servers;

/// <summary>
/// A DynamoDB endpoint of one's own on loopback, for tests and for trying the system without AWS: the npm package dynalite. It keeps
/// everything in memory and ends when it is disposed of or when the process that started it ends, however that happens.
/// </summary>
public sealed class LocalDynamoDb : IAsyncDisposable
{
    private readonly NpmServer server;

    private LocalDynamoDb(NpmServer server) => this.server = server;

    /// <summary>The address to give as service URL to DynamoDB clients.</summary>
    public Uri Url => server.Ended is { } why ? throw new InvalidOperationException($"dynalite ended: {why}") : server.Url;

    /// <summary>Installs the endpoint if this version is not in the cache yet, starts it and returns when it answers.</summary>
    /// <param name="port">The port to listen on; 0 takes a free one.</param>
    /// <param name="cacheFolder">Where the package is installed; by default the user's cache folder.</param>
    /// <param name="cancellationToken">Gives up the install or the start.</param>
    /// <exception cref="InvalidOperationException">
    /// Node.js or npm is missing, the install failed, or the port is taken; one line that says which.
    /// </exception>
    public static async Task<LocalDynamoDb> StartAsync(
        int port = 0, string? cacheFolder = null, CancellationToken cancellationToken = default) =>
        new(await NpmServer.StartAsync(typeof(LocalDynamoDb).Assembly, "dynalite", "DynamoDB endpoint", port,
            cacheFolder, cancellationToken));

    public ValueTask DisposeAsync() => server.DisposeAsync();
}
