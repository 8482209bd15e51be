using System.Globalization;
using System.Text;
using System.Text.Json;
using Npgsql;
using Trading.Core;

namespace Trading.Journal;

/// <summary>What can be wrong with a sealed journal.</summary>
public enum WrongKind
{
    /// <summary>An event is not as it was when it was sealed.</summary>
    Changed,

    /// <summary>A sealed event is gone.</summary>
    Missing,

    /// <summary>An event stands among sealed ones that was not there when they were sealed.</summary>
    Inserted,

    /// <summary>An event stands at another place of the journal or of its stream.</summary>
    Moved,

    /// <summary>Events behind the last sealed one wait, and no sealer comes to seal them.</summary>
    Unsealed,

    /// <summary>A field was blanked without the event that says so.</summary>
    Blanked,

    /// <summary>The tree is not the one that a checkpoint was made over.</summary>
    Tree,

    /// <summary>A checkpoint was changed, is gone or is not signed by a known key.</summary>
    Checkpoint,

    /// <summary>A checkpoint that was kept elsewhere knows of more events than the journal has, or of others.</summary>
    RolledBack,
}

/// <summary>Something wrong.</summary>
/// <param name="Kind">What.</param>
/// <param name="Sequence">The event's place in the journal; null when it is about no single event.</param>
/// <param name="StreamId">Its stream.</param>
/// <param name="Version">Its place in the stream.</param>
/// <param name="Detail">In words.</param>
public sealed record Wrong(WrongKind Kind, long? Sequence, string? StreamId, long? Version, string Detail);

/// <summary>What is verified, and by what.</summary>
/// <param name="Keys">Keys that are trusted; those that a checkpoint signed by them hands over to are trusted too.</param>
/// <param name="Outside">Checkpoints that were kept elsewhere.</param>
/// <param name="FromSequence">First event whose row is recomputed; the tree is always whole.</param>
/// <param name="ToSequence">Last event whose row is recomputed.</param>
/// <param name="Patience">How long a sealer that holds the leadership may take for events that are not sealed; <see cref="Verifier.DefaultPatience"/> when null.</param>
public sealed record VerifyRange(IReadOnlyList<VerifierKey> Keys, IReadOnlyList<SignedCheckpoint> Outside, long FromSequence = long.MinValue, long ToSequence = long.MaxValue, TimeSpan? Patience = null);

/// <summary>What came of it.</summary>
/// <param name="Events">Events whose rows were recomputed.</param>
/// <param name="Sealed">Events that the journal's tree holds.</param>
/// <param name="Unsealed">Events behind them.</param>
/// <param name="Checkpoints">Checkpoints that were checked, those from elsewhere included.</param>
/// <param name="Wrongs">Number of things wrong.</param>
/// <param name="First">The first of them by sequence, at most <see cref="Verifier.MaxNamed"/>.</param>
/// <param name="Holds">The last checkpoint up to which everything is as it was sealed; null when there is none.</param>
public sealed record Verification(long Events, long Sealed, long Unsealed, long Checkpoints, long Wrongs, IReadOnlyList<Wrong> First, Checkpoint? Holds)
{
    /// <summary>Whether nothing is wrong.</summary>
    public bool Clean => Wrongs == 0;
}

/// <summary>
/// Recomputes every leaf from the stored rows, the tree from the leaves, and compares them with what was sealed. Everything streams, in one snapshot of the database: memory does not
/// grow with the journal, and rows are hashed here while PostgreSQL sends the next ones.
/// </summary>
public sealed class Verifier
{
    /// <summary>Most wrong things that are named; all are counted.</summary>
    public const int MaxNamed = 20;

    /// <summary>Bytes to read from the server at once; the more rows come with each, the less each costs.</summary>
    public const int ReadBufferSize = 256 * 1024;

    /// <summary>How long a sealer may take for events that wait: much longer than it needs at its shortest interval.</summary>
    public static readonly TimeSpan DefaultPatience = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(250);

    private const int ProgressStep = 4096;

