using System.Globalization;
using Trading.Contracts;
using Trading.Hosting.Settings;

namespace Trading.Hosting.Alerts;

/// <summary>What an alert is about.</summary>
public enum AlertKind
{
    /// <summary>An order ended.</summary>
    Trade,

    /// <summary>A limit was reached that keeps the account from buying.</summary>
    Latch,

    /// <summary>The account's trading state changed.</summary>
    State,

    /// <summary>Messages are in an error queue.</summary>
    ErrorQueue,

    /// <summary>There are no fresh prices.</summary>
    StalePrices,

    /// <summary>A model makes no predictions.</summary>
    Abstentions,

    /// <summary>The journal is not being sealed.</summary>
    SealingLag,

    /// <summary>Exchange and journal differ.</summary>
    Reconciliation,

    /// <summary>A position has no stop on the exchange, or its exit is refused.</summary>
    Unprotected,

    /// <summary>Too few witnesses cosign the journal's checkpoints, or one says that it saw another journal.</summary>
    Witnesses,

    /// <summary>A background work of a program fails.</summary>
    WorkFails,

    /// <summary>A check of the whole journal found something wrong.</summary>
    Audit,
}

/// <summary>A message to people, sent once.</summary>
/// <param name="Key">Identifies its cause, so that it is raised once.</param>
/// <param name="Kind">Kind of its cause.</param>
/// <param name="Subject">One line.</param>
/// <param name="Text">What happened.</param>
/// <param name="Attributes">Names and values for subscribers' filters; at most ten.</param>
/// <param name="At">When it happened (UTC).</param>
public sealed record TradeAlert(
    string Key, AlertKind Kind, string Subject, string Text, IReadOnlyDictionary<string, string> Attributes, DateTimeOffset At)
{
    private const string Title = "Bitcoin Trade Alert";

    /// <summary>The original system's message about a trade.</summary>
    public static TradeAlert Of(TradeExecuted executed)
    {
        var (assessment, execution) = (executed.Decision.Assessment, executed.Execution);
        var (action, symbol) = (assessment.Signal.ToString().ToUpperInvariant(), assessment.Order?.Symbol ?? "");
        var status = DashedName.Of(execution.Outcome.ToString());
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
            ["kind"] = "trade", ["action"] = action, ["status"] = status, ["symbol"] = symbol,
            ["mode"] = execution.Simulated ? "SIMULATED" : "REAL", ["exchange"] = execution.Exchange,
            ["amount_usd"] = amount.ToString("0.##", CultureInfo.InvariantCulture), ["account"] = assessment.Account,
        }, execution.ExecutedAt);
    }

    /// <summary>Any other message.</summary>
    public static TradeAlert Of(string key, AlertKind kind, string headline, string text, DateTimeOffset at,
        params (string Name, string Value)[] more)
    {
        var attributes = new Dictionary<string, string> { ["kind"] = DashedName.Of(kind.ToString()) };
        foreach (var (name, value) in more)
            attributes[name] = value;
        return new(key, kind, $"{Title}: {headline}", text, attributes, at);
    }
}
