using System.Globalization;
using Trading.Contracts;
using Trading.Core;
using Trading.Hosting.Control;
using Trading.Hosting.Settings;
using Trading.Journal.Events;
using Trading.Journal.Postgres;

namespace Trading.Hosting.Alerts;

/// <summary>The events of the journal that are alerted, with their texts.</summary>
public static class EventAlerts
{
    /// <summary>The kinds of events that are alerted, besides refused decisions.</summary>
    public static readonly string[] Types = [.. typeof(IExternalFinding).Assembly.GetTypes()
        .Where(type => type is { IsAbstract: false, IsInterface: false } && type.IsAssignableTo(typeof(IExternalFinding)))
        .Concat([typeof(TradingHalted), typeof(TradingReduced), typeof(TradingResumed), typeof(SymbolStateSet),
            typeof(FlattenOrdered), typeof(LimitLatched), typeof(ReservationReleased), typeof(ExternalFillBooked),
                typeof(ExchangeClockOff), typeof(ProductRulesSeen), typeof(MarksSet), typeof(OperatorCommanded),
                typeof(LimitsSet), typeof(CashAdjusted), typeof(RealTradingConfirmed), typeof(ExternalDifferencesAccepted)])
        .Select(JournalReader.EventName)];

    /// <summary>The rules that refuse every decision once their limit is reached.</summary>
    public static readonly string[] Refusals = [.. new[] { RiskRule.DailyLoss }.Select(rule => rule.ToString())];

    /// <summary>The alert of an event; null when the event is not alerted.</summary>
    public static TradeAlert? Of(StoredEvent stored)
    {
        var key = $"event/{stored.StreamId}/{stored.Version}";
        return stored.Event() switch
        {
            TradingHalted halted => State(key, "HALT", $"Trading was halted by {halted.By}: {halted.Reason}", halted.At),
            TradingReduced reduced =>
                State(key, "REDUCE", $"Positions may only become smaller, by {reduced.By}: {reduced.Reason}", reduced.At),
            TradingResumed resumed => State(key, "RESUME", $"Trading was resumed by {resumed.By}: {resumed.Reason}", resumed.At),
            SymbolStateSet set => State(key, $"{set.Symbol} {set.State.ToString().ToUpperInvariant()}",
                $"{set.Symbol} was set to {DashedName.Of(set.State.ToString())} by {set.By}: {set.Reason}", set.At),
            OperatorCommanded note when DatabaseLife.IsChange(note) =>
                State(key, "DATABASE CHANGED", $"The journal's {note.Command}: {note.Reason}", note.At),
            OperatorCommanded { By: TokenCheck.By } note => State(key, "WRONG TOKENS", $"Somebody guesses tokens: {note.Reason}", note.At),
            // The first limits are the program's own.
            LimitsSet { Version: > 1 } set => State(key, "LIMITS CHANGED",
                $"Version {set.Version} of the limits was set by {set.By}: {set.Reason}", set.At),
            CashAdjusted cash => State(key, "CASH ADJUSTED", string.Create(CultureInfo.InvariantCulture,
                $"{cash.AmountUsd:0.############################} USD were booked by {cash.By}: {cash.Reason}"), cash.At),
            RealTradingConfirmed confirmed => State(key, "REAL TRADING CONFIRMED",
                $"Orders of {confirmed.Configuration} cost real money, confirmed by {confirmed.By}: {confirmed.Reason}", confirmed.At),
            ExternalDifferencesAccepted accepted => State(key, "DIFFERENCES ACCEPTED",
                $"The differences to the exchange were accepted by {accepted.By}: {accepted.Reason}", accepted.At),
            MarksSet set => State(key, "MARKS SET", $"The marks of {set.Symbol} were set right by {set.By}: {set.Reason}", set.At),
            FlattenOrdered flatten => State(key, "FLATTEN", $"Everything is being sold, by {flatten.By}: {flatten.Reason}", flatten.At),
            LimitLatched latched => TradeAlert.Of(key, AlertKind.Latch, "LIMIT REACHED",
                RuleWords.Tell(new(latched.Rule, latched.Observed, latched.Limit, Passed: false))
                + ": nothing is bought until trading is resumed",
                latched.At, ("rule", $"{latched.Rule}")),
            // One alert a day for each rule, because it refuses every decision while its limit is reached.
            TradeAssessed { Assessment: { Refusal: { } rule } assessment } => TradeAlert.Of(
                $"refusal/{assessment.Account}/{rule}/{assessment.AssessedAt.UtcDateTime:yyyy-MM-dd}", AlertKind.Latch, "LIMIT REACHED",
                $"{rule} refuses every purchase: {assessment.Checks.Where(check => check.Rule == rule).Select(Figures).FirstOrDefault()}",
                assessment.AssessedAt, ("rule", $"{rule}"), ("account", assessment.Account)),
            // Once an hour for each symbol, for as long as it goes on.
            ReservationReleased { Refusal: { } refusal, Symbol: { } symbol } released => TradeAlert.Of(
                $"unprotected/{stored.StreamId}/{symbol}/{released.At.UtcDateTime:yyyy-MM-ddTHH}", AlertKind.Unprotected,
                $"{symbol} UNPROTECTED", $"The exchange refuses the stop or the exit of {symbol} ({refusal}): {released.Reason}. "
                    + "It is tried again with growing pauses, and each price is checked against the stop", released.At, ("symbol", symbol)),
            ExternalFillBooked fill => TradeAlert.Of(key, AlertKind.Reconciliation, "BOOKED FROM THE EXCHANGE", string.Create(
                CultureInfo.InvariantCulture,
                $"{fill.Side} {fill.Quantity} {fill.Symbol} at {fill.Price}, by {fill.By}: {fill.Reason}"), fill.At),
            ProductRulesSeen { Product: { Trading: false } product } seen => TradeAlert.Of(key, AlertKind.Unprotected,
                $"{product.Symbol} NOT TRADED", $"{seen.Exchange} does not trade {product.Symbol} now: nothing is bought, and what is held "
                    + "can neither be sold nor get a stop until it does", seen.At, ("symbol", product.Symbol)),
            ExchangeClockOff off => TradeAlert.Of(key, AlertKind.Reconciliation, "CLOCK", off.AheadSeconds == 0
                ? $"The clock agrees with {off.Exchange}'s again" : string.Create(CultureInfo.InvariantCulture,
                    $"The Executor's clock is {Math.Abs(off.AheadSeconds)} s {(off.AheadSeconds > 0 ? "ahead" : "behind")} of "
                    + $"{off.Exchange}'s: set it right"), off.At),
            IExternalFinding found => TradeAlert.Of(key, AlertKind.Reconciliation, "EXCHANGE AND JOURNAL DIFFER", string.Create(
                CultureInfo.InvariantCulture,
                $"{found.Key()}: the journal expects {found.ExpectedUnits()}, the exchange has {found.ObservedUnits()}"), stored.Timestamp),
            _ => null,
        };
    }

    private static string Figures(RiskCheck check) => RuleWords.Tell(check);

    private static TradeAlert State(string key, string action, string text, DateTimeOffset at) =>
        TradeAlert.Of(key, AlertKind.State, action, text, at, ("action", action));
}
