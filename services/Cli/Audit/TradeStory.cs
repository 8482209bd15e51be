using System.Globalization;
using System.Text.Json;
using Npgsql;
using Trading.Contracts;
using Trading.Core;
using Trading.Journal;

namespace Trading.Cli.Audit;

/// <summary>An event with who wrote it and what caused it.</summary>
/// <param name="Stored">The event as it is stored.</param>
/// <param name="Event">The event.</param>
/// <param name="CausationId">The message or command that caused it.</param>
/// <param name="Headers">Service and version of the program, as JSON.</param>
public sealed record StoryEvent(StoredEvent Stored, object Event, string? CausationId, string? Headers)
{
    /// <summary>The service that wrote it; empty when the headers do not say.</summary>
    public string Service()
    {
        if (Headers is null)
            return "";
        using var document = JsonDocument.Parse(Headers);
        return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("service", out var service) ? service.ToString() : "";
    }
}

/// <summary>All that the journal says about one trade: its own events and those of the account that belong to it, in order.</summary>
public sealed record TradeStory(Guid TradeId, IReadOnlyList<StoryEvent> Events)
{
    private const string Columns = $"select {JournalReader.Columns}, causation_id, headers::text from mt_events";

    /// <summary>The prediction; null when an exit was proposed.</summary>
    public PredictionMade? Prediction => First<TradeProposed>()?.Prediction;

    /// <summary>The exit; null when a prediction was proposed.</summary>
    public PositionExit? Exit => First<ExitProposed>()?.Exit;

    /// <summary>The price at the begin of it.</summary>
    public PriceObserved Price => Prediction?.Price ?? First<ExitProposed>()?.Price ?? throw new AuditException($"the proposal of trade {TradeId} is not in the journal");

    /// <summary>The decision; null where there is none.</summary>
    public Assessment? Assessment => First<TradeAssessed>()?.Assessment;

    /// <summary>The end of the order; null while there is none.</summary>
    public Execution? Execution => First<TradeClosed>()?.Execution;

    /// <summary>The first event of a kind.</summary>
    public T? First<T>()
        where T : class => Events.Select(happened => happened.Event).OfType<T>().FirstOrDefault();

    /// <summary>Finds the trade of an id, the first digits of one, a client order id, an exchange's order id, or the sequence number of any of its events.</summary>
    /// <exception cref="AuditException">There is none, or several.</exception>
    public static async Task<TradeStory> FindAsync(AuditRun run, string what)
    {
        var streams = await StreamsAsync(run, what);
        if (streams is not [var stream])
        {
            throw new AuditException(streams.Count == 0
                ? $"there is no trade, order or event {what}: an id, at least 6 digits of its beginning, an order id or a sequence number is taken"
                : $"{what} is the beginning of several trades: {string.Join(", ", streams.Select(found => found["trade-".Length..]))}");
        }
        var tradeId = Guid.Parse(stream["trade-".Length..]);
        var events = await ReadAsync(run, $"{Columns} where stream_id = $1 order by seq_id", stream);
        if (events.Select(happened => happened.Event).OfType<TradeAssessed>().FirstOrDefault() is { Assessment: { Order: not null } assessment })
            events.AddRange(await ReadAsync(run, $"{Columns} where stream_id = $1 and data->>'tradeId' = $2 order by seq_id", Portfolio.StreamId(assessment.Account), tradeId.ToString()));
        return new(tradeId, [.. events.OrderBy(happened => happened.Stored.Sequence)]);
    }

    /// <summary>The event with a sequence number; null when there is none.</summary>
    public static async Task<StoryEvent?> EventAsync(AuditRun run, long sequence) => (await ReadAsync(run, $"{Columns} where seq_id = $1", sequence)).FirstOrDefault();

    private static async Task<List<string>> StreamsAsync(AuditRun run, string what)
    {
        if (long.TryParse(what, NumberStyles.None, CultureInfo.InvariantCulture, out var sequence) && await EventAsync(run, sequence) is { } happened)
        {
            return happened.Stored.StreamId.StartsWith("trade-", StringComparison.Ordinal) ? [happened.Stored.StreamId]
                : happened.Event switch
                {
                    FundsReserved reserved => [Trade.StreamId(reserved.TradeId)],
                    ReservationReleased released => [Trade.StreamId(released.TradeId)],
                    TradeSettled settled => [Trade.StreamId(settled.TradeId)],
                    _ => [],
                };
        }
        if (DerivedId.WithoutOrderKind(what) is var order && order != what && Guid.TryParse(order, out var ordered))
            what = ordered.ToString();
        if (what.StartsWith("trade-", StringComparison.Ordinal))
            what = what["trade-".Length..];
        var found = new List<string>();
        if (what.Length >= 6 && what.All(letter => char.IsAsciiHexDigitLower(letter) || letter == '-'))
            found = await TextsAsync(run, "select id from mt_streams where id >= $1 and id < $1 || 'g' order by id limit 5", $"trade-{what}");
        return found.Count > 0 ? found : await TextsAsync(run, "select distinct stream_id from mt_events where type = 'order_filled' and data->>'exchangeOrderId' = $1", what);
    }

    private static async Task<List<string>> TextsAsync(AuditRun run, string sql, string parameter)
    {
        await using var command = run.Database.CreateCommand(sql);
        command.Parameters.Add(new NpgsqlParameter { Value = parameter });
        await using var reader = await command.ExecuteReaderAsync(run.Cancellation);
        var texts = new List<string>();
        while (await reader.ReadAsync(run.Cancellation))
            texts.Add(reader.GetString(0));
        return texts;
    }

    private static async Task<List<StoryEvent>> ReadAsync(AuditRun run, string sql, params object[] parameters)
    {
        await using var command = run.Database.CreateCommand(sql);
        foreach (var parameter in parameters)
            command.Parameters.Add(new NpgsqlParameter { Value = parameter });
        await using var reader = await command.ExecuteReaderAsync(run.Cancellation);
        var events = new List<StoryEvent>();
        while (await reader.ReadAsync(run.Cancellation))
        {
            var stored = JournalReader.Row(reader);
            events.Add(new(stored, stored.Event(), reader.IsDBNull(6) ? null : reader.GetString(6), reader.IsDBNull(7) ? null : reader.GetString(7)));
        }
        return events;
    }
}
