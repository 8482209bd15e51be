using Npgsql;
using Trading.Journal.Bundles;
using Trading.Journal.Sealing;
using Trading.TestKit.Audit;
using Xunit;

namespace Trading.Integration.Tests.Audit;

/// <summary>A copy of a sealed journal, a folder for what is written of it, and the program.</summary>
public abstract class ProofTest(SealedJournal sealedJournal) : IClassFixture<SealedJournal>, IDisposable
{
    private protected readonly SealedJournal journal = sealedJournal;

    private protected readonly string _folder = Directory.CreateTempSubdirectory("trading-proofs-").FullName;

    public void Dispose()
    {
        GC.SuppressFinalize(this);
        Directory.Delete(_folder, recursive: true);
    }

    private protected async Task<string> BundleAsync(NpgsqlDataSource database, BundleRange range)
    {
        var file = Path.Combine(_folder, $"{Guid.NewGuid()}.ndjson");
        var checkpoint = (await SealedTree.LastAsync(database, default))!;
        await using var output = File.Create(file);
        await Bundle.WriteAsync(database, range, checkpoint,
            await SealedTree.LoadAsync(database, checkpoint.Checkpoint.Size, null, default), output, null, default);
        return file;
    }

    private protected Task<BundleVerification> VerifyAsync(string file) => Bundle.VerifyAsync(file, [journal.Key.Public], default);

    private protected static async Task<(int Code, string Output)> RunAsync(string? connection, params string[] arguments)
    {
        var (code, output, errors) = await AuditProgram.RunHereAsync(connection, arguments);
        return (code, output + errors);
    }
}
