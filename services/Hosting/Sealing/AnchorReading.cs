using Trading.Journal.Sealing;

namespace Trading.Hosting.Sealing;

/// <summary>Reads what is kept outside of a journal.</summary>
public static class AnchorReading
{
    /// <summary>
    /// What anchors keep, under the name of the configured database and under the one that the journal says of itself, which anybody with
    /// rights on it could have written.
    /// </summary>
    /// <param name="anchors">The anchors.</param>
    /// <param name="database">Name of the configured database.</param>
    /// <param name="last">The journal's last checkpoint; null without one.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>The checkpoints, and which anchors keep none, are not those that were set up or cannot be read.</returns>
    public static async Task<(KeptCheckpoints Kept, IReadOnlyList<string> Faults)> ReadAsync(
        IReadOnlyList<IAnchor> anchors, string database, Checkpoint? last, CancellationToken cancellation)
    {
        string[] names = [Sealer.Origin(database, []), last?.Origin ?? Sealer.Origin(database, [])];
        var (kept, faults) = (new List<KeptCheckpoints>(), new List<string>());
        foreach (var anchor in anchors)
        {
            try
            {
                var found = await KeptCheckpoints.ReadAsync(anchor, names, cancellation);
                kept.Add(found);
                if (found.IsEmpty)
                    faults.Add($"no checkpoint of this journal is kept in {anchor.Name}");
                var (isMarked, fault) = await AnchorCheck.MarkerAsync(anchor, names, last?.Journal, cancellation);
                if (!isMarked)
                    faults.Add($"{anchor.Name} has no marker of this journal: it is not the place that was set up, or was emptied");
                if (fault is not null)
                    faults.Add(fault);
            }
            catch (AnchorException failed)
            {
                faults.Add($"the checkpoints that are kept in {anchor.Name} cannot be read: {failed.Message}");
            }
        }
        return (KeptCheckpoints.Of(kept), faults);
    }
}
