using Npgsql;

namespace Trading.Journal.Sealing;

/// <summary>Sets anchors up for a journal, once.</summary>
public static class AnchorSetup
{
    /// <summary>
    /// Before a journal's first seal, and for a new anchor where the operator says so: makes the markers. For a journal that is sealed
    /// it does nothing otherwise: a marker that is lacking then shows another place.
    /// </summary>
    /// <param name="database">The journal.</param>
    /// <param name="anchors">The anchors.</param>
    /// <param name="known">The journal that is to be sealed; null when nothing is known.</param>
    /// <param name="isNew">Whether the operator sets a new anchor up.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>The journal that is to be sealed: with anchors, the one that they were set up for.</returns>
    /// <exception cref="SealException">An anchor was set up for another journal.</exception>
    /// <exception cref="AnchorException">An anchor could not be set up.</exception>
    public static async Task<JournalIdentity?> RunAsync(NpgsqlDataSource database, IReadOnlyList<IAnchor> anchors, JournalIdentity? known,
        bool isNew, CancellationToken cancellation)
    {
        var last = (await SealedTree.LastAsync(database, cancellation))?.Checkpoint;
        // The sealer itself refuses a journal that was sealed and says that it was not.
        if (anchors.Count == 0 || (last is not null && !isNew) || (last is null && known is { IsSealed: true }))
            return known;
        var origin = last?.Origin ?? Sealer.Origin(new NpgsqlConnectionStringBuilder(database.ConnectionString).Database!, []);
        var markers = new List<AnchorMarker?>();
        foreach (var anchor in anchors)
            markers.Add(await MarkerAsync(anchor, origin, cancellation));
        // A program that died before the first seal was stored has left the identity there.
        var journal = last is not null ? last.Journal
            : known?.Id ?? markers.FirstOrDefault(marker => marker?.Journal is not null)?.Journal ?? JournalIdentity.New();
        foreach (var (anchor, marker) in anchors.Zip(markers))
        {
            if (marker?.Fault(anchor.Name, journal) is { } fault)
                throw new SealException(fault);
            if (marker is null)
                await anchor.SetUpAsync(origin, journal, cancellation);
        }
        return last is null ? new(journal!, IsSealed: false) : known;
    }

    private static async Task<AnchorMarker?> MarkerAsync(IAnchor anchor, string origin, CancellationToken cancellation)
    {
        try
        {
            return await anchor.MarkerAsync(origin, cancellation);
        }
        catch (AnchorException absent) when (absent.IsAbsent)
        {
            return null;
        }
    }
}