    private readonly NpgsqlDataSource _database;
    private readonly VerifyRange _range;
    private readonly SortedList<(long Sequence, long Order), Wrong> _named = [];
    private readonly MerkleFrontier _tree = new();
    private readonly CheckpointTrail _trail;
    private readonly Dictionary<(long Number, string Field), (byte[] Commitment, byte[]? Salt, long? Redaction)> _commitments = [];
    private readonly Dictionary<long, FieldRedacted> _redactions = [];
    private readonly Queue<SignedCheckpoint> _outside;
    private long _wrongs;
    private long _outsideChecked;

    private Verifier(NpgsqlDataSource database, VerifyRange range)
    {
        (_database, _range) = (database, range);
        _trail = new(_tree, range.Keys, (kind, sequence, detail) => Wrong(kind, sequence, null, null, detail), () => _wrongs == 0);
        _outside = new(range.Outside.OrderBy(outside => outside.Checkpoint.Size));
    }

    /// <summary>Verifies a journal.</summary>
    /// <param name="database">The journal's database; two connections are used.</param>
    /// <param name="range">What is verified, and by what.</param>
    /// <param name="progress">Told how many sealed events are behind.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="SealKeyException">A checkpoint from elsewhere is not signed by a trusted key, nor is it one of the journal's own.</exception>
    public static Task<Verification> VerifyAsync(NpgsqlDataSource database, VerifyRange range, IProgress<long>? progress, CancellationToken cancellation) =>
        new Verifier(database, range).RunAsync(progress, cancellation);

    private async Task<Verification> RunAsync(IProgress<long>? progress, CancellationToken cancellation)
    {
        await using var first = await _database.OpenConnectionAsync(cancellation);
        await using var second = await _database.OpenConnectionAsync(cancellation);
        await using var third = await _database.OpenConnectionAsync(cancellation);
        await ExecuteAsync(first, "begin transaction isolation level repeatable read, read only", cancellation);
        var snapshot = (string)(await ScalarAsync(first, "select pg_export_snapshot()", cancellation))!;
        foreach (var other in new[] { second, third })
            await ExecuteAsync(other, $"begin transaction isolation level repeatable read, read only; set transaction snapshot '{snapshot}'", cancellation);

        var isSealed = await ScalarAsync(first, "select to_regclass('audit.leaves') is not null and to_regclass('audit.commitments') is not null and to_regclass('audit.checkpoints') is not null", cancellation) is true;
        if (isSealed)
            await LoadCommitmentsAsync(first, cancellation);
        var (events, lastSequence) = isSealed ? await CompareAsync(first, second, third, progress, cancellation) : (0, 0);
        var unsealed = (long)(await ScalarAsync(first, string.Create(CultureInfo.InvariantCulture, $"select count(*) from mt_events where seq_id > {lastSequence}"), cancellation))!;
        if (unsealed > 0)
            await UnsealedAsync(first, lastSequence, unsealed, cancellation);
        foreach (var outside in _outside)
        {
            MustBeSigned(outside);
            _outsideChecked++;
            Wrong(WrongKind.RolledBack, long.MaxValue, null, null, $"the checkpoint of {outside.Checkpoint.Size:N0} events that was kept elsewhere, from {outside.Checkpoint.At:u}, knows of more events than the {_tree.Size:N0} that are sealed here");
        }
        await PlaceAsync(first, cancellation);
        return new(events, _tree.Size, unsealed, _trail.Checked + _outsideChecked, _wrongs, [.. _named.Values], _trail.LastHolding);
    }

