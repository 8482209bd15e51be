using System.Globalization;
using Trading.Contracts;

namespace Trading.Hosting;

/// <summary>What an alert is about.</summary>
public enum AlertKind
{
    /// <summary>An order ended.</summary>
    Trade,

    /// <summary>A limit was reached that keeps the account from buying.</summary>
    Latch,

    /// <summary>Somebody or something changed whether the account may trade.</summary>
    State,

    /// <summary>Messages lie in an error queue.</summary>
    ErrorQueue,

    /// <summary>There are no fresh prices.</summary>
    StalePrices,

    /// <summary>A model makes no predictions.</summary>
    Abstentions,

    /// <summary>The journal is not being sealed.</summary>
    SealingLag,

    /// <summary>Exchange and journal differ.</summary>
    Reconciliation,
}

/// <summary>Something that a person is told, once.</summary>
/// <param name="Key">What it is about: the same however often it is raised.</param>
/// <param name="Kind">What kind of thing it is about.</param>
/// <param name="Subject">One line.</param>
/// <param name="Text">What happened.</param>
/// <param name="Attributes">Names and values by which subscribers filter; at most ten.</param>
/// <param name="At">When it happened (UTC).</param>
public sealed record TradeAlert(string Key, AlertKind Kind, string Subject, string Text, IReadOnlyDictionary<string, string> Attributes, DateTimeOffset At)
{
    private const string Title = "Bitcoin Trade Alert";

    /// <summary>The original system's message about a trade.</summary>
    public static TradeAlert Of(TradeExecuted executed)
    {
        var (assessment, execution) = (executed.Decision.Assessment, executed.Execution);
        var (action, symbol) = (assessment.Signal.ToString().ToUpperInvariant(), assessment.Order?.Symbol ?? "");
        var status = SettingsReader.Dashed(execution.Outcome.ToString());
        var filled = execution.FilledQuantity > 0;
        var price = filled ? execution.AveragePrice : assessment.Order?.WorstPrice ?? 0;
        var amount = (filled ? execution.FilledQuantity : assessment.Order?.Quantity ?? 0) * price;
        var text = string.Create(CultureInfo.InvariantCulture, $"""
            {(execution.Simulated ? "[SIMULATED]" : "[REAL]")} {symbol}
            Action: {action}
            Amount: ${amount:N2}
            Price: ${price:N2}
            Trade ID: {executed.TradeId}
            Status: {status}{(execution.Reason is { } reason ? $" ({reason})" : "")}
            """);
        return new($"trade/{executed.TradeId}", AlertKind.Trade, $"{Title}: {action}", text, new Dictionary<string, string>
        {
            ["kind"] = "trade", ["action"] = action, ["status"] = status, ["symbol"] = symbol, ["mode"] = execution.Simulated ? "SIMULATED" : "REAL", ["exchange"] = execution.Exchange,
            ["amount_usd"] = amount.ToString("0.##", CultureInfo.InvariantCulture), ["account"] = assessment.Account,
        }, execution.ExecutedAt);
    }

    /// <summary>A message about anything else.</summary>
    public static TradeAlert Of(string key, AlertKind kind, string headline, string text, DateTimeOffset at, params (string Name, string Value)[] more)
    {
        var attributes = new Dictionary<string, string> { ["kind"] = SettingsReader.Dashed(kind.ToString()) };
        foreach (var (name, value) in more)
            attributes[name] = value;
        return new(key, kind, $"{Title}: {headline}", text, attributes, at);
    }
}
