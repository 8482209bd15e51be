using Npgsql;
using NpgsqlTypes;
using Trading.Core;
using Trading.Journal.Postgres;

namespace Trading.Journal.Events;

/// <summary>What the scoring of predictions reads from the journal.</summary>
public static class ScoreReading
{
    private const string Firsts = $"select {JournalReader.Columns} from mt_events where stream_id = any($1) and version = 1";

    private const string Lasts = $"select * from (select {JournalReader.Columns} from mt_events where stream_id = $1 order by version desc "
        + "limit $2) newest order by version";

    private const string UpTo = $"select {JournalReader.Columns} from mt_events where stream_id = $1 and (data->>'scoredAt')::timestamptz "
        + "<= $2 order by version desc limit 1";

    /// <summary>The first event of each of the given streams that exist.</summary>
    public static Task<IReadOnlyList<StoredEvent>> FirstEventsAsync(
        this TradeJournal journal, string[] streams, CancellationToken cancellation) =>
        ReadAsync(journal, Firsts, cancellation,
            new NpgsqlParameter { Value = streams, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Varchar });

    /// <summary>The last scores of a stream, oldest first.</summary>
    public static async Task<IEnumerable<PredictionScored>> LastScoresAsync(
        this TradeJournal journal, string stream, int count, CancellationToken cancellation) =>
        (await ReadAsync(journal, Lasts, cancellation, new() { Value = stream, NpgsqlDbType = NpgsqlDbType.Varchar },
            new() { Value = count })).Select(stored => (PredictionScored)stored.Event());

    /// <summary>The record of a stream of scores as it was at an instant of the prices' time.</summary>
    public static async Task<ModelRecord> RecordAtAsync(this TradeJournal journal, string stream, DateTimeOffset at,
        CancellationToken cancellation) =>
        (await ReadAsync(journal, UpTo, cancellation, new() { Value = stream, NpgsqlDbType = NpgsqlDbType.Varchar },
            new() { Value = at.UtcDateTime }))
            .Select(stored => ((PredictionScored)stored.Event()).Record).FirstOrDefault();

    private static async Task<IReadOnlyList<StoredEvent>> ReadAsync(TradeJournal journal, string sql, CancellationToken cancellation,
        params NpgsqlParameter[] parameters) => await journal.Database.RowsAsync(sql, JournalReader.Row, cancellation, parameters);
}