    private async Task<(long Events, long LastSequence)> CompareAsync(
        NpgsqlConnection first, NpgsqlConnection second, NpgsqlConnection third, IProgress<long>? progress, CancellationToken cancellation)
    {
        var from = _range.FromSequence;
        await _trail.StartAsync(third, cancellation);
        await using var leaves = await BinaryCopy.StartAsync(second, "select number, seq_id, hash from audit.leaves order by seq_id", 3, cancellation);
        var last = (long)(await ScalarAsync(first, "select coalesce(max(seq_id), 0) from audit.leaves", cancellation))!;
        await using var rows = await BinaryCopy.StartAsync(first, EventRows.Query(from, Math.Min(last, _range.ToSequence)), AuditLeaf.Columns.Count, cancellation);

        var events = 0L;
        var computed = new byte[MerkleTree.HashSize];
        var number = 0L;
        byte[] Commit(string field, string value) => CommitmentTo(number, field, value, rows);
        Func<string, string, byte[]> commit = Commit;
        var more = await rows.ReadAsync(cancellation);
        var lastLeaf = 0L;
        while (await leaves.ReadAsync(cancellation))
        {
            (number, var sequence) = (leaves.Int64(0), leaves.Int64(1));
            lastLeaf = Math.Max(lastLeaf, sequence);
            while (more && rows.Int64(AuditLeaf.Sequence) < sequence)
            {
                WrongRow(WrongKind.Inserted, rows, "was not there when its neighbours were sealed");
                more = await rows.ReadAsync(cancellation);
            }
            var stands = more && rows.Int64(AuditLeaf.Sequence) == sequence;
            if (stands)
            {
                Compare(rows, leaves, number, commit, computed);
                events++;
                more = await rows.ReadAsync(cancellation);
            }
            else if (sequence >= from && sequence <= _range.ToSequence)
            {
                Wrong(WrongKind.Missing, sequence, null, null, "was sealed and is gone");
            }
            if (number != _tree.Size)
                Wrong(WrongKind.Tree, sequence, null, null, $"leaf {_tree.Size:N0} of the tree is gone or was inserted: number {number:N0} stands there");
            _tree.Append(leaves.Field(2));
            if (_trail.NextSize <= _tree.Size)
                await _trail.ReachAsync(sequence, cancellation);
            while (_outside.Count > 0 && _outside.Peek().Checkpoint.Size == _tree.Size)
                CompareOutside(_outside.Dequeue(), sequence, _trail.Origin);
            if (_tree.Size % ProgressStep == 0)
                progress?.Report(_tree.Size);
        }
        for (; more; more = await rows.ReadAsync(cancellation))
            WrongRow(WrongKind.Inserted, rows, "was not there when its neighbours were sealed");
        progress?.Report(_tree.Size);
        await _trail.EndAsync(cancellation);
        return (events, lastLeaf);
    }

    private void Compare(BinaryCopy row, BinaryCopy leaf, long number, Func<string, string, byte[]> commit, byte[] computed)
    {
        try
        {
            EventRows.Hash(row, number, commit, computed);
            if (!leaf.Field(2).SequenceEqual(computed))
                WrongRow(WrongKind.Changed, row, "is not as it was when it was sealed");
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException)
        {
            WrongRow(WrongKind.Changed, row, $"is not as it was when it was sealed: {unreadable.Message}");
        }
    }

    private void CompareOutside(SignedCheckpoint outside, long sequence, string? origin)
    {
        MustBeSigned(outside);
        _outsideChecked++;
        if (outside.Checkpoint.Origin != origin)
            Wrong(WrongKind.RolledBack, sequence, null, null, $"the checkpoint that was kept elsewhere is of the journal {outside.Checkpoint.Origin}, this one is {origin}");
        else if (!_tree.Root().AsSpan().SequenceEqual(outside.Checkpoint.Root))
            Wrong(WrongKind.RolledBack, sequence, null, null, $"the first {outside.Checkpoint.Size:N0} events are not those of the checkpoint that was kept elsewhere, from {outside.Checkpoint.At:u}");
    }

    private void MustBeSigned(SignedCheckpoint outside)
    {
        // One that the journal holds too is vouched for by those that follow on it: after a change of keys the new one is enough.
        if (!outside.SignedBy(_trail.EverTrusted) && !_trail.Holds(outside))
            throw new SealKeyException($"the checkpoint of {outside.Checkpoint.Size} events that was kept elsewhere, from {outside.Checkpoint.At:u}, is signed by none of the given keys and is none of the journal's own: it proves nothing; if the key was changed since, give the one before with --public-key as well");
    }

