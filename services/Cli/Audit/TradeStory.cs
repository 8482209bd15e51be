using System.Globalization;
using System.Text.Json;
using Trading.Cli.Shared;
using Trading.Contracts;
using Trading.Core;
using Trading.Journal.Events;

namespace Trading.Cli.Audit;

/// <summary>All that the journal says about one trade: its own events and those of the account that belong to it, in order.</summary>
public sealed record TradeStory(Guid TradeId, IReadOnlyList<WrittenEvent> Events)
{
    /// <summary>The prediction; null when an exit was proposed.</summary>
    public PredictionMade? Prediction => First<TradeProposed>()?.Prediction;

    /// <summary>The exit; null when a prediction was proposed.</summary>
    public PositionExit? Exit => First<ExitProposed>()?.Exit;

    /// <summary>The price at the begin of it.</summary>
    public PriceObserved Price => Prediction?.Price ?? First<ExitProposed>()?.Price
        ?? throw new CommandException($"the proposal of trade {TradeId} is not in the journal");

    /// <summary>The decision; null where there is none.</summary>
    public Assessment? Assessment => First<TradeAssessed>()?.Assessment;

    /// <summary>The end of the order; null while there is none.</summary>
    public Execution? Execution => First<TradeClosed>()?.Execution;

    /// <summary>The first event of a kind.</summary>
    public T? First<T>()
        where T : class => Events.Select(happened => happened.Event).OfType<T>().FirstOrDefault();

    /// <summary>
    /// Finds the trade of an id, the first digits of one, a client order id, an exchange's order id, or the sequence number of any of its
    /// events.
    /// </summary>
    /// <exception cref="CommandException">There is none, or several.</exception>
    public static async Task<TradeStory> FindAsync(JournalRun run, string what)
    {
        var streams = await StreamsAsync(run, what);
        if (streams is not [var stream])
        {
            throw new CommandException(streams.Count == 0
                ? $"there is no trade, order or event {what}: an id, at least 6 digits of its beginning, "
                    + "an order id or a sequence number is taken"
                : $"{what} is the beginning of several trades: {string.Join(", ", streams.Select(found => found["trade-".Length..]))}");
        }
        var tradeId = Guid.Parse(stream["trade-".Length..]);
        return new(tradeId, await TradeReading.TradeAsync(run.Database, tradeId, run.Cancellation));
    }

    /// <summary>The service that wrote an event; empty when the headers do not say.</summary>
    public static string Service(WrittenEvent written)
    {
        if (written.Headers is null)
            return "";
        using var document = JsonDocument.Parse(written.Headers);
        return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("service", out var service)
            ? service.ToString() : "";
    }

    private static async Task<IReadOnlyList<string>> StreamsAsync(JournalRun run, string what)
    {
        if (long.TryParse(what, NumberStyles.None, CultureInfo.InvariantCulture, out var sequence)
            && await TradeReading.EventAsync(run.Database, sequence, run.Cancellation) is { } happened)
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
        IReadOnlyList<string> found = what.Length >= 6 && what.All(letter => char.IsAsciiHexDigitLower(letter) || letter == '-')
            ? await TradeReading.StreamsAsync(run.Database, what, run.Cancellation) : [];
        return found.Count > 0 ? found : await TradeReading.FilledAsync(run.Database, what, run.Cancellation);
    }
}
