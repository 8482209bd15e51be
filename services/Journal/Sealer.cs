using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Npgsql;
using NpgsqlTypes;
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

    private const string Readable = "select coalesce(max(seq_id), $1), count(*) from (select seq_id from mt_events where seq_id > $1 order by seq_id limit $2) as next";

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

    private const string WithoutGap = """
        select coalesce(max(seq_id), $1) from (
            select seq_id, row_number() over (order by seq_id) as place from (select seq_id from mt_events where seq_id > $1 order by seq_id limit $2) as next) as placed
        where seq_id = $1 + place
        """;

    private Sighting? _sighting;
    private SignedCheckpoint? _remembered;
    private long _rememberedPosition;

    private sealed record Sighting(long High, IReadOnlyList<string> Holders);

    private sealed record Head(long Position, long Size, long LastSequence, SignedCheckpoint? Last, MerkleFrontier Frontier);

    private sealed record Leaf(long Number, long Sequence, string? StreamId, long Version, byte[] Hash);

    private sealed record Commitment(long Number, string Field, byte[] Value, byte[] Salt);

    /// <summary>Name of a journal: that of its database, and the beginning of its first leaf's hash.</summary>
    public static string Origin(string database, byte[] firstLeaf) =>
        $"trading/{database.Replace(' ', '-')}-{(firstLeaf.Length == 0 ? new string('0', 2 * OriginHashLength) : Convert.ToHexStringLower(firstLeaf.AsSpan(0, OriginHashLength)))}";

    /// <summary>Creates the tables that the database lacks.</summary>
    public async Task PrepareAsync(CancellationToken cancellation)
    {
        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(new("select pg_advisory_xact_lock(hashtext('audit'))"));
        foreach (var statement in Tables.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            batch.BatchCommands.Add(new(statement));
        await batch.ExecuteNonQueryAsync(cancellation);
    }

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
        var (leaves, commitments) = target > head.LastSequence ? await LeavesAsync(connection, head, target, cancellation) : ([], []);
        if (leaves.Count == 0 && (next is null || head.Last is null))
            return (0, waiting, head.Last);

        foreach (var leaf in leaves)
            head.Frontier.Append(leaf.Hash);
        var origin = head.Last?.Checkpoint.Origin ?? Origin(connection.Database, leaves[0].Hash);
        var signed = new Checkpoint(origin, head.Frontier.Size, head.Frontier.Root(), clock.GetUtcNow(), head.Last?.Hash(), next?.Public)
            .Sign(next is null ? [key] : [key, next]);
        await WriteAsync(connection, leaves, commitments, cancellation);
        await using (var insert = new NpgsqlCommand("insert into audit.checkpoints (position, size, last_seq_id, note, frontier) values ($1, $2, $3, $4, $5)", connection)
        {
            Parameters =
            {
                new() { Value = head.Position + 1 }, new() { Value = head.Frontier.Size }, new() { Value = leaves.Count > 0 ? leaves[^1].Sequence : head.LastSequence },
                new() { Value = signed.Note }, new() { Value = head.Frontier.State() },
            },
        })
            await insert.ExecuteNonQueryAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        (_remembered, _rememberedPosition) = (signed, head.Position + 1);
        return (leaves.Count, waiting - leaves.Count, signed);
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
        var (high, waiting) = await RowAsync(connection, Readable, [last, BatchSize + 1], row => (row.GetInt64(0), row.GetInt64(1)), cancellation);
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
        var withoutGap = await RowAsync(connection, WithoutGap, [last, BatchSize], row => row.GetInt64(0), cancellation);
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

    private static async Task<(List<Leaf> Leaves, List<Commitment> Commitments)> LeavesAsync(NpgsqlConnection connection, Head head, long target, CancellationToken cancellation)
    {
        var (leaves, commitments) = (new List<Leaf>(), new List<Commitment>());
        await using var rows = await BinaryCopy.StartAsync(connection, EventRows.Query(head.LastSequence + 1, target, BatchSize), AuditLeaf.Columns.Count, cancellation);
        while (await rows.ReadAsync(cancellation))
            leaves.Add(LeafOf(rows, head.Size + leaves.Count, commitments));
        return (leaves, commitments);
    }

    private static Leaf LeafOf(BinaryCopy row, long number, List<Commitment> commitments)
    {
        var hash = new byte[MerkleTree.HashSize];
        var leaf = new Leaf(number, row.Int64(AuditLeaf.Sequence), row.IsNull(AuditLeaf.StreamId) ? null : Encoding.UTF8.GetString(row.Field(AuditLeaf.StreamId)), row.Int64(AuditLeaf.Version), hash);
        EventRows.Hash(row, number, (field, value) =>
        {
            var salt = RandomNumberGenerator.GetBytes(AuditLeaf.SaltSize);
            commitments.Add(new(number, field, AuditLeaf.Commit(salt, value), salt));
            return commitments[^1].Value;
        }, hash);
        return leaf;
    }

    private static async Task WriteAsync(NpgsqlConnection connection, List<Leaf> leaves, List<Commitment> commitments, CancellationToken cancellation)
    {
        await ImportAsync(connection, "audit.leaves (number, seq_id, stream_id, version, hash)", leaves, async (import, leaf) =>
        {
            await import.WriteAsync(leaf.Number, NpgsqlDbType.Bigint, cancellation);
            await import.WriteAsync(leaf.Sequence, NpgsqlDbType.Bigint, cancellation);
            await import.WriteAsync(leaf.StreamId, NpgsqlDbType.Varchar, cancellation);
            await import.WriteAsync(leaf.Version, NpgsqlDbType.Bigint, cancellation);
            await import.WriteAsync(leaf.Hash, NpgsqlDbType.Bytea, cancellation);
        }, cancellation);
        await ImportAsync(connection, "audit.commitments (number, field, commitment, salt)", commitments, async (import, commitment) =>
        {
            await import.WriteAsync(commitment.Number, NpgsqlDbType.Bigint, cancellation);
            await import.WriteAsync(commitment.Field, NpgsqlDbType.Text, cancellation);
            await import.WriteAsync(commitment.Value, NpgsqlDbType.Bytea, cancellation);
            await import.WriteAsync(commitment.Salt, NpgsqlDbType.Bytea, cancellation);
        }, cancellation);
    }

    private static async Task ImportAsync<T>(NpgsqlConnection connection, string columns, List<T> rows, Func<NpgsqlBinaryImporter, T, Task> write, CancellationToken cancellation)
    {
        if (rows.Count == 0)
            return;
        await using var import = await connection.BeginBinaryImportAsync($"copy {columns} from stdin (format binary)", cancellation);
        foreach (var row in rows)
        {
            await import.StartRowAsync(cancellation);
            await write(import, row);
        }
        await import.CompleteAsync(cancellation);
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
        columns[AuditLeaf.Data] = AuditLeaf.WithCommitments(columns[AuditLeaf.Data], commit);
        AuditLeaf.Hash(AuditLeaf.Join(AuditLeaf.PrefixLength, columns), number, hash);
    }
}