    // What stands in the leaf for a value: made anew from the value and its salt, or, once redacted, what was kept of it.
    private byte[] CommitmentTo(long number, string field, string value, BinaryCopy row)
    {
        if (!_commitments.TryGetValue((number, field), out var kept))
            return new byte[MerkleTree.HashSize];
        if (kept.Salt is not null)
        {
            var made = AuditLeaf.Commit(kept.Salt, value);
            // The leaf is made over the right one; once the salt is gone, a wrong one that stands here could not be told any more.
            if (!made.AsSpan().SequenceEqual(kept.Commitment))
                WrongRow(WrongKind.Changed, row, $"has a commitment to {field} beside it that is not to its value");
            return made;
        }
        if (value != AuditLeaf.Redacted)
            WrongRow(WrongKind.Changed, row, $"has a value in {field}, which was redacted");
        else if (kept.Redaction is null || !_redactions.TryGetValue(kept.Redaction.Value, out var redaction) || redaction.Sequence != row.Int64(AuditLeaf.Sequence) || redaction.Field != field)
            WrongRow(WrongKind.Blanked, row, $"has no value in {field} any more, and no event of the journal says who redacted it");
        return kept.Commitment;
    }

    private async Task LoadCommitmentsAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using (var command = new NpgsqlCommand("select number, field, commitment, salt, redaction from audit.commitments", connection))
        await using (var reader = await command.ExecuteReaderAsync(cancellation))
        {
            while (await reader.ReadAsync(cancellation))
            {
                _commitments[(reader.GetInt64(0), reader.GetString(1))] = (
                    reader.GetFieldValue<byte[]>(2), reader.IsDBNull(3) ? null : reader.GetFieldValue<byte[]>(3), reader.IsDBNull(4) ? null : reader.GetInt64(4));
            }
        }
        await using var redactions = new NpgsqlCommand(
            $"select seq_id, data from mt_events where type = '{JournalReader.EventName(typeof(FieldRedacted))}' and seq_id in (select redaction from audit.commitments where redaction is not null)", connection);
        await using var rows = await redactions.ExecuteReaderAsync(cancellation);
        while (await rows.ReadAsync(cancellation))
        {
            try
            {
                var stored = new StoredEvent(rows.GetInt64(0), AuditLeaf.RedactionStream, 0, JournalReader.EventName(typeof(FieldRedacted)), default, rows.GetFieldValue<byte[]>(1));
                _redactions[stored.Sequence] = (FieldRedacted)stored.Event();
            }
            catch (InvalidDataException)
            {
                // It was changed: its own leaf says so, and what it should explain stays unexplained.
            }
        }
    }

    private async Task UnsealedAsync(NpgsqlConnection connection, long lastSequence, long count, CancellationToken cancellation)
    {
        // A sealer at work is right behind, and shows it by its work: a lock is easily held, by whoever took the seals away too.
        // Without one, nothing tells these from events that somebody slipped in.
        await using var next = new NpgsqlCommand("select seq_id, stream_id, version from mt_events where seq_id > $1 order by seq_id limit 1", connection) { Parameters = { new() { Value = lastSequence } } };
        await using var reader = await next.ExecuteReaderAsync(cancellation);
        await reader.ReadAsync(cancellation);
        var sequence = reader.GetInt64(0);
        var (stream, version) = (reader.IsDBNull(1) ? null : reader.GetString(1), reader.IsDBNull(2) ? default(long?) : reader.GetInt64(2));
        await reader.DisposeAsync();
        var held = false;
        for (var begin = TimeProvider.System.GetTimestamp(); TimeProvider.System.GetElapsedTime(begin) < (_range.Patience ?? DefaultPatience); await Task.Delay(LookAgain, cancellation))
        {
            if (await IsSealedByNowAsync(sequence, cancellation))
                return;
            held = await IsHeldAsync(connection, cancellation);
            if (!held)
                break;
        }
        Wrong(WrongKind.Unsealed, sequence, stream, version,
            $"is not sealed{(count == 1 ? "" : $", nor are the {count - 1:N0} after it")}, and {(held ? "whoever holds the sealer's leadership does not seal it" : "no sealer is at work")}");
    }

    // As it is now, not as it was when the snapshot was taken.
    private async Task<bool> IsSealedByNowAsync(long sequence, CancellationToken cancellation)
    {
        if (!await SealedTree.IsThereAsync(_database, cancellation))
            return false;
        await using var command = _database.CreateCommand("select exists (select from audit.leaves where seq_id >= $1)");
        command.Parameters.Add(new() { Value = sequence });
        return await command.ExecuteScalarAsync(cancellation) is true;
    }

    private static async Task<bool> IsHeldAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var atWork = new NpgsqlCommand(
            """
            select exists (select 1 from pg_locks where locktype = 'advisory' and granted and database = (select oid from pg_database where datname = current_database())
                and ((classid::bigint << 32) | objid::bigint) = hashtextextended($1, 0))
            """, connection)
        { Parameters = { new() { Value = Sealer.Leader } } };
        return await atWork.ExecuteScalarAsync(cancellation) is true;
    }

    // An event that is wrong at one place may stand, unchanged, at another.
    private async Task PlaceAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        foreach (var (at, wrong) in _named.ToList())
        {
            if (wrong.Kind is not (WrongKind.Missing or WrongKind.Changed or WrongKind.Inserted or WrongKind.Unsealed))
                continue;
            var sealedAs = await FindAsync(connection, "audit.leaves", "seq_id = $1", [wrong.Sequence!], cancellation);
            _named[at] = wrong.Kind switch
            {
                WrongKind.Missing when sealedAs is { } was => await FindAsync(connection, "mt_events", "stream_id = $1 and version = $2", [was.StreamId, was.Version], cancellation) is { } now
                    ? wrong with { Kind = WrongKind.Moved, StreamId = was.StreamId, Version = was.Version, Detail = $"stands at sequence {now.Sequence} now" }
                    : wrong with { StreamId = was.StreamId, Version = was.Version },
                WrongKind.Changed when sealedAs is { } was && (was.StreamId != wrong.StreamId || was.Version != wrong.Version) =>
                    wrong with { Kind = WrongKind.Moved, Detail = $"was sealed as {was.StreamId}, version {was.Version}" },
                WrongKind.Inserted or WrongKind.Unsealed when wrong.StreamId is not null && await FindAsync(connection, "audit.leaves", "stream_id = $1 and version = $2", [wrong.StreamId, wrong.Version], cancellation) is { } was =>
                    wrong with { Kind = WrongKind.Moved, Detail = $"was sealed at sequence {was.Sequence}" },
                _ => wrong,
            };
        }
    }

    private static async Task<(long Sequence, string? StreamId, long Version)?> FindAsync(
        NpgsqlConnection connection, string table, string where, object?[] values, CancellationToken cancellation)
    {
        if (await ScalarAsync(connection, $"select to_regclass('{table}') is null", cancellation) is true)
            return null;
        await using var command = new NpgsqlCommand($"select seq_id, stream_id, version from {table} where {where} limit 1", connection);
        foreach (var value in values)
            command.Parameters.Add(new() { Value = value ?? DBNull.Value });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        return await reader.ReadAsync(cancellation) ? (reader.GetInt64(0), reader.IsDBNull(1) ? null : reader.GetString(1), reader.GetInt64(2)) : null;
    }

    private void WrongRow(WrongKind kind, BinaryCopy row, string detail) => Wrong(
        kind, row.Int64(AuditLeaf.Sequence), row.IsNull(AuditLeaf.StreamId) ? null : Encoding.UTF8.GetString(row.Field(AuditLeaf.StreamId)), row.IsNull(AuditLeaf.Version) ? null : row.Int64(AuditLeaf.Version), detail);

    private void Wrong(WrongKind kind, long sequence, string? stream, long? version, string detail)
    {
        _wrongs++;
        if (_named.Count == MaxNamed && _named.GetKeyAtIndex(MaxNamed - 1).Sequence <= sequence)
            return;
        _named.Add((sequence, _wrongs), new(kind, sequence == long.MaxValue ? null : sequence, stream, version, FormattableString.Invariant($"{detail}")));
        if (_named.Count > MaxNamed)
            _named.RemoveAt(MaxNamed);
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
