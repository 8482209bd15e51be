using System.Text;
using Npgsql;
using Trading.Core;
using Trading.Journal.Postgres;

namespace Trading.Journal.Sealing;

/// <summary>What a verification has found wrong: all of it counted, the first by sequence named.</summary>
internal sealed class WrongList
{
    private readonly SortedList<(long Sequence, long Order), Wrong> _named = [];

    /// <summary>Number of things wrong.</summary>
    public long Count { get; private set; }

    /// <summary>The first of them by sequence.</summary>
    public IReadOnlyList<Wrong> Named => [.. _named.Values];

    /// <summary>Adds something that is wrong with a row.</summary>
    public void AddRow(WrongKind kind, BinaryCopy row, string detail) => Add(
        kind, row.Int64(AuditLeaf.Sequence), row.IsNull(AuditLeaf.StreamId) ? null : Encoding.UTF8.GetString(row.Field(AuditLeaf.StreamId)),
        row.IsNull(AuditLeaf.Version) ? null : row.Int64(AuditLeaf.Version), detail);

    /// <summary>Adds something that is wrong.</summary>
    /// <param name="kind">What.</param>
    /// <param name="sequence">The event's place in the journal; the largest number when it is about no single event.</param>
    /// <param name="stream">Its stream.</param>
    /// <param name="version">Its place in the stream.</param>
    /// <param name="detail">In words.</param>
    public void Add(WrongKind kind, long sequence, string? stream, long? version, string detail)
    {
        Count++;
        if (_named.Count == Verifier.MaxNamed && _named.GetKeyAtIndex(Verifier.MaxNamed - 1).Sequence <= sequence)
            return;
        _named.Add((sequence, Count),
            new(kind, sequence == long.MaxValue ? null : sequence, stream, version, FormattableString.Invariant($"{detail}")));
        if (_named.Count > Verifier.MaxNamed)
            _named.RemoveAt(Verifier.MaxNamed);
    }

    /// <summary>Looks for named events at other places: one that is missing here may stand, unchanged, elsewhere.</summary>
    public async Task PlaceAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        foreach (var (at, wrong) in _named.ToList())
        {
            if (wrong.Kind is WrongKind.Missing or WrongKind.Changed or WrongKind.Inserted or WrongKind.Unsealed)
                _named[at] = await PlacedAsync(connection, wrong, cancellation);
        }
    }

    private static async Task<Wrong> PlacedAsync(NpgsqlConnection connection, Wrong wrong, CancellationToken cancellation)
    {
        var sealedAs = await FindAsync(connection, "audit.leaves", "seq_id = $1", [wrong.Sequence!], cancellation);
        return wrong.Kind switch
        {
            WrongKind.Missing when sealedAs is { StreamId: not null, Version: not null } was => await FindAsync(connection, "mt_events",
                "stream_id = $1 and version = $2", [was.StreamId, was.Version], cancellation) is { } now
                ? wrong with
                {
                    Kind = WrongKind.Moved,
                    StreamId = was.StreamId,
                    Version = was.Version,
                    Detail = $"stands at sequence {now.Sequence} now"
                }
                : wrong with { StreamId = was.StreamId, Version = was.Version },
            WrongKind.Changed when sealedAs is { } was && (was.StreamId != wrong.StreamId || was.Version != wrong.Version) =>
                wrong with { Kind = WrongKind.Moved, Detail = $"was sealed as {was.StreamId}, version {was.Version}" },
            WrongKind.Inserted or WrongKind.Unsealed when wrong.StreamId is not null && await FindAsync(connection, "audit.leaves",
                "stream_id = $1 and version = $2", [wrong.StreamId, wrong.Version], cancellation) is { } was =>
                wrong with { Kind = WrongKind.Moved, Detail = $"was sealed at sequence {was.Sequence}" },
            _ => wrong,
        };
    }

    private static async Task<(long Sequence, string? StreamId, long? Version)?> FindAsync(
        NpgsqlConnection connection, string table, string where, object?[] values, CancellationToken cancellation)
    {
        if (!await connection.HasTablesAsync(cancellation, table))
            return null;
        await using var command = new NpgsqlCommand($"select seq_id, stream_id, version from {table} where {where} limit 1", connection);
        foreach (var value in values)
            command.Parameters.Add(new() { Value = value ?? DBNull.Value });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        return await reader.ReadAsync(cancellation)
            ? (reader.GetInt64(0), reader.IsDBNull(1) ? null : reader.GetString(1), reader.IsDBNull(2) ? null : reader.GetInt64(2)) : null;
    }
}
