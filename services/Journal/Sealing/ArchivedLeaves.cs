using System.Text;
using Trading.Core;
using Trading.Journal.Postgres;

namespace Trading.Journal.Sealing;

/// <summary>
/// Leaves whose events were removed after they had been archived: exactly those that the record of the archive names, or none of them.
/// </summary>
internal sealed class ArchivedLeaves(IReadOnlyList<SegmentArchived> segments, VerifyRange range, WrongList wrongs) : IDisposable
{
    private readonly Dictionary<SegmentArchived, Removals> _removed = segments.ToDictionary(one => one, _ => new Removals());

    /// <summary>How many events are gone because they were archived.</summary>
    public long Count => _removed.Values.Sum(one => one.Count);

    /// <summary>Takes a leaf that has no event; false when nothing says that it was archived.</summary>
    /// <param name="leaf">Its row.</param>
    /// <param name="stream">Column of its stream.</param>
    /// <param name="version">Column of its version.</param>
    public bool Take(BinaryCopy leaf, int stream, int version)
    {
        var number = leaf.Int64(0);
        if (segments.FirstOrDefault(one => one.Holds(number)) is not { } archived || leaf.IsNull(stream))
            return false;
        var name = Encoding.UTF8.GetString(leaf.Field(stream));
        // Only decisions are ever removed: an event of the account that is gone was taken away, whatever somebody recorded.
        if (Trade.IdOf(name) is null)
            return false;
        _removed[archived].Add(number, name, leaf.Int64(version));
        return true;
    }

    /// <summary>Compares what is gone with what was archived.</summary>
    public void End()
    {
        foreach (var (archived, removed) in _removed)
        {
            var isWhole = range.FromSequence <= archived.AfterSequence + 1 && range.ToSequence >= archived.LastSequence;
            if (isWhole && removed.Count > 0 && removed.Digest() != archived.RemovedSha256)
                wrongs.Add(WrongKind.Missing, long.MaxValue, null, null, FormattableString.Invariant(
                    $"of the events {archived.AfterSequence + 1} to {archived.LastSequence}, archived as {archived.Period}, ")
                    + FormattableString.Invariant($"{archived.Removed:N0} were removed; {removed.Count:N0} are gone now, ")
                    + "which are not those");
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var removed in _removed.Values)
            removed.Dispose();
    }
}
