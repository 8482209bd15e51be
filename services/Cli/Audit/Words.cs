using System.Globalization;
using Trading.Contracts;
using Trading.Core;

namespace Trading.Cli.Audit;

/// <summary>Numbers, times and decisions as an auditor reads them: exact, in UTC, and the same everywhere.</summary>
internal static class Words
{
    public static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss.FFF", CultureInfo.InvariantCulture);

    public static string Exact(decimal value) => value.ToString("0.############################", CultureInfo.InvariantCulture);

    public static string Money(decimal value) => value.ToString("N2", CultureInfo.InvariantCulture);

    public static string Share(double value) => value.ToString("0.0000", CultureInfo.InvariantCulture);

    public static string Percent(double value) => value.ToString("+0.000;-0.000;0.000", CultureInfo.InvariantCulture) + " %";

    /// <summary>How many there are of something, as people say it.</summary>
    public static string Count(long count, string thing) => Invariant($"{count:N0} {thing}{(count == 1 ? "" : "s")}");

    public static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    public static string Lower<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();

    /// <summary>A decision and its end in a few words.</summary>
    public static string Outcome(Assessment? assessment, Execution? execution) => (assessment, execution) switch
    {
        (null, _) => "not decided",
        ({ Verdict: Verdict.Hold }, _) => "hold",
        ({ Verdict: Verdict.Refused }, _) => Invariant($"{Lower(assessment.Signal)} refused: {Check(assessment.Checks.FirstOrDefault(check => check.Rule == assessment.Refusal), assessment)}"),
        ({ Order: { } stop }, null) when RestingStops.Rests(stop) => Invariant($"stop for {Exact(stop.Quantity)} at {Money(stop.StopPrice!.Value)} set, open"),
        ({ Order: { } stop }, { FilledQuantity: 0 }) when RestingStops.Rests(stop) => Invariant($"stop at {Money(stop.StopPrice!.Value)} {Lower(execution.Outcome)}: {execution.Reason}"),
        (_, null) => Invariant($"{Lower(assessment.Signal)} {Exact(assessment.Order!.Quantity)} approved, open"),
        (_, { FilledQuantity: > 0 }) => Invariant($"{(assessment.Signal == TradeAction.Buy ? "bought" : "sold")} {Exact(execution.FilledQuantity)} at {Money(execution.AveragePrice)}{(assessment.Exit is { } exit ? $", {Reason(exit.Reason)}{(RestingStops.Rests(assessment.Order!) ? " on the exchange" : "")}" : "")}"),
        _ => Invariant($"{Lower(assessment.Signal)} {Lower(execution.Outcome)}: {execution.Reason}"),
    };

    /// <summary>The fee of a fill, in what it was taken in and at its worth.</summary>
    public static string Fee(OrderFilled fill) => fill.FeeAsset is null ? $"{Exact(fill.FeeUsd)} USD"
        : $"{Exact(fill.FeeAmount ?? 0)} {fill.FeeAsset}" + (fill.FeeBase is not null ? "" : fill.FeeValueUsd is { } value ? $" worth {Exact(decimal.Round(value, 8))} USD" : " of unknown worth");

    /// <summary>Why a position was left at a price, or the stop that was set there, and where.</summary>
    public static string Exit(PositionExit exit, PriceObserved price) =>
        $"{(RestingStops.IsSet(exit, price) ? "stop on the exchange" : Reason(exit.Reason))} at {Exact(decimal.Round(exit.TriggerPrice, 8))}";

    /// <summary>Why a position was left, in words.</summary>
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
        check == default ? $"{assessment.Refusal}" : Invariant($"{check.Rule} {Round(check.Observed)}, limit {Round(check.Limit)}");

    private static string Round(decimal value) => value.ToString("0.####", CultureInfo.InvariantCulture);
}
