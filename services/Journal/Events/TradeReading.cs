using System.Runtime.CompilerServices;
using Npgsql;
using Trading.Core;
using Trading.Journal.Postgres;

namespace Trading.Journal.Events;

/// <summary>An event with who wrote it and what caused it.</summary>
/// <param name="Stored">The event as it is stored.</param>
/// <param name="Event">The event.</param>
/// <param name="CausationId">The message or command that caused it.</param>
/// <param name="Headers">Service and version of the program, as JSON.</param>
public sealed record WrittenEvent(StoredEvent Stored, object Event, string? CausationId, string? Headers);

/// <summary>Finds and reads trades with SQL: their own events and those of the account that belong to them.</summary>
public static class TradeReading
{
    private const string Columns = $"select {JournalReader.Columns}, causation_id, headers::text from mt_events";

    // The event that ends a trade in its account; without one everything up to now may be about it.
    private const string End = "(select version from mt_events where stream_id = $1 and version > $2 and type in ('trade_settled', "
        + "'reservation_released') and data->>'tradeId' = $3 order by version limit 1)";

    private const int ProposalsAtOnce = 200;

    /// <summary>
    /// Decisions before an event, newest first: their proposals with what became of them, without reading what lies before.
    /// </summary>
    /// <param name="database">The journal.</param>
    /// <param name="first">The first event that is looked at.</param>
    /// <param name="last">The last event that is looked at.</param>
    /// <param name="cancellation">Ends it.</param>
    public static async IAsyncEnumerable<(StoredEvent Proposed, StoredEvent? Assessed, StoredEvent? Closed)> NewestAsync(
        NpgsqlDataSource database, long first, long last, [EnumeratorCancellation] CancellationToken cancellation)
    {
        while (true)
        {
            var proposals = await StoredAsync(database,
                $"select {JournalReader.Columns} from mt_events where seq_id >= $1 and seq_id <= $2 "
                + $"and type in ('trade_proposed', 'exit_proposed') order by seq_id desc limit {ProposalsAtOnce}", cancellation, first,
                    last);
            if (proposals.Count == 0)
                yield break;
            var ends = (await StoredAsync(database,
                $"select {JournalReader.Columns} from mt_events where stream_id = any($1) and version > 1 "
                + "and type in ('trade_assessed', 'trade_closed')", cancellation,
                new object[] { proposals.Select(one => one.StreamId).ToArray() }))
                .ToLookup(one => one.StreamId);
            foreach (var proposed in proposals)
            {
                StoredEvent? Of(string type) => ends[proposed.StreamId].Where(one => one.Type == type).Select(one =>
                    (StoredEvent?)one).FirstOrDefault();
                yield return (proposed, Of("trade_assessed"), Of("trade_closed"));
            }
            last = proposals[^1].Sequence - 1;
        }
    }

    private static Task<List<StoredEvent>> StoredAsync(
        NpgsqlDataSource database, string sql, CancellationToken cancellation, params object[] values) =>
        database.RowsAsync(sql, JournalReader.Row, cancellation, values);

    /// <summary>The event with a sequence number; null when there is none.</summary>
    public static async Task<WrittenEvent?> EventAsync(NpgsqlDataSource database, long sequence, CancellationToken cancellation) =>
        (await ReadAsync(database, $"{Columns} where seq_id = $1", cancellation, sequence)).FirstOrDefault();

    /// <summary>A trade's own events and those of its account that book it, in the journal's order.</summary>
    public static async Task<IReadOnlyList<WrittenEvent>> TradeAsync(
        NpgsqlDataSource database, Guid tradeId, CancellationToken cancellation)
    {
        var events = await ReadAsync(database, $"{Columns} where stream_id = $1 order by version", cancellation, Trade.StreamId(tradeId));
        // From the version on which it was decided, and no further than its end: the account's stream is as long as the journal is old.
        if (events.Select(happened => happened.Event).OfType<TradeAssessed>().FirstOrDefault()
            is { Assessment: { Order: not null } assessment })
            events.AddRange(await ReadAsync(database, $"{Columns} where stream_id = $1 and version > $2 and data->>'tradeId' = $3 "
                + $"and version <= coalesce({End}, {long.MaxValue}) order by version", cancellation,
                Portfolio.StreamId(assessment.Account), assessment.AccountVersion, tradeId.ToString()));
        return [.. events.OrderBy(happened => happened.Stored.Sequence)];
    }

    /// <summary>The last start of a program before an event; null where none is recorded.</summary>
    public static async Task<ProgramStarted?> StartBeforeAsync(
        NpgsqlDataSource database, string service, long sequence, CancellationToken cancellation) =>
        (await ReadAsync(database, $"{Columns} where stream_id = $1 and type = 'program_started' and data->>'service' = $2 and seq_id < $3 "
            + "order by version desc limit 1", cancellation, AuditLeaf.ProgramStream, service,
                sequence)).FirstOrDefault()?.Event as ProgramStarted;

    /// <summary>The streams of trades whose ids begin with a text, at most five.</summary>
    public static Task<IReadOnlyList<string>> StreamsAsync(NpgsqlDataSource database, string beginning, CancellationToken cancellation) =>
        TextsAsync(database, "select id from mt_streams where id >= $1 and id < $1 || 'g' order by id limit 5",
            $"trade-{beginning}", cancellation);

    /// <summary>The streams of trades that an exchange filled under an id of its own.</summary>
    public static Task<IReadOnlyList<string>> FilledAsync(
        NpgsqlDataSource database, string exchangeOrderId, CancellationToken cancellation) =>
        TextsAsync(database, "select distinct stream_id from mt_events where type = 'order_filled' and data->>'exchangeOrderId' = $1",
            exchangeOrderId, cancellation);

    private static async Task<IReadOnlyList<string>> TextsAsync(
        NpgsqlDataSource database, string sql, string parameter, CancellationToken cancellation) =>
        await database.RowsAsync(sql, row => row.GetString(0), cancellation, parameter);

    private static Task<List<WrittenEvent>> ReadAsync(
        NpgsqlDataSource database, string sql, CancellationToken cancellation, params object[] values) => database.RowsAsync(sql, row =>
        {
            var stored = JournalReader.Row(row);
            return new WrittenEvent(stored, stored.Event(), row.IsDBNull(6) ? null : row.GetString(6),
                row.IsDBNull(7) ? null : row.GetString(7));
        }, cancellation, values);
}
