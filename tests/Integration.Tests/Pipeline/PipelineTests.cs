using Xunit;

namespace Trading.Integration.Tests;

/// <summary>Tests of the whole chain: one after the other, for each uses all of the machine; a folder for each.</summary>
[CollectionDefinition(nameof(PipelineTests))]
public abstract class PipelineTests : IDisposable
{
    protected string Folder { get; } = Directory.CreateTempSubdirectory("trading-test-").FullName;

    public void Dispose()
    {
        GC.SuppressFinalize(this);
        Directory.Delete(Folder, recursive: true);
    }
}
