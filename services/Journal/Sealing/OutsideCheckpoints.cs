using Trading.Core;

namespace Trading.Journal.Sealing;

/// <summary>Checkpoints that were kept outside of the journal, compared with its tree.</summary>
internal sealed class OutsideCheckpoints(
    IEnumerable<SignedCheckpoint> checkpoints, MerkleFrontier tree, CheckpointTrail trail, WrongList wrongs)
{
    private readonly Queue<SignedCheckpoint> _left = new(checkpoints.OrderBy(outside => outside.Checkpoint.Size));

    /// <summary>Number of kept checkpoints that were compared.</summary>
    public long Checked { get; private set; }

    /// <summary>Compares those that the tree has just reached.</summary>
    public void Reach(long sequence)
    {
        while (_left.Count > 0 && _left.Peek().Checkpoint.Size == tree.Size)
            Compare(_left.Dequeue(), sequence);
    }

    /// <summary>Those that are left when the tree has ended are of more events than the journal has.</summary>
    public void End()
    {
        foreach (var outside in _left.Where(IsSigned))
        {
            Checked++;
            wrongs.Add(WrongKind.RolledBack, long.MaxValue, null, null,
                $"the checkpoint of {outside.Checkpoint.Size:N0} events that was kept elsewhere, from {outside.Checkpoint.At:u}, "
                + $"knows of more events than the {tree.Size:N0} that are sealed here");
        }
    }

    private void Compare(SignedCheckpoint outside, long sequence)
    {
        if (!IsSigned(outside))
            return;
        Checked++;
        if (outside.Checkpoint.Origin != trail.Origin)
            wrongs.Add(WrongKind.RolledBack, sequence, null, null,
                $"the checkpoint that was kept elsewhere is of the journal {outside.Checkpoint.Origin}, this one is {trail.Origin}");
        else if (outside.Checkpoint.Journal is { } journal && journal != trail.Journal)
            wrongs.Add(WrongKind.RolledBack, sequence, null, null, $"the checkpoint that was kept elsewhere is of the journal {journal}, "
                + $"this one is {trail.Journal ?? "without an identity"}");
        else if (!tree.Root().AsSpan().SequenceEqual(outside.Checkpoint.Root))
            wrongs.Add(WrongKind.RolledBack, sequence, null, null, $"the first {outside.Checkpoint.Size:N0} events are not those of the "
                + $"checkpoint that was kept elsewhere, from {outside.Checkpoint.At:u}");
    }

    // One that the journal holds too is proved by the checkpoints after it: after a change of keys the new key is enough.
    private bool IsSigned(SignedCheckpoint outside)
    {
        if (outside.SignedBy(trail.EverTrusted) || trail.Holds(outside))
            return true;
        wrongs.Add(WrongKind.Checkpoint, long.MaxValue, null, null,
            $"the checkpoint of {outside.Checkpoint.Size:N0} events that was kept elsewhere, "
            + $"from {outside.Checkpoint.At:u}, is not signed by a given key and is not one of the journal's own: it proves "
            + "nothing; if the key was changed since, give the one before with --public-key as well");
        return false;
    }
}
