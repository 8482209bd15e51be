using Npgsql;
using Trading.Journal.Sealing;

namespace Trading.Journal.Witnesses;

/// <summary>The last checkpoint that enough witnesses have cosigned.</summary>
/// <param name="Witnesses">How many have.</param>
/// <param name="Of">How many there are.</param>
/// <param name="Checkpoint">The checkpoint; null when there is none.</param>
/// <param name="Wrong">What is wrong with the cosignatures, one line each; nothing when enough witnesses have signed in time.</param>
public sealed record QuorumFound(int Witnesses, int Of, Checkpoint? Checkpoint, IReadOnlyList<string> Wrong);

/// <summary>Demands that enough witnesses saw the journal as it is.</summary>
/// <param name="Keys">The witnesses.</param>
/// <param name="Needed">How many of them must have cosigned a checkpoint.</param>
/// <param name="MostBehind">How much older that checkpoint may be than the last.</param>
public sealed record WitnessQuorum(IReadOnlyList<WitnessKey> Keys, int Needed, TimeSpan MostBehind)
{
    /// <summary>How many of a number of witnesses are needed where nothing else is said: more than half.</summary>
    public static int Majority(int witnesses) => witnesses / 2 + 1;

    /// <summary>How many of the witnesses have cosigned a checkpoint.</summary>
    public int Count(SignedCheckpoint checkpoint) => Count(checkpoint.Checkpoint, checkpoint.Cosignatures);

    /// <summary>How many of the witnesses have cosigned a checkpoint by one of these lines.</summary>
    public int Count(Checkpoint checkpoint, IReadOnlyList<string> cosignatures) =>
        Keys.Count(key => cosignatures.Any(line => key.Saw(line, checkpoint) is not null));

    /// <summary>Looks for it among the journal's checkpoints and those that were kept elsewhere, the last first.</summary>
    /// <param name="database">The journal's database.</param>
    /// <param name="outside">Checkpoints that were kept elsewhere.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task<QuorumFound> FindAsync(
        NpgsqlDataSource database, IReadOnlyList<SignedCheckpoint> outside, CancellationToken cancellation)
    {
        var search = new QuorumSearch(this);
        foreach (var kept in outside)
            search.Take(kept);
        for (long? before = long.MaxValue; before is { } position;)
            before = await search.ReadAsync(database, position, cancellation);
        return search.Found();
    }

    /// <summary>
    /// Looks for it among the newest checkpoints only, however long the journal is: whether enough witnesses keep up now.
    /// </summary>
    public async Task<QuorumFound> FindNewestAsync(NpgsqlDataSource database, CancellationToken cancellation)
    {
        var search = new QuorumSearch(this);
        await search.ReadAsync(database, long.MaxValue, cancellation);
        return search.Found();
    }
}
