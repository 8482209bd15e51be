using System.Text.Json;
using Npgsql;
using Trading.Core;
using Trading.Journal.Postgres;

namespace Trading.Journal.Events;

/// <summary>Accounts as the journal states them at some versions, so that a fold need not begin at the first event.</summary>
public static class StatedAccounts
{
    /// <summary>So many events of an account come between two statements.</summary>
    public const long EventsApart = 5_000;

    private const string Newest = "select version, type, correlation_id, causation_id, headers, data from mt_events where stream_id = $1 "
        + "and data ->> 'streamId' = $2 and (data ->> 'version')::bigint <= $3 order by version desc limit 1";

    private sealed record Row(long Version, string Type, string? Correlation, string? Causation, byte[] Headers, byte[] Data);

    /// <summary>
    /// The newest statement about an account up to a version; null where there is none, or none that a program with the key wrote: a row of
    /// the database is not believed otherwise.
    /// </summary>
    /// <param name="database">The journal.</param>
    /// <param name="key">The key of writers; null believes none.</param>
    /// <param name="streamId">The account's stream.</param>
    /// <param name="upTo">The last version that it may be of.</param>
    /// <param name="cancellation">Ends it.</param>
    public static async Task<Loaded<Portfolio>?> FindAsync(
        NpgsqlDataSource database, WriterKey? key, string streamId, long upTo, CancellationToken cancellation)
    {
        if (key is null)
            return null;
        var rows = await database.RowsAsync(Newest, row => new Row(row.GetInt64(0), row.GetString(1), Text(row, 2), Text(row, 3),
            row.IsDBNull(4) ? [] : row.GetFieldValue<byte[]>(4), row.GetFieldValue<byte[]>(5)), cancellation, AuditLeaf.AccountStream,
            streamId, upTo);
        if (rows is not [var row] || key.Violation(AuditLeaf.AccountStream, row.Version, row.Type, row.Correlation, row.Causation,
            row.Headers, row.Data, out _) is not null)
            return null;
        return Read(new(0, AuditLeaf.AccountStream, row.Version, row.Type, default, row.Data));
    }

    /// <summary>States an account that was just folded and compared, where the last statement is far enough back.</summary>
    /// <returns>Whether it was stated.</returns>
    public static async Task<bool> StateAsync(
        TradeJournal journal, string streamId, Loaded<Portfolio> folded, DateTimeOffset now, CancellationToken cancellation)
    {
        if (journal.Writer.Key is null)
            return false;
        var last = await FindAsync(journal.Database, journal.Writer.Key, streamId, long.MaxValue, cancellation);
        if (folded.Version - (last?.Version ?? 0) < EventsApart)
            return false;
        await journal.AppendToEndAsync(AuditLeaf.AccountStream, new AccountStated(streamId, folded.Version,
            JsonSerializer.Serialize(folded.State, AccountJson.Default.Portfolio), now), new(null, "account check"), cancellation);
        return true;
    }

    /// <summary>
    /// The account in a statement; null when it cannot be read, or lacks values that an earlier version of the program did not keep.
    /// </summary>
    internal static Loaded<Portfolio>? Read(in StoredEvent stored)
    {
        try
        {
            if (stored.Event() is not AccountStated stated
                || JsonSerializer.Deserialize(stated.State, AccountJson.Default.Portfolio) is not { } state || state.Id != stated.StreamId)
                return null;
            using var raw = JsonDocument.Parse(stated.State);
            return AccountFields.Of(state).Keys.Any(path => AccountFields.IsLeftOut(raw.RootElement, path)) ? null
                : new(state, stated.Version);
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidDataException)
        {
            return null;
        }
    }

    private static string? Text(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);
}
