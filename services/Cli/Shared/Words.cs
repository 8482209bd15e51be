using System.Globalization;
using Trading.Core;

namespace Trading.Cli.Shared;

/// <summary>Numbers, times and decisions as an auditor reads them: exact, in UTC, and the same everywhere.</summary>
internal static class Words
{
    public static string Time(DateTimeOffset at) => DecisionText.Time(at);

    public static string Exact(decimal value) => DecisionText.Exact(value);

    public static string Money(decimal value) => DecisionText.Money(value);

    public static string Share(double value) => value.ToString("0.0000", CultureInfo.InvariantCulture);

    /// <summary>A value that is in percent already, with its sign.</summary>
    public static string SignedPercent(double value) => DecisionText.SignedPercent(value);

    /// <summary>How many there are of something, as people say it.</summary>
    public static string Count(long count, string thing) => Figures.Count(count, thing);

    /// <summary>Text that is the same in every culture.</summary>
    public static string Text(FormattableString text) => DecisionText.Text(text);

    /// <summary>Writes a line that is the same in every culture.</summary>
    public static void Line(FormattableString text) => Console.WriteLine(Text(text));

    /// <summary>A figure with three decimals; a dash where it is not defined.</summary>
    public static string Number(double value) =>
        double.IsFinite(value) ? Text($"{value:0.000}") : double.IsPositiveInfinity(value) ? "∞" : "–";

    /// <summary>A share of one, in percent; a dash where it is not defined.</summary>
    public static string ShareAsPercent(double share) => double.IsFinite(share) ? Text($"{share * 100:0.00} %") : "–";

    /// <summary>A minute in UTC.</summary>
    public static string Minute(long unixSeconds) => Figures.Minute(DateTimeOffset.FromUnixTimeSeconds(unixSeconds));

    /// <summary>A day in UTC.</summary>
    public static string Day(long unixSeconds) => Figures.Day(DateTimeOffset.FromUnixTimeSeconds(unixSeconds));

    /// <summary>An instant in UTC to the second, in ISO 8601, as files for other programs have it.</summary>
    public static string Iso(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss'Z'", CultureInfo.InvariantCulture);

    /// <summary>A figure for JSON, which has no word for what is not a number.</summary>
    public static double? Known(double value) => double.IsFinite(value) ? value : null;

    public static string Lower<T>(T value)
        where T : struct, Enum => DecisionText.Lower(value);

    /// <summary>The fee of a fill, in what it was taken in and at its worth.</summary>
    public static string Fee(OrderFilled fill) => fill.FeeAsset is null ? $"{Exact(fill.FeeUsd)} USD"
        : $"{Exact(fill.FeeAmount ?? 0)} {fill.FeeAsset}" + (fill.FeeBase is not null ? ""
            : fill.FeeValueUsd is { } value ? $" worth {Exact(decimal.Round(value, 8))} USD"
            : " of unknown worth");
}
