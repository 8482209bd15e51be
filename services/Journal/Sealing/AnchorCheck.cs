using Npgsql;
using Trading.Journal.Postgres;

namespace Trading.Journal.Sealing;

/// <summary>
/// Compares a journal with its kept checkpoints before the sealer goes on: otherwise somebody could delete events and get a valid signature
/// over the rest.
/// </summary>
public static class AnchorCheck
{
    // A journal's first checkpoint and the first that is kept elsewhere are two steps: a program may die between them.
    private static readonly TimeSpan FirstMayLack = TimeSpan.FromDays(1);

    /// <summary>
    /// Makes sure that the journal holds every checkpoint that an anchor keeps, of what is configured and of what it says itself.
    /// </summary>
    /// <param name="database">The journal.</param>
    /// <param name="anchor">The anchor.</param>
    /// <param name="mayBeEmpty">Whether the first checkpoint is to be kept there now.</param>
    /// <param name="now">The present.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>What is kept there and is no checkpoint, one line each.</returns>
    /// <exception cref="SealException">It does not, or the anchor keeps nothing of a journal that is sealed.</exception>
    /// <exception cref="AnchorException">The place is not there or was not set up, or they could not be read.</exception>
    public static async Task<IReadOnlyList<string>> CompareAsync(
        NpgsqlDataSource database, IAnchor anchor, bool mayBeEmpty, DateTimeOffset now, CancellationToken cancellation)
    {
        string configured;
        await using (var connection = await database.OpenConnectionAsync(cancellation))
            configured = Sealer.Origin(connection.Database, []);
        var (first, last) = await EndsAsync(database, cancellation);
        string[] names = [configured, last?.Checkpoint.Origin ?? configured];
        var kept = await KeptCheckpoints.ReadAsync(anchor, names, cancellation);
        var (isMarked, fault) = await MarkerAsync(anchor, names, last?.Checkpoint.Journal, cancellation);
        if (!isMarked && last is not null && kept.Checkpoints.Count == 0)
            throw AnchorException.Unmarked(anchor.Name, "what is there");
        if (kept.IsEmpty && !mayBeEmpty && first is not null && now - first.Checkpoint.At > FirstMayLack)
        {
            throw new SealException($"{anchor.Name} keeps no checkpoint of this journal, which is sealed since {first.Checkpoint.At:u}: "
                + "they were deleted, or another journal stands here; if it is new, trading audit checkpoint --new-anchor keeps the first "
                + "one there");
        }
        await using var lacking = database.CreateCommand("select note from unnest($1::text[]) as kept (note) where not exists (select from "
            + "audit.checkpoints c where c.note = kept.note)");
        lacking.Parameters.Add(new() { Value = kept.Checkpoints.Select(one => one.Note).ToArray() });
        var missing = new HashSet<string>();
        await using (var reader = await lacking.ExecuteReaderAsync(cancellation))
        {
            while (await reader.ReadAsync(cancellation))
                missing.Add(reader.GetString(0));
        }
        var thinned = missing.Count == 0 ? [] : await ThinnedAsync(database, cancellation);
        if (kept.Checkpoints.LastOrDefault(one => missing.Contains(one.Note)
            && !thinned.Exists(between => one.Checkpoint.Size > between.After && one.Checkpoint.Size < between.Before))
            is { Checkpoint: var gone })
        {
            throw new SealException(
                $"the checkpoint of {gone.Size:N0} events of {gone.Origin} from {gone.At:u}, which is kept in {anchor.Name}, "
                + "is not in this journal: events were taken away, or the journal was created again; trading audit verify says more, and a "
                + "journal that was created again on purpose needs another place for its checkpoints");
        }
        // An earlier version set it up, which made no markers: what it keeps, all of it of this journal, shows that it is the one.
        if (fault is not null)
            throw new SealException(fault);
        if (!isMarked && last is not null)
            await anchor.SetUpAsync(last.Checkpoint.Origin, last.Checkpoint.Journal, cancellation);
        return kept.Unreadable;
    }

    /// <summary>
    /// Whether an anchor has the marker of a journal, and what is wrong with it. One under the configured name must be of the same
    /// journal, where there is one.
    /// </summary>
    /// <param name="anchor">The anchor.</param>
    /// <param name="names">The configured name of the journal, and its own last.</param>
    /// <param name="journal">The journal's identity.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="AnchorException">The place is not there or could not be read.</exception>
    public static async Task<(bool IsMarked, string? Fault)> MarkerAsync(
        IAnchor anchor, IEnumerable<string> names, string? journal, CancellationToken cancellation)
    {
        var (marker, fault) = (default(AnchorMarker), default(string));
        foreach (var name in names.DistinctBy(AnchorPath.Beginning))
        {
            marker = await anchor.MarkerAsync(name, cancellation);
            fault ??= marker?.Fault(anchor.Name, journal);
        }
        return (marker is not null, fault);
    }

    // One that was thinned since is no lack; trading audit verify compares the tree with it all the same.
    private static async Task<List<(long After, long Before)>> ThinnedAsync(NpgsqlDataSource database, CancellationToken cancellation)
    {
        var gaps = (await CheckpointThinning.GapsAsync(database, cancellation)).Values;
        return await database.RowsAsync("select a.size, b.size from unnest($1, $2) as gap (after, before) join audit.checkpoints a on "
            + "a.position = after join audit.checkpoints b on b.position = before", row => (row.GetInt64(0), row.GetInt64(1)), cancellation,
            gaps.Select(gap => gap.After).ToArray(), gaps.Select(gap => gap.Before).ToArray());
    }

    private static async Task<(SignedCheckpoint? First, SignedCheckpoint? Last)> EndsAsync(
        NpgsqlDataSource database, CancellationToken cancellation)
    {
        if (await SealedTree.LastAsync(database, cancellation) is not { } last)
            return (null, null);
        await using var command = database.CreateCommand("select note from audit.checkpoints order by position limit 1");
        try
        {
            return (await command.ExecuteScalarAsync(cancellation) is string note ? SignedCheckpoint.Parse(note) : last, last);
        }
        catch (FormatException unreadable)
        {
            throw new SealException($"the first checkpoint cannot be read: {unreadable.Message}");
        }
    }
}
