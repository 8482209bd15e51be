using Npgsql;
using Trading.Core;
using Trading.Journal.Keys;

namespace Trading.Journal.Sealing;

/// <summary>
/// The stored checkpoints one after the other, each compared with the tree when it has grown to the checkpoint's size. Each holds the hash
/// of the one before, so the signature of the last proves all; other signatures are checked where that chain is broken or the key changes.
/// </summary>
internal sealed class CheckpointTrail(MerkleFrontier tree, IReadOnlyList<VerifierKey> keys, WrongList wrongs)
{
    private readonly HashSet<VerifierKey> _everTrusted = [.. keys];
    private HashSet<VerifierKey> _trusted = [.. keys];
    private NpgsqlConnection _connection = null!;
    private IReadOnlyDictionary<long, ThinnedCheckpoints> _thinned = null!;
    private NpgsqlDataReader _reader = null!;
    private SignedCheckpoint? _before;
    private long _beforePosition;
    private bool _beforeFits;
    private readonly HashSet<string> _notes = [];
    private long _notesSize;
    private Row _row = null!;

    // Anyone who can write to the database can leave any column empty.
    private sealed record Row(long? Position, long? Size, long? LastSequence, string? Note, byte[]? Frontier)
    {
        public static Row Of(NpgsqlDataReader reader) => new(
            Number(reader, 0), Number(reader, 1), Number(reader, 2), reader.IsDBNull(3) ? null : $"{reader.GetValue(3)}",
            reader.GetValue(4) as byte[]);

        private static long? Number(NpgsqlDataReader reader, int column) => reader.GetValue(column) switch
        {
            long value => value,
            int value => value,
            _ => null,
        };
    }

    /// <summary>Size of the next checkpoint; the largest number after the last.</summary>
    public long NextSize { get; private set; } = long.MaxValue;

    /// <summary>Name of the journal, as its checkpoints say.</summary>
    public string? Origin { get; private set; }

    /// <summary>Identity of the journal, as its checkpoints say; null before the first that has one.</summary>
    public string? Journal { get; private set; }

    /// <summary>The last checkpoint up to which everything is as it was sealed; null when there is none.</summary>
    public Checkpoint? LastHolding { get; private set; }

    /// <summary>Checkpoints that were checked.</summary>
    public long Checked { get; private set; }

    /// <summary>The given keys and those that they handed over to.</summary>
    public IReadOnlySet<VerifierKey> EverTrusted => _everTrusted;

    /// <summary>Whether a checkpoint is one of those that the tree has just reached.</summary>
    public bool Holds(SignedCheckpoint outside) => _notesSize == outside.Checkpoint.Size && _notes.Contains(outside.Note);

