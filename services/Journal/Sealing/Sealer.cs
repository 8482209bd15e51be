using Npgsql;
using Trading.Journal.Keys;
using Trading.Journal.Postgres;

namespace Trading.Journal.Sealing;

/// <summary>The journal cannot be sealed as it is: it is not what was sealed before, or it is sealed with another key. One line.</summary>
public sealed class SealException(string message) : Exception(message);

/// <summary>The state of sealing.</summary>
/// <param name="Sealed">Events that this call sealed.</param>
/// <param name="Waiting">
/// Events that are readable and not sealed, counted up to a batch: an append in flight may still come before them.
/// </param>
/// <param name="Last">The last checkpoint; null when nothing is sealed.</param>
/// <param name="Unmarked">Events that this call sealed and that no program of this system wrote, one line each, the first of them.</param>
/// <param name="HasActs">Whether an operator's event is among those that this call sealed.</param>
public sealed record SealState(long Sealed, long Waiting, SignedCheckpoint? Last, IReadOnlyList<string> Unmarked, bool HasActs);

/// <summary>
/// Makes what is appended to the journal tamper-evident: gives each event, in sequence order, a gap-free audit number and a leaf of a
/// Merkle tree, and signs the tree's root as a checkpoint. Leaves and checkpoints live in the schema "audit"; each batch is one
/// transaction.
/// </summary>
/// <param name="database">The journal's database.</param>
/// <param name="key">The key that signs.</param>
/// <param name="clock">Dates the checkpoints.</param>
/// <param name="journal">The journal that is to be sealed; null takes what its checkpoints say, or makes a new identity.</param>
/// <param name="writers">The key with which programs mark their events; null to look at no marks.</param>
public sealed class Sealer(
    NpgsqlDataSource database, SealKey key, TimeProvider clock, JournalIdentity? journal = null, Events.WriterKey? writers = null)
{
    /// <summary>Most events that one transaction seals.</summary>
    public const int BatchSize = 20_000;

    private const int OriginHashLength = 4;

    /// <summary>Name of the leadership under which one sealer works at a time.</summary>
    public const string Leader = "audit-sealer";

    // Numbers rise with sequences, so one index serves both: every further one would cost the writers.
    private const string Tables = """
        create schema if not exists audit;
        create table if not exists audit.leaves (
            seq_id bigint primary key,
            number bigint not null,
            stream_id varchar,
            version bigint not null,
            hash bytea not null);
        create table if not exists audit.commitments (
            number bigint not null,
            field text not null,
            commitment bytea not null,
            salt bytea,
            redaction bigint,
            primary key (number, field));
        create table if not exists audit.checkpoints (
            position bigint primary key,
            size bigint not null,
            last_seq_id bigint not null,
            note text not null,
            frontier bytea not null);
        create table if not exists audit.cosignatures (
            position bigint not null,
            witness text not null,
            line text not null,
            primary key (position, witness));
        create table if not exists audit.witnesses (
            name text primary key,
            asked timestamptz not null,
            size bigint not null,
            failure text);
        create table if not exists audit.timestamps (
            position bigint primary key,
            token bytea not null);
        """;

    internal static NeededTables Needed { get; } = new("audit",
        ["audit.leaves", "audit.commitments", "audit.checkpoints", "audit.cosignatures", "audit.witnesses", "audit.timestamps"], Tables);

    private const int MostUnmarked = 20;

    // The newest events say whether marks have begun.
    private const string HasMarks = "select exists (select from (select headers from mt_events where seq_id <= $1 and stream_id <> "
        + "'mt_tombstone' order by seq_id desc limit 100) newest where headers ? 'mac')";

    private readonly WriterMarks? _marks = writers is null ? null : new(writers);
    private readonly List<string> _unmarked = [];
    private bool _acts;
    private readonly SealLimit _limit = new();
    private SealHead? _own;

    /// <summary>Name of a journal: the name of its database, and the beginning of its first leaf's hash.</summary>
    public static string Origin(string database, byte[] firstLeaf) =>
        $"trading/{database.Replace(' ', '-')}-" + (firstLeaf.Length == 0
            ? new string('0', 2 * OriginHashLength) : Convert.ToHexStringLower(firstLeaf.AsSpan(0, OriginHashLength)));

    /// <summary>Whether a name is that of a journal in a database of this name.</summary>
    public static bool IsOf(string origin, string database) =>
        AnchorPath.Beginning(origin) == AnchorPath.Beginning(Origin(database, []));

    /// <summary>Creates the tables that the database lacks.</summary>
    public Task PrepareAsync(CancellationToken cancellation) => TableSetup.CreateAsync(database, Needed, cancellation);

    /// <summary>Seals everything that is safely readable now.</summary>
    /// <exception cref="SealException">The tables are not those of the last checkpoint, or another key seals this journal.</exception>
    public async Task<SealState> SealAsync(CancellationToken cancellation)
    {
        var total = 0L;
        _unmarked.Clear();
        _acts = false;
        while (true)
        {
            var (count, waiting, last) = await SealBatchAsync(null, cancellation);
            total += count;
            if (count == 0 || waiting == 0)
                return new(total, waiting, last, [.. _unmarked], _acts);
        }
    }

    /// <summary>Makes a checkpoint that another key signs too, and from which on only that key seals.</summary>
    public async Task<SignedCheckpoint> RotateAsync(SealKey next, CancellationToken cancellation)
    {
        await SealAsync(cancellation);
        return (await SealBatchAsync(next, cancellation)).Last
            ?? throw new SealException("nothing was sealed yet: use the new key from the start");
    }

    private async Task<(long Sealed, long Waiting, SignedCheckpoint? Last)> SealBatchAsync(SealKey? next, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await using (var alone = new NpgsqlCommand("select pg_advisory_xact_lock(hashtextextended('audit-seal', 0))", connection))
            await alone.ExecuteNonQueryAsync(cancellation);
        var head = await SealHead.ReadAsync(connection, key.Public, _own, journal, cancellation);
        var (target, waiting) = await _limit.FindAsync(connection, head.LastSequence, cancellation);
        if (_own is null && _marks is { Began: false })
        {
            await using var marks = new NpgsqlCommand(HasMarks, connection) { Parameters = { new() { Value = head.LastSequence } } };
            _marks.Began = await marks.ExecuteScalarAsync(cancellation) is true;
        }
        var batch = await SealBatch.ReadAsync(connection, head.Frontier, head.LastSequence, target, _marks, cancellation);
        var count = batch.Count;
        if (count == 0 && (next is null || head.Last is null))
            return (0, waiting, head.Last);

        var origin = head.Last?.Checkpoint.Origin ?? Origin(connection.Database, batch.FirstLeaf);
        var signed = new Checkpoint(origin, head.Frontier.Size, head.Frontier.Root(), clock.GetUtcNow(), head.Last?.Hash(), next?.Public,
            head.Last?.Checkpoint.Journal ?? journal?.Id ?? JournalIdentity.New())
            .Sign(next is null ? [key] : [key, next]);
        await batch.CopyAsync(connection, cancellation);
        await using (var insert = new NpgsqlCommand(
            "insert into audit.checkpoints (position, size, last_seq_id, note, frontier) values ($1, $2, $3, $4, $5)", connection)
        {
            Parameters =
            {
                new() { Value = head.Position + 1 }, new() { Value = head.Frontier.Size }, new() { Value = batch.LastSequence },
                new() { Value = signed.Note }, new() { Value = head.Frontier.State() },
            },
        })
            await insert.ExecuteNonQueryAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        _acts |= batch.HasActs;
        _unmarked.AddRange(batch.Unmarked.Take(MostUnmarked - _unmarked.Count));
        _own = new(head.Position + 1, head.Frontier.Size, batch.LastSequence, signed, head.Frontier);
        return (count, waiting - count, signed);
    }
}
