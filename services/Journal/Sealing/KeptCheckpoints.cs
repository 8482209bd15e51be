namespace Trading.Journal.Sealing;

/// <summary>What a place outside of the journal keeps.</summary>
/// <param name="Checkpoints">The checkpoints, by size.</param>
/// <param name="Unreadable">What stands among them and is none, one line each.</param>
public sealed record KeptCheckpoints(IReadOnlyList<SignedCheckpoint> Checkpoints, IReadOnlyList<string> Unreadable)
{
    /// <summary>Whether nothing is there.</summary>
    public bool IsEmpty => Checkpoints.Count == 0 && Unreadable.Count == 0;

    /// <summary>Reads notes; one that cannot be read keeps no other from being read.</summary>
    /// <param name="notes">Where each stands, and its text.</param>
    public static KeptCheckpoints Of(IEnumerable<(string Place, string Text)> notes)
    {
        var (checkpoints, unreadable) = (new List<SignedCheckpoint>(), new List<string>());
        foreach (var (place, text) in notes)
        {
            try
            {
                checkpoints.Add(SignedCheckpoint.Parse(text));
            }
            catch (FormatException wrong)
            {
                unreadable.Add($"{place} holds no checkpoint: {wrong.Message}");
            }
        }
        return new([.. checkpoints.OrderBy(one => one.Checkpoint.Size)], unreadable);
    }

    /// <summary>All of several.</summary>
    public static KeptCheckpoints Of(IReadOnlyCollection<KeptCheckpoints> several) => new(
        [.. several.SelectMany(kept => kept.Checkpoints).GroupBy(one => one.Note)
            .Select(same => same.First().With(same.SelectMany(one => one.Cosignatures))).OrderBy(one => one.Checkpoint.Size)],
        [.. several.SelectMany(kept => kept.Unreadable).Distinct()]);

    /// <summary>What an anchor keeps of journals under several names.</summary>
    /// <param name="anchor">The anchor.</param>
    /// <param name="origins">The names: what is configured, and what the journal says of itself, which anybody could have written.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="AnchorException">They could not be read.</exception>
    public static async Task<KeptCheckpoints> ReadAsync(IAnchor anchor, IEnumerable<string> origins, CancellationToken cancellation)
    {
        var kept = new List<KeptCheckpoints>();
        foreach (var origin in origins.DistinctBy(AnchorPath.Beginning))
            kept.Add(await anchor.KeptAsync(origin, cancellation));
        return Of(kept);
    }
}
