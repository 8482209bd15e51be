using Npgsql;
using Trading.Core;

namespace Trading.Journal;

/// <summary>
/// The stored checkpoints one after the other, each against the tree as it is when it has grown to the checkpoint's size. Each names its predecessor by hash, so the
/// signature of the last speaks for all; others are checked where that chain is broken or the key changes.
/// </summary>
internal sealed class CheckpointTrail(MerkleFrontier tree, IReadOnlyList<VerifierKey> keys, Action<WrongKind, long, string> wrong, Func<bool> isClean)
{
    private readonly HashSet<VerifierKey> _everTrusted = [.. keys];
    private HashSet<VerifierKey> _trusted = [.. keys];
    private NpgsqlConnection _connection = null!;
    private NpgsqlDataReader _reader = null!;
    private SignedCheckpoint? _before;
    private long _beforePosition;
    private bool _beforeFits;
    private readonly HashSet<string> _notes = [];
    private long _notesSize;

    /// <summary>Size of the next checkpoint; the largest number when there is none.</summary>
    public long NextSize { get; private set; } = long.MaxValue;

    /// <summary>Name of the journal, as its checkpoints say.</summary>
    public string? Origin { get; private set; }

    /// <summary>The last checkpoint up to which everything is as it was sealed; null when there is none.</summary>
    public Checkpoint? LastHolding { get; private set; }

    /// <summary>Checkpoints that were checked.</summary>
    public long Checked { get; private set; }

    /// <summary>The given keys and those that they handed over to.</summary>
    public IReadOnlySet<VerifierKey> EverTrusted => _everTrusted;

    /// <summary>Whether a checkpoint is one of those that the tree has just reached.</summary>
    public bool Holds(SignedCheckpoint outside) => _notesSize == outside.Checkpoint.Size && _notes.Contains(outside.Note);

    /// <summary>Begins to read the checkpoints, on a connection of their own.</summary>
    public async Task StartAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        _connection = connection;
        await using var command = new NpgsqlCommand("select position, size, last_seq_id, note, frontier from audit.checkpoints order by position", connection);
        _reader = await command.ExecuteReaderAsync(cancellation);
        await AdvanceAsync(cancellation);
        if (NextSize < 1)
            await ReachAsync(0, cancellation);
    }

    /// <summary>Takes the checkpoints that the tree has reached.</summary>
    public async Task ReachAsync(long sequence, CancellationToken cancellation)
    {
        for (; NextSize <= tree.Size; await AdvanceAsync(cancellation))
            Check(sequence);
    }

    /// <summary>Takes what is left when the tree has ended, and the signature that speaks for all.</summary>
    public async Task EndAsync(CancellationToken cancellation)
    {
        for (; NextSize < long.MaxValue; await AdvanceAsync(cancellation))
            Check(long.MaxValue);
        await _reader.DisposeAsync();
        if (_before is null && tree.Size == 0)
            return;
        if (_before is null || _before.Checkpoint.Size < tree.Size)
        {
            wrong(WrongKind.Checkpoint, long.MaxValue, _before is null ? "there is no checkpoint" : $"there is no checkpoint over the leaves after the first {_before.Checkpoint.Size:N0}");
        }
        if (_before is null)
            return;
        if (_before.SignedBy(_trusted))
        {
            Confirm();
            return;
        }
        wrong(WrongKind.Checkpoint, long.MaxValue, $"checkpoint {_beforePosition} of {_before.Checkpoint.Size:N0} events, the last, is not signed by a trusted key");
        await LastSignedAsync(cancellation);
    }

    private async Task AdvanceAsync(CancellationToken cancellation) =>
        NextSize = await _reader.ReadAsync(cancellation) ? _reader.GetInt64(1) : long.MaxValue;

    private void Check(long sequence)
    {
        Checked++;
        var (position, size) = (_reader.GetInt64(0), NextSize);
        SignedCheckpoint signed;
        try
        {
            signed = SignedCheckpoint.Parse(_reader.GetString(3));
        }
        catch (FormatException unreadable)
        {
            Wrong($"checkpoint {position} of {size:N0} events was changed: {unreadable.Message}");
            ConfirmBySignature();
            (_before, _beforePosition) = (null, position);
            return;
        }

        if (size != _notesSize)
            _notes.Clear();
        (_, _notesSize) = (_notes.Add(signed.Note), size);
        var said = signed.Checkpoint;
        Origin ??= said.Origin;
        var follows = position == _beforePosition + 1 && (_before is null ? position == 1 : _before.Hash().AsSpan().SequenceEqual(said.Previous));
        if (follows)
            Confirm();
        else
            ConfirmBySignature();
        if (position != _beforePosition + 1)
            Wrong($"checkpoint {_beforePosition + 1} is gone");
        else if (!follows)
            Wrong(_before is null || _before.SignedBy(_trusted)
                ? $"checkpoint {position} of {size:N0} events does not follow the one before it{(signed.SignedBy(_trusted) ? "" : ", and is not signed by a trusted key")}"
                : $"checkpoint {_beforePosition} of {_before.Checkpoint.Size:N0} events was changed: its signature does not fit");

        _beforeFits = false;
        if (said.Size != size || said.Origin != Origin)
            Wrong($"checkpoint {position} of {size:N0} events was changed: it speaks of {said.Size:N0} events of {said.Origin}");
        else if (size > tree.Size)
            Wrong($"checkpoint {position} speaks of {size:N0} events, the tree has {tree.Size:N0} leaves");
        else if (size < tree.Size || !tree.Root().AsSpan().SequenceEqual(said.Root))
            Wrong($"the first {size:N0} leaves are not those that checkpoint {position} was made over, or it was changed", WrongKind.Tree);
        else if (_reader.GetInt64(2) != sequence || !tree.State().AsSpan().SequenceEqual(_reader.GetFieldValue<byte[]>(4)))
            Wrong($"what the sealer keeps beside checkpoint {position} of {size:N0} events was changed");
        else
            _beforeFits = isClean();

        if (said.NextKey is not null && signed.SignedBy(_trusted))
        {
            _trusted = [said.NextKey];
            _everTrusted.Add(said.NextKey);
        }
        (_before, _beforePosition) = (signed, position);

        void Wrong(string detail, WrongKind kind = WrongKind.Checkpoint) => wrong(kind, sequence, detail);
    }

    private void Confirm()
    {
        if (_beforeFits)
            LastHolding = _before!.Checkpoint;
    }

    private void ConfirmBySignature()
    {
        if (_before?.SignedBy(_trusted) == true)
            Confirm();
    }

    // Without a signature at the end, the chain up to it proves nothing: only a checkpoint that is signed itself does.
    private async Task LastSignedAsync(CancellationToken cancellation)
    {
        var size = LastHolding?.Size ?? 0;
        LastHolding = null;
        await using var command = new NpgsqlCommand("select note from audit.checkpoints where size <= $1 order by position desc", _connection) { Parameters = { new() { Value = size } } };
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (LastHolding is null && await reader.ReadAsync(cancellation))
        {
            try
            {
                var signed = SignedCheckpoint.Parse(reader.GetString(0));
                if (signed.SignedBy(_everTrusted))
                    LastHolding = signed.Checkpoint;
            }
            catch (FormatException)
            {
                // It was said when the tree had reached it.
            }
        }
    }
}
