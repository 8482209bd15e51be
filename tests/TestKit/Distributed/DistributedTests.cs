using Trading.LocalServers;
using Xunit;

namespace Trading.TestKit.Distributed;

/// <summary>A folder for each test of the services as processes.</summary>
public abstract class DistributedTests : IDisposable
{
    protected string Folder { get; } = Directory.CreateTempSubdirectory("trading-test-").FullName;

    public void Dispose()
    {
        GC.SuppressFinalize(this);
        Directory.Delete(Folder, recursive: true);
    }
}

/// <summary>The SNS and SQS of these tests; each test has its own scope there.</summary>
public sealed class LocalEndpoint : IAsyncLifetime
{
    private LocalAws? _aws;

    public LocalAws Aws => _aws ?? throw new InvalidOperationException("The endpoint was not started.");

    public async Task InitializeAsync()
    {
        _aws = await LocalAws.StartAsync();
        // The test's own process speaks to the endpoint too, by its address.
        Environment.SetEnvironmentVariable("AWS_REGION", _aws.Environment["AWS_REGION"]);
    }

    public async Task DisposeAsync()
    {
        if (_aws is not null)
            await _aws.DisposeAsync();
    }
}
