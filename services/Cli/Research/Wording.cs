using System.Globalization;

namespace Trading.Cli.Research;

/// <summary>Figures and times as the commands of research write them; what is not defined is a dash.</summary>
internal static class Wording
{
    public static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    public static void Line(FormattableString text) => Console.WriteLine(Text(text));

    public static string Number(double value) => double.IsFinite(value) ? Text($"{value:0.000}") : double.IsPositiveInfinity(value) ? "∞" : "–";

    public static string Percent(double share) => double.IsFinite(share) ? Text($"{share * 100:0.00} %") : "–";

    public static string Time(long unixSeconds) => DateTimeOffset.FromUnixTimeSeconds(unixSeconds).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);

    /// <summary>A figure for JSON, which has no word for what is not a number.</summary>
    public static double? Known(double value) => double.IsFinite(value) ? value : null;
}
