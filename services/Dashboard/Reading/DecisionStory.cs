using System.Text.Json;
using Npgsql;
using Trading.Contracts;
using Trading.Core;
using Trading.Journal.Events;

namespace Trading.Dashboard.Reading;

/// <summary>A step of a decision.</summary>
/// <param name="Sequence">Its place in the journal.</param>
/// <param name="Type">The event's name, for example order_placed.</param>
/// <param name="At">When it was appended (UTC).</param>
/// <param name="Service">The program that wrote it; empty when that was not kept.</param>
/// <param name="Stream">Its stream.</param>
/// <param name="Version">Its place in the stream.</param>
/// <param name="Data">The event as it is stored.</param>
public sealed record DecisionStep(
    long Sequence, string Type, DateTimeOffset At, string Service, string Stream, long Version, JsonElement Data);

/// <summary>A decision with all that belongs to it.</summary>
/// <param name="TradeId">The trade.</param>
/// <param name="Why">Why it was made, in one paragraph.</param>
/// <param name="Outcome">The decision and its end in a few words.</param>
/// <param name="Price">The price at the beginning of it, with the quotes that were taken and left out.</param>
/// <param name="Prediction">The models' answers; null where a price caused an exit.</param>
/// <param name="Exit">Why a position was left; null where a prediction was decided on.</param>
/// <param name="Assessment">The verdict with every check; null where there is none yet.</param>
/// <param name="Execution">The end of the order; null while there is none.</param>
/// <param name="Steps">The events, in order.</param>
public sealed record DecisionStory(
    Guid TradeId, string Why, string Outcome, PriceObserved Price, PredictionMade? Prediction, PositionExit? Exit, Assessment? Assessment,
    Execution? Execution, IReadOnlyList<DecisionStep> Steps)
{
    private const string Columns = $"select {JournalReader.Columns}, headers::text from mt_events";

    /// <summary>
    /// The account's events of a trade stand in the same transactions as its own: so far around those they are looked for.
    /// </summary>
    private const int Near = 1000;

    /// <summary>Reads a decision; null when there is none with that id.</summary>
    public static async Task<DecisionStory?> ReadAsync(NpgsqlDataSource journal, Guid tradeId, CancellationToken cancellation)
    {
        var steps = await ReadAsync(journal, $"{Columns} where stream_id = $1 order by seq_id", cancellation, Trade.StreamId(tradeId));
        var events = steps.Select(step => step.Stored.Event()).ToList();
        var (proposed, exit) = (events.OfType<TradeProposed>().FirstOrDefault(), events.OfType<ExitProposed>().FirstOrDefault());
        if ((proposed?.Prediction.Price ?? exit?.Price) is not { } price)
            return null;
        var assessment = events.OfType<TradeAssessed>().FirstOrDefault()?.Assessment;
        var execution = events.OfType<TradeClosed>().FirstOrDefault()?.Execution;
        if (assessment?.Order is not null)
            steps.AddRange(await ReadAsync(journal,
                $"{Columns} where stream_id = $1 and data->>'tradeId' = $2 and seq_id between $3 and $4", cancellation,
                Portfolio.StreamId(assessment.Account), tradeId.ToString(), steps[0].Stored.Sequence - Near,
                steps[^1].Stored.Sequence + Near));
        return new(
            tradeId, DecisionWhy.Tell(price, proposed?.Prediction, exit?.Exit, assessment, execution),
            DecisionText.Outcome(assessment, execution), price, proposed?.Prediction, exit?.Exit, assessment, execution,
            [.. steps.OrderBy(step => step.Stored.Sequence).Select(step => new DecisionStep(step.Stored.Sequence, step.Stored.Type,
                step.Stored.Timestamp, step.Service, step.Stored.StreamId, step.Stored.Version,
                JsonSerializer.Deserialize<JsonElement>(step.Stored.Data)))]);
    }

    private static async Task<List<(StoredEvent Stored, string Service)>> ReadAsync(
        NpgsqlDataSource journal, string sql, CancellationToken cancellation, params object[] parameters)
    {
        await using var command = journal.CreateCommand(sql);
        foreach (var parameter in parameters)
            command.Parameters.Add(new NpgsqlParameter { Value = parameter });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var rows = new List<(StoredEvent, string)>();
        while (await reader.ReadAsync(cancellation))
            rows.Add((JournalReader.Row(reader), reader.IsDBNull(6) ? "" : Service(reader.GetString(6))));
        return rows;
    }

    private static string Service(string headers)
    {
        using var document = JsonDocument.Parse(headers);
        return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("service", out var service)
            ? service.ToString() : "";
    }
}
