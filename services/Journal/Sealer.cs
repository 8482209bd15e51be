using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Npgsql;
using Trading.Core;

namespace Trading.Journal;

/// <summary>The journal cannot be sealed as it is: it is not what was sealed before, or it is sealed with another key. One line.</summary>
public sealed class SealException(string message) : Exception(message);

/// <summary>How far sealing has come.</summary>
/// <param name="Sealed">Events that this call sealed.</param>
/// <param name="Waiting">Events that are readable and not sealed, counted up to a batch: an append in flight may still come before them.</param>
/// <param name="Last">The last checkpoint; null in a journal that holds nothing sealed.</param>
public sealed record SealState(long Sealed, long Waiting, SignedCheckpoint? Last);

/// <summary>
/// Makes what is appended to the journal tamper-evident: gives each event, in sequence order, a gap-free audit number and a leaf of a Merkle tree, and signs the tree's root as
/// a checkpoint. Leaves and checkpoints live in the schema "audit"; each batch is one transaction.
/// </summary>
/// <remarks>
/// A sequence number is drawn by a transaction that may commit long after others with higher numbers, and may even have no transaction id yet that pg_current_snapshot() could tell
/// of. But it shows in pg_locks, from its begin to its end. So a gap is one for good when every transaction of this database that ran when numbers behind it were first readable has
/// ended, and events behind a gap wait until then.
/// </remarks>
public sealed class Sealer(NpgsqlDataSource database, SealKey key, TimeProvider clock)
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
        """;

    // How far events are readable, how many there are, and how far they are without a gap.
    private const string Readable = """
        select coalesce(max(seq_id), $1), count(*), coalesce(max(seq_id) filter (where seq_id = $1 + place), $1) from (
            select seq_id, row_number() over (order by seq_id) as place from (select seq_id from mt_events where seq_id > $1 order by seq_id limit $2) as next) as placed
        """;

    // The locks are read after the statement's snapshot was taken: who drew a number below a readable one either still shows then, or has ended. A prepared transaction shows by its
    // lock on the table alone.
    private const string Sight = """
        select coalesce((select max(seq_id) from mt_events), 0), array(
            select virtualtransaction from pg_locks
            where locktype = 'relation' and relation = 'mt_events'::regclass and mode = 'RowExclusiveLock' and database = (select oid from pg_database where datname = current_database())
            union
            select l.virtualtransaction from pg_locks l join pg_stat_activity a on a.pid = l.pid
            where l.locktype = 'virtualxid' and l.mode = 'ExclusiveLock' and l.pid <> pg_backend_pid() and coalesce(a.backend_type, 'client backend') = 'client backend'
                and a.datid = (select oid from pg_database where datname = current_database()))
        """;

    private Sighting? _sighting;
    private SignedCheckpoint? _remembered;
    private long _rememberedPosition;

    private sealed record Sighting(long High, IReadOnlyList<string> Holders);

    private sealed record Head(long Position, long Size, long LastSequence, SignedCheckpoint? Last, MerkleFrontier Frontier);

    // What a batch adds to the tables; the tree has grown by its leaves.
    private sealed record Batch(BinaryRows Leaves, BinaryRows Commitments, byte[] FirstLeaf, long LastSequence);

    /// <summary>Name of a journal: that of its database, and the beginning of its first leaf's hash.</summary>
    public static string Origin(string database, byte[] firstLeaf) =>
        $"trading/{database.Replace(' ', '-')}-{(firstLeaf.Length == 0 ? new string('0', 2 * OriginHashLength) : Convert.ToHexStringLower(firstLeaf.AsSpan(0, OriginHashLength)))}";

    /// <summary>Creates the tables that the database lacks.</summary>
    public Task PrepareAsync(CancellationToken cancellation) => TableSetup.CreateAsync(database, "audit", Tables, cancellation);

    /// <summary>Seals everything that is safely readable now.</summary>
    /// <exception cref="SealException">The tables are not those of the last checkpoint, or another key seals this journal.</exception>
    public async Task<SealState> SealAsync(CancellationToken cancellation)
    {
        var total = 0L;
        while (true)
        {
            var (count, waiting, last) = await SealBatchAsync(null, cancellation);
            total += count;
            if (count == 0 || waiting == 0)
                return new(total, waiting, last);
        }
    }

    /// <summary>Makes a checkpoint that another key signs too, and from which on only that key seals.</summary>
    public async Task<SignedCheckpoint> RotateAsync(SealKey next, CancellationToken cancellation)
    {
        await SealAsync(cancellation);
        return (await SealBatchAsync(next, cancellation)).Last ?? throw new SealException("nothing was sealed yet: use the new key from the start");
    }

    private async Task<(long Sealed, long Waiting, SignedCheckpoint? Last)> SealBatchAsync(SealKey? next, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await using (var alone = new NpgsqlCommand("select pg_advisory_xact_lock(hashtextextended('audit-seal', 0))", connection))
            await alone.ExecuteNonQueryAsync(cancellation);
        var head = await HeadAsync(connection, cancellation);
        var (target, waiting) = await TargetAsync(connection, head.LastSequence, cancellation);
        var batch = await BatchAsync(connection, head, target, cancellation);
        var count = batch.Leaves.Count;
        if (count == 0 && (next is null || head.Last is null))
            return (0, waiting, head.Last);

        var origin = head.Last?.Checkpoint.Origin ?? Origin(connection.Database, batch.FirstLeaf);
        var signed = new Checkpoint(origin, head.Frontier.Size, head.Frontier.Root(), clock.GetUtcNow(), head.Last?.Hash(), next?.Public)
            .Sign(next is null ? [key] : [key, next]);
        await batch.Leaves.CopyAsync(connection, "audit.leaves (number, seq_id, stream_id, version, hash)", cancellation);
        await batch.Commitments.CopyAsync(connection, "audit.commitments (number, field, commitment, salt)", cancellation);
        await using (var insert = new NpgsqlCommand("insert into audit.checkpoints (position, size, last_seq_id, note, frontier) values ($1, $2, $3, $4, $5)", connection)
        {
            Parameters =
            {
                new() { Value = head.Position + 1 }, new() { Value = head.Frontier.Size }, new() { Value = batch.LastSequence },
                new() { Value = signed.Note }, new() { Value = head.Frontier.State() },
            },
        })
            await insert.ExecuteNonQueryAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        (_remembered, _rememberedPosition) = (signed, head.Position + 1);
        return (count, waiting - count, signed);
    }

    // What is built upon is checked first: a signature under a forged tree would make it a true one.
    private async Task<Head> HeadAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand("select position, size, last_seq_id, note, frontier from audit.checkpoints order by position desc limit 1", connection);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        if (!await reader.ReadAsync(cancellation))
        {
            return _remembered is null ? new(0, 0, 0, null, new())
                : throw new SealException($"the checkpoint of {_remembered.Checkpoint.Size} events that was made here is gone");
        }
        var (position, size, last) = (reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2));
        try
        {
            var signed = SignedCheckpoint.Parse(reader.GetString(3));
            var frontier = new MerkleFrontier(size, reader.GetFieldValue<byte[]>(4));
            var said = signed.Checkpoint;
            if (said.Size != size || !frontier.Root().AsSpan().SequenceEqual(said.Root))
                throw new SealException($"checkpoint {position} does not fit the tree beside it: trading audit verify says more");
            if (position < _rememberedPosition || (position == _rememberedPosition && signed.Note != _remembered!.Note))
                throw new SealException($"the journal went back to {size} events, {_remembered!.Checkpoint.Size} had been sealed here");
            if (said.NextKey is { } successor && successor != key.Public)
                throw new SealException($"since checkpoint {position} the journal is sealed with the key {successor}, not with {key.Public}");
            if (!signed.SignedBy(key.Public))
                throw new SealException($"checkpoint {position} is not signed by the key {key.Public}: another key seals this journal, or somebody replaced its checkpoints");
            return new(position, size, last, signed, frontier);
        }
        catch (Exception unreadable) when (unreadable is FormatException or ArgumentException)
        {
            throw new SealException($"checkpoint {position} cannot be read: {unreadable.Message}");
        }
    }

    private async Task<(long Target, long Waiting)> TargetAsync(NpgsqlConnection connection, long last, CancellationToken cancellation)
    {
        var (high, waiting, withoutGap) = await RowAsync(connection, Readable, [last, BatchSize + 1], row => (row.GetInt64(0), row.GetInt64(1), row.GetInt64(2)), cancellation);
        if (high - last == waiting)
        {
            _sighting = null;
            return (high, waiting);
        }
        var now = await RowAsync(connection, Sight, [], row => new Sighting(row.GetInt64(0), row.GetFieldValue<string[]>(1)), cancellation);
        if (now.Holders.Count == 0)
        {
            _sighting = null;
            return (now.High, waiting);
        }
        var settled = last;
        if (_sighting is not null && !_sighting.Holders.Intersect(now.Holders).Any())
            (settled, _sighting) = (_sighting.High, null);
        _sighting ??= now;
        return (Math.Max(settled, withoutGap), waiting);
    }

    private static async Task<T> RowAsync<T>(NpgsqlConnection connection, string query, long[] parameters, Func<NpgsqlDataReader, T> read, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(query, connection);
        foreach (var parameter in parameters)
            command.Parameters.Add(new() { Value = parameter });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        await reader.ReadAsync(cancellation);
        return read(reader);
    }

    private static async Task<Batch> BatchAsync(NpgsqlConnection connection, Head head, long target, CancellationToken cancellation)
    {
        var (leaves, commitments, first, last) = (new BinaryRows(), new BinaryRows(), new byte[MerkleTree.HashSize], head.LastSequence);
        if (target <= last)
            return new(leaves, commitments, first, last);
        await using var rows = await BinaryCopy.StartAsync(connection, EventRows.Query(last + 1, target, BatchSize), AuditLeaf.Columns.Count, cancellation);
        var hash = new byte[MerkleTree.HashSize];
        Func<string, string, byte[]> commit = (field, value) => AddCommitment(commitments, head.Frontier.Size, field, value);
        while (await rows.ReadAsync(cancellation))
        {
            EventRows.Hash(rows, head.Frontier.Size, commit, hash);
            AddLeaf(leaves, head.Frontier.Size, rows, hash);
            head.Frontier.Append(hash);
            if (leaves.Count == 1)
                hash.CopyTo(first, 0);
            last = rows.Int64(AuditLeaf.Sequence);
        }
        return new(leaves, commitments, first, last);
    }

    private static byte[] AddCommitment(BinaryRows commitments, long number, string field, string value)
    {
        var salt = RandomNumberGenerator.GetBytes(AuditLeaf.SaltSize);
        var commitment = AuditLeaf.Commit(salt, value);
        commitments.BeginRow(4);
        commitments.Add(number);
        commitments.Add(Encoding.UTF8.GetBytes(field));
        commitments.Add(commitment);
        commitments.Add(salt);
        return commitment;
    }

    private static void AddLeaf(BinaryRows leaves, long number, BinaryCopy row, ReadOnlySpan<byte> hash)
    {
        leaves.BeginRow(5);
        leaves.Add(number);
        leaves.Add(row.Int64(AuditLeaf.Sequence));
        if (row.IsNull(AuditLeaf.StreamId))
            leaves.AddNull();
        else
            leaves.Add(row.Field(AuditLeaf.StreamId));
        leaves.Add(row.Int64(AuditLeaf.Version));
        leaves.Add(hash);
    }
}

/// <summary>The rows of mt_events as leaves are made of them.</summary>
internal static class EventRows
{
    public static string Query(long from, long upTo, int? limit = null) => string.Create(
        CultureInfo.InvariantCulture,
        $"select {string.Join(", ", AuditLeaf.Columns)} from mt_events where seq_id >= {from} and seq_id <= {upTo} order by seq_id{(limit is null ? "" : $" limit {limit}")}");

    /// <summary>Hashes the leaf of a row; an operator's event through the commitments to its redactable fields.</summary>
    public static void Hash(BinaryCopy row, long number, Func<string, string, byte[]> commit, Span<byte> hash)
    {
        if (!AuditLeaf.IsRedactable(row.Field(AuditLeaf.Type)))
        {
            AuditLeaf.Hash(row.PrefixedRow, number, hash);
            return;
        }
        var columns = Enumerable.Range(0, AuditLeaf.Columns.Count).Select(column => row.IsNull(column) ? null : row.Field(column).ToArray()).ToArray();
        if (columns[AuditLeaf.Data] is { } data)
            columns[AuditLeaf.Data] = AuditLeaf.WithCommitments(data, commit);
        AuditLeaf.Hash(AuditLeaf.Join(AuditLeaf.PrefixLength, columns), number, hash);
    }
}
