using System.Diagnostics;
using Trading.TestKit.Audit;
using Xunit;

namespace Trading.Integration.Tests.Audit;

/// <summary>Checkpoints that others cosign, and the programs that do.</summary>
public abstract class WitnessTest(SealedJournal sealedJournal) : IClassFixture<SealedJournal>, IDisposable
{
    private protected readonly SealedJournal journal = sealedJournal;

    private protected readonly string _folder = Directory.CreateTempSubdirectory("trading-witness-").FullName;
    private protected readonly HttpClient _client = new();
    private protected readonly List<Process> _programs = [];

    public void Dispose()
    {
        GC.SuppressFinalize(this);
        foreach (var program in _programs)
        {
            if (!program.HasExited)
                program.Kill();
            program.Dispose();
        }
        _client.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
