namespace Trading.TestKit.Pipeline;

/// <summary>
/// A folder for each test of the whole chain. Short ones share a collection; a class with long ones is one by itself, so that it runs
/// beside the others.
/// </summary>
public abstract class SerialTest : IDisposable
{
    protected string Folder { get; } = Directory.CreateTempSubdirectory("trading-test-").FullName;

    public void Dispose()
    {
        GC.SuppressFinalize(this);
        Directory.Delete(Folder, recursive: true);
    }
}
