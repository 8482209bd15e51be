using System.Globalization;
using Trading.Contracts;
using Trading.Core;
using Trading.Journal;

namespace Trading.Hosting;

/// <summary>What events of the journal are alerted, and how.</summary>
public static class EventAlerts
{
    /// <summary>The kinds of events that are alerted, beside refused decisions.</summary>
    public static readonly string[] Types = [.. typeof(IExternalFinding).Assembly.GetTypes()
        .Where(type => type is { IsAbstract: false, IsInterface: false } && type.IsAssignableTo(typeof(IExternalFinding)))
        .Concat([typeof(TradingHalted), typeof(TradingReduced), typeof(TradingResumed), typeof(SymbolStateSet), typeof(FlattenOrdered), typeof(LimitLatched)])
        .Select(JournalReader.EventName)];

    /// <summary>The rules that refuse decision after decision once their limit is reached.</summary>
    public static readonly string[] Refusals = [.. new[] { RiskRule.DailyLoss }.Select(rule => rule.ToString())];

    /// <summary>The alert of an event; null for one that is none.</summary>
    public static TradeAlert? Of(StoredEvent stored)
    {
        var key = $"event/{stored.StreamId}/{stored.Version}";
        return stored.Event() switch
        {
            TradingHalted halted => State(key, "HALT", $"Trading was halted by {halted.By}: {halted.Reason}", halted.At),
            TradingReduced reduced => State(key, "REDUCE", $"Positions may only become smaller, by {reduced.By}: {reduced.Reason}", reduced.At),
            TradingResumed resumed => State(key, "RESUME", $"Trading was resumed by {resumed.By}: {resumed.Reason}", resumed.At),
            SymbolStateSet set => State(key, $"{set.Symbol} {set.State.ToString().ToUpperInvariant()}", $"{set.Symbol} was set to {SettingsReader.Dashed(set.State.ToString())} by {set.By}: {set.Reason}", set.At),
            FlattenOrdered flatten => State(key, "FLATTEN", $"Everything is being sold, by {flatten.By}: {flatten.Reason}", flatten.At),
            LimitLatched latched => TradeAlert.Of(key, AlertKind.Latch, "LIMIT REACHED", string.Create(
                CultureInfo.InvariantCulture, $"{latched.Rule} is {latched.Observed:0.####}, limit {latched.Limit:0.####}: nothing is bought until trading is resumed"), latched.At, ("rule", $"{latched.Rule}")),
            // One a day for each rule: as long as it holds, it refuses each decision.
            TradeAssessed { Assessment: { Refusal: { } rule } assessment } => TradeAlert.Of(
                $"refusal/{assessment.Account}/{rule}/{assessment.AssessedAt.UtcDateTime:yyyy-MM-dd}", AlertKind.Latch, "LIMIT REACHED",
                string.Create(CultureInfo.InvariantCulture, $"{rule} refuses every purchase: {assessment.Checks.Where(check => check.Rule == rule).Select(check => $"{check.Observed:0.####}, limit {check.Limit:0.####}").FirstOrDefault()}"),
                assessment.AssessedAt, ("rule", $"{rule}"), ("account", assessment.Account)),
            IExternalFinding found => TradeAlert.Of(key, AlertKind.Reconciliation, "EXCHANGE AND JOURNAL DIFFER", string.Create(
                CultureInfo.InvariantCulture, $"{found.Key()}: the journal expects {found.ExpectedUnits()}, the exchange has {found.ObservedUnits()}"), stored.Timestamp),
            _ => null,
        };
    }

    private static TradeAlert State(string key, string action, string text, DateTimeOffset at) => TradeAlert.Of(key, AlertKind.State, action, text, at, ("action", action));
}
