using Trading.Core;
using Trading.Journal.Bundles;
using Trading.Journal.Sealing;

namespace Trading.Dashboard.Reading;

/// <summary>
/// The tree of sealed events, kept in memory between two questions and continued from where it ends: 64 bytes an event. Forgotten when
/// nobody has asked for a while.
/// </summary>
/// <param name="database">Where the leaves are.</param>
public sealed class ProofTree(DashboardDatabase database) : IDisposable
{
    private static readonly TimeSpan Kept = TimeSpan.FromMinutes(10);
    private readonly SemaphoreSlim _one = new(1, 1);
    private MerkleProofs _tree = new();
    private long _asked;

    /// <summary>The proofs of the journal that a request asks about.</summary>
    public static async ValueTask<ProofTree?> BindAsync(HttpContext context) => (await OpenJournals.AskedForAsync(context)).Proofs;

    /// <summary>An event with the proof that the last checkpoint covers it, as JSON; null when it is not sealed.</summary>
    /// <exception cref="SealException">The tree is not as large as the checkpoint says.</exception>
    public async Task<string?> ProofAsync(long sequence, CancellationToken cancellation)
    {
        var name = sequence.ToString(System.Globalization.CultureInfo.InvariantCulture);
        if (await SealedTree.FindAsync(database.Journal, name, cancellation) is not { } found
            || await SealedTree.LastAsync(database.Journal, cancellation) is not { } last || found.Number >= last.Checkpoint.Size)
            return null;
        await _one.WaitAsync(cancellation);
        try
        {
            if (TimeProvider.System.GetElapsedTime(_asked) > Kept)
                _tree = new();
            _asked = TimeProvider.System.GetTimestamp();
            await ContinueAsync(last.Checkpoint.Size, cancellation);
            await foreach (var line in Bundle.EventsAsync(database.Journal, new BundleRange(sequence, sequence, null), _tree,
                last.Checkpoint.Size, cancellation))
                return Bundle.Proof(line, last, found.Leaf);
            return null;
        }
        finally
        {
            _one.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _one.Dispose();

    private async Task ContinueAsync(long size, CancellationToken cancellation)
    {
        try
        {
            await SealedTree.ContinueAsync(database.Journal, _tree, size, null, cancellation);
        }
        catch
        {
            // Half a tree proves nothing.
            _tree = new();
            throw;
        }
        if (_tree.Size >= size)
            return;
        var has = _tree.Size;
        _tree = new();
        throw new SealException($"the checkpoint is of {size} events and the tree has {has}: trading audit verify says more");
    }
}