    /// <summary>Begins to read the checkpoints, on a connection of their own.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="thinned">Where checkpoints were thinned, by the number of the one behind.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task StartAsync(
        NpgsqlConnection connection, IReadOnlyDictionary<long, ThinnedCheckpoints> thinned, CancellationToken cancellation)
    {
        (_connection, _thinned) = (connection, thinned);
        await using var command = new NpgsqlCommand(
            "select position, size, last_seq_id, note, frontier from audit.checkpoints order by position", connection);
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

    /// <summary>Checks what is left after the last leaf, and the last signature, which proves all.</summary>
    public async Task EndAsync(CancellationToken cancellation)
    {
        for (; NextSize < long.MaxValue; await AdvanceAsync(cancellation))
            Check(long.MaxValue);
        await _reader.DisposeAsync();
        if (_before is null && tree.Size == 0)
            return;
        if (_before is null || _before.Checkpoint.Size < tree.Size)
        {
            Wrong(WrongKind.Checkpoint, long.MaxValue, _before is null
                ? "there is no checkpoint" : $"there is no checkpoint over the leaves after the first {_before.Checkpoint.Size:N0}");
        }
        if (_before is null)
            return;
        if (_before.SignedBy(_trusted))
        {
            Confirm();
            return;
        }
        Wrong(WrongKind.Checkpoint, long.MaxValue,
            $"checkpoint {_beforePosition} of {_before.Checkpoint.Size:N0} events, the last, is not signed by a trusted key");
        await LastSignedAsync(cancellation);
    }

    private async Task AdvanceAsync(CancellationToken cancellation)
    {
        if (!await _reader.ReadAsync(cancellation))
        {
            NextSize = long.MaxValue;
            return;
        }
        _row = Row.Of(_reader);
        // One without a size is looked at now.
        NextSize = Math.Min(_row.Size ?? tree.Size, long.MaxValue - 1);
    }

    private void Check(long sequence)
    {
        Checked++;
        var (position, size) = (_row.Position ?? _beforePosition + 1, NextSize);
        SignedCheckpoint signed;
        try
        {
            signed = SignedCheckpoint.Parse(_row.Note ?? throw new FormatException("it has no note"));
            if (signed.Cosignatures.Count > 0)
                throw new FormatException("lines of witnesses stand in it, and not beside it");
        }
        catch (FormatException unreadable)
        {
            Found($"checkpoint {position} of {size:N0} events was changed: {unreadable.Message}");
            ConfirmBySignature();
            (_before, _beforePosition) = (null, position);
            return;
        }

        if (size != _notesSize)
            _notes.Clear();
        (_, _notesSize) = (_notes.Add(signed.Note), size);
        var said = signed.Checkpoint;
        Origin ??= said.Origin;
        var thinned = _thinned.TryGetValue(position, out var gap) && gap.After == _beforePosition && _before is not null;
        var follows = thinned ? CheckpointThinning.Links(gap!, _beforePosition, _before!, signed) : (position == _beforePosition + 1
            && (_before is null ? position == 1 : _before.Hash().AsSpan().SequenceEqual(said.Previous)));
        if (follows)
            Confirm();
        else
            ConfirmBySignature();
        if (!thinned && position != _beforePosition + 1)
            Found($"checkpoint {_beforePosition + 1} is gone");
        else if (!follows)
            Found(_before is null || _before.SignedBy(_trusted)
                ? $"checkpoint {position} of {size:N0} events does not follow the one before "
                    + $"it{(signed.SignedBy(_trusted) ? "" : ", and is not signed by a trusted key")}"
                : $"checkpoint {_beforePosition} of {_before.Checkpoint.Size:N0} events was changed: its signature does not fit");

        _beforeFits = false;
        if (_row is { Position: null } or { Size: null } or { LastSequence: null } or { Frontier: null })
            Found($"what the sealer keeps beside checkpoint {position} of {said.Size:N0} events was changed: a value is missing");
        else if (said.Journal != Journal && Journal is not null)
            Found($"checkpoint {position} of {size:N0} events is of the journal {said.Journal ?? "without an identity"}, "
                + $"those before it are of {Journal}");
        else if (said.Size != size || said.Origin != Origin)
            Found($"checkpoint {position} of {size:N0} events was changed: it speaks of {said.Size:N0} events of {said.Origin}");
        else if (size > tree.Size)
            Found($"checkpoint {position} speaks of {size:N0} events, the tree has {tree.Size:N0} leaves");
        else if (size < tree.Size || !tree.Root().AsSpan().SequenceEqual(said.Root))
            Found($"the first {size:N0} leaves are not those that checkpoint {position} was made over, or it was changed", WrongKind.Tree);
        else if (_row.LastSequence != sequence || !tree.State().AsSpan().SequenceEqual(_row.Frontier))
            Found($"what the sealer keeps beside checkpoint {position} of {size:N0} events was changed");
        else
            _beforeFits = wrongs.Count == 0;

        if (said.NextKey is not null && signed.SignedBy(_trusted))
        {
            _trusted = [said.NextKey];
            _everTrusted.Add(said.NextKey);
        }
        Journal ??= said.Journal;
        (_before, _beforePosition) = (signed, position);

        void Found(string detail, WrongKind kind = WrongKind.Checkpoint) => Wrong(kind, sequence, detail);
    }

    private void Wrong(WrongKind kind, long sequence, string detail) => wrongs.Add(kind, sequence, null, null, detail);

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
        await using var command = new NpgsqlCommand("select note from audit.checkpoints where size <= $1 order by position desc",
            _connection)
        { Parameters = { new() { Value = size } } };
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (LastHolding is null && await reader.ReadAsync(cancellation))
        {
            try
            {
                if (reader.IsDBNull(0))
                    continue;
                var signed = SignedCheckpoint.Parse(reader.GetString(0));
                if (signed.SignedBy(_everTrusted))
                    LastHolding = signed.Checkpoint;
            }
            catch (FormatException)
            {
                // It was reported when the tree reached it.
            }
        }
    }
}
