using System.Globalization;
using System.Text;
using System.Text.Json;
using Npgsql;
using Trading.Core;
using Trading.Journal.Postgres;

namespace Trading.Journal.Sealing;

/// <summary>
/// Recomputes every leaf from the stored rows, the tree from the leaves, and compares them with what was sealed. Everything streams, in one
/// snapshot of the database: memory does not grow with the journal, and rows are hashed here while PostgreSQL sends the next ones.
/// </summary>
public sealed class Verifier
{
    /// <summary>Most wrong things that are named; all are counted.</summary>
    public const int MaxNamed = 20;

    /// <summary>Bytes to read from the server at once; the more rows come with each, the less each costs.</summary>
    public const int ReadBufferSize = 256 * 1024;

    /// <summary>How long a sealer may take for events that wait: much longer than it needs at its shortest interval.</summary>
    public static readonly TimeSpan DefaultPatience = TimeSpan.FromSeconds(30);

    private const int ProgressStep = 4096;

    // What is read on one connection may leave the others silent for minutes.
    private const string Begin =
        "begin transaction isolation level repeatable read, read only; set local idle_in_transaction_session_timeout = 0";

    // Columns of audit.leaves as they are read here.
    private const int LeafHash = 2, LeafStream = 3, LeafVersion = 4, LeafColumns = 5;

    private readonly NpgsqlDataSource _database;
    private readonly VerifyRange _range;
    private readonly WrongList _wrongs = new();
    private readonly MerkleFrontier _tree = new();
    private readonly CheckpointTrail _trail;
    private readonly VerifiedCommitments _commitments;
    private readonly OutsideCheckpoints _outside;
    private readonly WriterMarks? _marks;

    private Verifier(NpgsqlDataSource database, VerifyRange range)
    {
        (_database, _range) = (database, range);
        _commitments = new(_wrongs);
        _trail = new(_tree, range.Keys, _wrongs);
        _outside = new(range.Outside, _tree, _trail, _wrongs);
        _marks = range.Writers is null ? null : new(range.Writers);
    }

    /// <summary>Verifies a journal.</summary>
    /// <param name="database">The journal's database; three connections are used, and a fourth when events are not sealed.</param>
    /// <param name="range">What is verified, and by what.</param>
    /// <param name="progress">Receives the number of sealed events that were compared.</param>
    /// <param name="cancellation">Ends it.</param>
    public static Task<Verification> VerifyAsync(NpgsqlDataSource database, VerifyRange range, IProgress<long>? progress,
        CancellationToken cancellation) =>
        new Verifier(database, range).RunAsync(progress, cancellation);

    private async Task<Verification> RunAsync(IProgress<long>? progress, CancellationToken cancellation)
    {
        await using var first = await _database.OpenConnectionAsync(cancellation);
        await using var second = await _database.OpenConnectionAsync(cancellation);
        await using var third = await _database.OpenConnectionAsync(cancellation);
        await ExecuteAsync(first, Begin, cancellation);
        var snapshot = (string)(await ScalarAsync(first, "select pg_export_snapshot()", cancellation))!;
        foreach (var other in new[] { second, third })
            await ExecuteAsync(other, $"{Begin}; set transaction snapshot '{snapshot}'", cancellation);

        using var archived = new ArchivedLeaves(await ArchivedSegments.LoadAsync(_database, cancellation), _range, _wrongs);
        var isSealed = await first.HasTablesAsync(cancellation, SealedTree.Tables);
        if (isSealed)
            await _commitments.LoadAsync(first, cancellation);
        var (events, lastSequence) = isSealed ? await CompareAsync(first, second, third, archived, progress, cancellation) : (0, 0);
        var unsealed = (long)(await ScalarAsync(first,
            string.Create(CultureInfo.InvariantCulture, $"select count(*) from mt_events where seq_id > {lastSequence}"), cancellation))!;
        if (unsealed > 0)
            await new UnsealedEvents(_database, _range.Patience ?? DefaultPatience, _wrongs)
                .CheckAsync(first, lastSequence, unsealed, cancellation);
        _outside.End();
        foreach (var fault in _range.OutsideFaults ?? [])
            _wrongs.Add(WrongKind.Checkpoint, long.MaxValue, null, null, fault);
        if (_range.Journal is { } wanted && _trail.Journal != wanted)
            _wrongs.Add(WrongKind.OtherJournal, long.MaxValue, null, null, _trail.Checked == 0
                ? $"the journal {wanted} was sealed, and this one has no checkpoint"
                : $"these are the checkpoints of {_trail.Origin}, {_trail.Journal ?? "without an identity"}: the journal that is "
                    + $"configured is {wanted}");
        await _wrongs.PlaceAsync(first, cancellation);
        return new(events, _tree.Size, unsealed, _trail.Checked, _outside.Checked, _wrongs.Count, _wrongs.Named, _trail.LastHolding,
            archived.Count);
    }

