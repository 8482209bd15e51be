using System.Globalization;
using static Trading.Cli.Shared.Words;

namespace Trading.Cli.Backtests;

/// <summary>What stands along the edges of a chart.</summary>
internal static class ChartAxis
{
    /// <summary>Round numbers at about equal distances, and the range widened to hold them.</summary>
    public static List<double> Steps(ref double low, ref double high)
    {
        if (high <= low)
            (low, high) = (low - Math.Max(1e-9, Math.Abs(low) * 0.001), high + Math.Max(1e-9, Math.Abs(high) * 0.001));
        var rough = (high - low) / 5;
        var power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        var step = (rough / power) switch { <= 1 => 1, <= 2 => 2, <= 2.5 => 2.5, <= 5 => 5, _ => 10 } * power;
        (low, high) = (Math.Floor(low / step) * step, Math.Ceiling(high / step) * step);
        var steps = new List<double>();
        for (var at = 0; low + at * step <= high + step / 2; at++)
            steps.Add(low + at * step);
        return steps;
    }

    /// <summary>A number beside the axis.</summary>
    public static string Label(double value) => Math.Abs(value) switch
    {
        < 1e-12 => "0",
        >= 10_000_000 => Text($"{value / 1_000_000:#,0.#}M"),
        >= 1000 => Text($"{value:#,0.#}"),
        >= 1 => Text($"{value:0.##}"),
        _ => Text($"{value:0.####}"),
    };

    /// <summary>Instants below the chart. The outer labels stand inside of its edges, on a phone too.</summary>
    public static IEnumerable<(string Place, int Share, string Label)> Times(double begin, double end)
    {
        var format = end - begin > 3 * 86_400 ? "yyyy-MM-dd" : "MM-dd HH:mm";
        return new[] { ("begin", 0), ("middle", 50), ("end", 100) }
            .Select(
                label => (label.Item1, label.Item2, DateTimeOffset.FromUnixTimeSeconds((long)(begin + (end - begin) * label.Item2 / 100))
                    .ToString(format, CultureInfo.InvariantCulture)));
    }
}
