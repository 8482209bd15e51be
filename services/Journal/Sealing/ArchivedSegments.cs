using Npgsql;
using Trading.Core;
using Trading.Journal.Events;
using Trading.Journal.Postgres;

namespace Trading.Journal.Sealing;

/// <summary>What the journal says was archived: of these stretches, decisions without an order need not be in the database.</summary>
public static class ArchivedSegments
{
    /// <summary>The newest record of each stretch, by audit number; where two overlap, only the newer one.</summary>
    public static async Task<IReadOnlyList<SegmentArchived>> LoadAsync(NpgsqlDataSource database, CancellationToken cancellation)
    {
        var newest = new List<SegmentArchived>();
        await foreach (var stored in StreamReading.ReadAsync(database, AuditLeaf.SegmentStream, cancellation: cancellation))
        {
            if (Read(stored) is not { } archived)
                continue;
            newest.RemoveAll(archived.Overlaps);
            newest.Add(archived);
        }
        return [.. newest.OrderBy(archived => archived.FirstNumber)];
    }

    /// <summary>Those of them whose bodies are not in the database now: the others were read back.</summary>
    public static async Task<IReadOnlyList<SegmentArchived>> RemovedAsync(NpgsqlDataSource database, CancellationToken cancellation)
    {
        var removed = new List<SegmentArchived>();
        foreach (var archived in await LoadAsync(database, cancellation))
        {
            if ((await database.RowsAsync("select from audit.leaves l where l.seq_id > $1 and l.seq_id <= $2 and not exists (select from "
                + "mt_events e where e.seq_id = l.seq_id) limit 1", _ => true, cancellation, archived.AfterSequence,
                archived.LastSequence)).Count > 0)
                removed.Add(archived);
        }
        return removed;
    }

    // One that was changed is named by its own leaf.
    private static SegmentArchived? Read(StoredEvent stored)
    {
        try
        {
            return stored.Event() as SegmentArchived;
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }
}
