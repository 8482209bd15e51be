using Trading.Core;
using Trading.Journal.Bundles;
using Trading.Journal.Sealing;

namespace Trading.Dashboard.Reading;

/// <summary>
/// The tree of sealed events, kept in memory between two questions and continued from where it ends: 64 bytes an event. Forgotten when
/// nobody has asked for a while.
/// </summary>
public sealed class ProofTree : IDisposable
{
    private static readonly TimeSpan Kept = TimeSpan.FromMinutes(10);
    private readonly SemaphoreSlim _one = new(1, 1);
    private readonly DashboardDatabase _database;
    private readonly ITimer _forgetting;
    private volatile MerkleProofs? _tree;

    /// <summary>A tree that nobody has asked for yet.</summary>
    /// <param name="database">Where the leaves are.</param>
    /// <param name="time">The clock by which it is forgotten; null for real time.</param>
    public ProofTree(DashboardDatabase database, TimeProvider? time = null)
    {
        _database = database;
        _forgetting = (time ?? TimeProvider.System).CreateTimer(
            _ => _tree = null, null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Sealed events in memory.</summary>
    public long InMemory => _tree?.Size ?? 0;

    /// <summary>The proofs of the journal that a request asks about.</summary>
    public static async ValueTask<ProofTree?> BindAsync(HttpContext context) => (await OpenJournals.AskedForAsync(context)).Proofs;

    /// <summary>An event with the proof that the last checkpoint covers it, as JSON; null when it is not sealed.</summary>
    /// <exception cref="SealException">The tree is not as large as the checkpoint says.</exception>
    public async Task<string?> ProofAsync(long sequence, CancellationToken cancellation)
    {
        var name = sequence.ToString(System.Globalization.CultureInfo.InvariantCulture);
        if (await SealedTree.FindAsync(_database.Journal, name, cancellation) is not { } found
            || await SealedTree.LastAsync(_database.Journal, cancellation) is not { } last || found.Number >= last.Checkpoint.Size)
            return null;
        await _one.WaitAsync(cancellation);
        try
        {
            var tree = await ContinuedAsync(last.Checkpoint.Size, cancellation);
            await foreach (var line in Bundle.EventsAsync(_database.Journal, new BundleRange(sequence, sequence, null), tree,
                last.Checkpoint.Size, cancellation))
                return Bundle.Proof(line, last, found.Leaf);
            return null;
        }
        finally
        {
            _forgetting.Change(Kept, Timeout.InfiniteTimeSpan);
            _one.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _forgetting.Dispose();
        _one.Dispose();
    }

    private async Task<MerkleProofs> ContinuedAsync(long size, CancellationToken cancellation)
    {
        var tree = _tree ?? new();
        // Half a tree proves nothing.
        _tree = null;
        await SealedTree.ContinueAsync(_database.Journal, tree, size, null, cancellation);
        if (tree.Size < size)
            throw new SealException($"the checkpoint is of {size} events and the tree has {tree.Size}: trading audit verify says more");
        return _tree = tree;
    }
}