    private async Task<(long Events, long LastSequence)> CompareAsync(
        NpgsqlConnection first, NpgsqlConnection second, NpgsqlConnection third, ArchivedLeaves archived, IProgress<long>? progress,
        CancellationToken cancellation)
    {
        var from = _range.FromSequence;
        await _trail.StartAsync(third, await CheckpointThinning.GapsAsync(_database, cancellation), cancellation);
        await using var leaves = await BinaryCopy.StartAsync(second,
            "select number, seq_id, hash, stream_id, version from audit.leaves order by seq_id", LeafColumns, cancellation);
        var last = (long)(await ScalarAsync(first, "select coalesce(max(seq_id), 0) from audit.leaves", cancellation))!;
        await using var rows = await BinaryCopy.StartAsync(first, EventRows.Query(from, Math.Min(last, _range.ToSequence)),
            AuditLeaf.Columns.Count, cancellation);

        var events = 0L;
        var computed = new byte[MerkleTree.HashSize];
        var number = 0L;
        byte[] Commit(string field, string value) => _commitments.CommitmentTo(number, field, value, rows);
        Func<string, string, byte[]> commit = Commit;
        var more = await rows.ReadAsync(cancellation);
        var lastLeaf = 0L;
        while (await leaves.ReadAsync(cancellation))
        {
            (number, var sequence) = (leaves.Int64(0), leaves.Int64(1));
            lastLeaf = Math.Max(lastLeaf, sequence);
            while (more && rows.Int64(AuditLeaf.Sequence) < sequence)
            {
                _wrongs.AddRow(WrongKind.Inserted, rows, "was not there when its neighbours were sealed");
                more = await rows.ReadAsync(cancellation);
            }
            var stands = more && rows.Int64(AuditLeaf.Sequence) == sequence;
            if (stands)
            {
                Compare(rows, leaves, number, commit, computed);
                if (_marks?.Violation(rows) is { } unmarked)
                    _wrongs.AddRow(WrongKind.Unmarked, rows, unmarked);
                events++;
                more = await rows.ReadAsync(cancellation);
            }
            else if (sequence >= from && sequence <= _range.ToSequence && !archived.Take(leaves, LeafStream, LeafVersion))
            {
                _wrongs.Add(WrongKind.Missing, sequence, null, null, "was sealed and is gone");
            }
            if (number != _tree.Size)
                _wrongs.Add(WrongKind.Tree, sequence, null, null,
                    $"leaf {_tree.Size:N0} of the tree is gone or was inserted: number {number:N0} stands there");
            if (leaves.Field(LeafHash).Length == MerkleTree.HashSize)
                _tree.Append(leaves.Field(LeafHash));
            else
                AppendNothing(sequence);
            if (_trail.NextSize <= _tree.Size)
                await _trail.ReachAsync(sequence, cancellation);
            _outside.Reach(sequence);
            if (_tree.Size % ProgressStep == 0)
                progress?.Report(_tree.Size);
        }
        for (; more; more = await rows.ReadAsync(cancellation))
            _wrongs.AddRow(WrongKind.Inserted, rows, "was not there when its neighbours were sealed");
        progress?.Report(_tree.Size);
        archived.End();
        await _trail.EndAsync(cancellation);
        return (events, lastLeaf);
    }

    private void Compare(BinaryCopy row, BinaryCopy leaf, long number, Func<string, string, byte[]> commit, byte[] computed)
    {
        try
        {
            EventRows.Hash(row, number, commit, computed);
            if (!leaf.Field(LeafHash).SequenceEqual(computed))
                _wrongs.AddRow(WrongKind.Changed, row, "is not as it was when it was sealed");
            else if (leaf.IsNull(LeafStream) != row.IsNull(AuditLeaf.StreamId)
                || !leaf.Field(LeafStream).SequenceEqual(row.Field(AuditLeaf.StreamId))
                || leaf.IsNull(LeafVersion) || leaf.Int64(LeafVersion) != row.Int64(AuditLeaf.Version))
                _wrongs.AddRow(WrongKind.Leaf, row, "is as it was sealed, but what stands beside its leaf was changed: "
                    + $"{(leaf.IsNull(LeafStream) ? "no stream" : Encoding.UTF8.GetString(leaf.Field(LeafStream)))}, "
                    + $"{(leaf.IsNull(LeafVersion) ? "no version" : $"version {leaf.Int64(LeafVersion)}")}");
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException)
        {
            _wrongs.AddRow(WrongKind.Changed, row, $"is not as it was when it was sealed: {unreadable.Message}");
        }
    }

    // Zeros: the next checkpoint's root does not fit then, which says where the tree is whole again.
    private void AppendNothing(long sequence)
    {
        _wrongs.Add(WrongKind.Tree, sequence, null, null, $"leaf {_tree.Size:N0} of the tree has no hash");
        _tree.Append(new byte[MerkleTree.HashSize]);
    }

    private static async Task<object?> ScalarAsync(NpgsqlConnection connection, string query, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(query, connection);
        return await command.ExecuteScalarAsync(cancellation);
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string statements, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(statements, connection);
        await command.ExecuteNonQueryAsync(cancellation);
    }
}
