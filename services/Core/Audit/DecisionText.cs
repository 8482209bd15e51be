using System.Globalization;
using Trading.Contracts;

namespace Trading.Core;

/// <summary>Numbers, times and decisions in words, the same in every culture and wherever they are read.</summary>
public static class DecisionText
{
    /// <summary>A time in UTC, to the millisecond where it has any.</summary>
    public static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss.FFF", CultureInfo.InvariantCulture);

    /// <summary>Every digit of a number.</summary>
    public static string Exact(decimal value) => value.ToString("0.############################", CultureInfo.InvariantCulture);

    /// <summary>An amount to the cent.</summary>
    public static string Money(decimal value) => Core.Money.Text(value);

    /// <summary>A value that is in percent already, with its sign.</summary>
    public static string SignedPercent(double value) => value.ToString("+0.000;-0.000;0.000", CultureInfo.InvariantCulture) + " %";

    /// <summary>Text that is the same in every culture.</summary>
    public static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <summary>The name of a value in lower case.</summary>
    public static string Lower<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();

    /// <summary>A decision and its end in a few words.</summary>
    public static string Outcome(Assessment? assessment, Execution? execution) => (assessment, execution) switch
    {
        (null, _) => "not decided",
        ({ Verdict: Verdict.Hold }, _) => "hold",
        ({ Verdict: Verdict.Refused }, _) => Text($"{Lower(assessment.Signal)} refused: ")
            + Text($"{Check(assessment.Checks.FirstOrDefault(check => check.Rule == assessment.Refusal), assessment)}"),
        ({ Order: { } stop }, null) when stop.RestsOnExchange() =>
            Text($"stop for {Exact(stop.Quantity)} at {Money(stop.StopPrice!.Value)} set, open"),
        ({ Order: { } stop }, { FilledQuantity: 0 }) when stop.RestsOnExchange() =>
            Text($"stop at {Money(stop.StopPrice!.Value)} {Lower(execution.Outcome)}: {execution.Reason}"),
        (_, null) => Text($"{Lower(assessment.Signal)} {Exact(assessment.Order!.Quantity)} approved, open"),
        (_, { FilledQuantity: > 0 }) => Text($"{(assessment.Signal == TradeAction.Buy ? "bought" : "sold")} ")
            + Text($"{Exact(execution.FilledQuantity)} at {Money(execution.AveragePrice)}")
            + (assessment.Exit is { } exit
                ? $", {Reason(exit.Reason)}{(assessment.Order!.RestsOnExchange() ? " on the exchange" : "")}" : ""),
        _ => Text($"{Lower(assessment.Signal)} {Lower(execution.Outcome)}: {execution.Reason}"),
    };

    /// <summary>Why a position was left at a price, or the stop that was set there, and where.</summary>
    public static string Exit(PositionExit exit, PriceObserved price) =>
        $"{(StopOnExchange.IsSet(exit, price) ? "stop on the exchange" : Reason(exit.Reason))} at "
        + $"{Exact(decimal.Round(exit.TriggerPrice, 8))}";

    /// <summary>Why a position was left.</summary>
    public static string Reason(ExitReason reason) => reason switch
    {
        ExitReason.StopLoss => "stop-loss",
        ExitReason.TrailingStop => "trailing stop",
        ExitReason.TakeProfit => "take-profit",
        ExitReason.TimeLimit => "time limit",
        ExitReason.DailyLoss => "loss of the day",
        ExitReason.Drawdown => "drawdown",
        _ => "flatten",
    };

    private static string Check(RiskCheck check, Assessment assessment) =>
        check == default ? $"{assessment.Refusal}" : RuleNames.Refusal(check);
}
