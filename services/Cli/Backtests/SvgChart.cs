using System.Net;
using System.Text;
using static Trading.Cli.Shared.Words;

namespace Trading.Cli.Backtests;

/// <summary>A line of a chart.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Class">Its colour: a, b or c.</param>
/// <param name="Values">One for each time.</param>
public sealed record ChartLine(string Name, string Class, IReadOnlyList<double> Values);

/// <summary>A mark on a chart.</summary>
/// <param name="At">Time.</param>
/// <param name="Value">Height.</param>
/// <param name="Up">Whether it is an entry.</param>
public sealed record ChartMark(double At, double Value, bool Up);

/// <summary>Charts as SVG whose labels are text of the page, so that they stay readable at every width.</summary>
public static class SvgChart
{
    private const int MostPoints = 800;
    private const int Bins = 40;

    /// <summary>Lines over time.</summary>
    public static string Lines(string title, string unit, IReadOnlyList<double> times, IReadOnlyList<ChartLine> lines, bool area = false,
        IReadOnlyList<ChartMark>? marks = null)
    {
        if (times.Count < 2)
            return "";
        var (begin, end) = (times[0], times[^1]);
        var all = lines.SelectMany(line => line.Values).Concat(marks?.Select(mark => mark.Value) ?? []).ToList();
        var (low, high) = (all.Min(), all.Max());
        if (area)
            high = Math.Max(high, 0);
        var steps = ChartAxis.Steps(ref low, ref high);
        double X(double time) => (time - begin) / (end - begin) * 1000;
        double Y(double value) => (high - value) / (high - low) * 1000;

        var html = new StringBuilder(Caption(title, unit, lines.Count > 1 ? lines : []));
        var kept = Kept(times.Count).ToList();
        html.Append(Text($"<div class=plot data-t='[{string.Join(',', kept.Select(i => Text($"{times[i]:0}")))}]' ")
            + Text($"data-s='[{string.Join(',', lines.Select(line => Data(line, kept)))}]'>"))
            .Append("<svg viewBox=\"0 0 1000 1000\" preserveAspectRatio=none aria-hidden=true>");
        foreach (var step in steps)
            html.Append(Text($"<line x1=0 x2=1000 y1={Y(step):0.#} y2={Y(step):0.#} />"));
        foreach (var line in lines.Reverse())
        {
            // Of each stretch the lowest and the highest value, so that no spike is lost.
            var points = string.Join(' ', Extremes(line.Values).Select(i => Text($"{X(times[i]):0.##},{Y(line.Values[i]):0.##}")));
            if (area)
                html.Append(Text($"<polygon class={line.Class} points=\"0,{Y(0):0.##} {points} 1000,{Y(0):0.##}\" />"));
            html.Append(Text($"<polyline class={line.Class} points=\"{points}\" />"));
        }
        html.Append("</svg>");
        foreach (var step in steps)
            html.Append(Text($"<span class=y style=\"top:{Y(step) / 10:0.##}%\">{ChartAxis.Label(step)}</span>"));
        foreach (var (place, share, label) in ChartAxis.Times(begin, end))
            html.Append(Text($"<span class=\"x {place}\" style=\"left:{share}%\">{label}</span>"));
        foreach (var mark in marks ?? [])
            html.Append(Text($"<i class=\"mark {(mark.Up ? "in" : "out")}\" ")
                + Text($"style=\"left:{X(mark.At) / 10:0.##}%;top:{Y(mark.Value) / 10:0.##}%\"></i>"));
        return html.Append("</div></figure>").ToString();
    }

    /// <summary>How often values of each size occur; the ends take what lies beyond them.</summary>
    public static string Histogram(string title, string unit, IReadOnlyList<double> values)
    {
        double[] sorted = [.. values.Order()];
        // One trade far out would leave all others in one bar.
        var reach = Math.Max(Math.Abs(sorted[(int)(sorted.Length * 0.01)]), Math.Abs(sorted[(int)((sorted.Length - 1) * 0.99)]));
        reach = reach > 0 ? reach : 1;
        var counts = new int[Bins];
        foreach (var value in values)
            counts[Math.Clamp((int)Math.Floor((value / reach + 1) / 2 * Bins), 0, Bins - 1)]++;
        var (low, high) = (0.0, (double)counts.Max());
        var steps = ChartAxis.Steps(ref low, ref high);

        var html = new StringBuilder(Caption(title, unit, []));
        html.Append("<div class=\"plot bars\"><svg viewBox=\"0 0 1000 1000\" preserveAspectRatio=none aria-hidden=true>");
        foreach (var step in steps)
            html.Append(Text($"<line x1=0 x2=1000 y1={1000 - step / high * 1000:0.#} y2={1000 - step / high * 1000:0.#} />"));
        var width = 1000.0 / Bins;
        for (var bin = 0; bin < Bins; bin++)
        {
            var height = counts[bin] / high * 1000;
            html.Append(Text($"<rect class={((bin + 0.5) / Bins > 0.5 ? "good" : "bad")} x={bin * width + 1:0.##} width={width - 2:0.##} ")
                + Text($"y={1000 - height:0.##} height={height:0.##} />"));
        }
        html.Append("</svg>");
        foreach (var step in steps)
            html.Append(Text($"<span class=y style=\"top:{100 - step / high * 100:0.##}%\">{step:N0}</span>"));
        foreach (var share in new[] { 0.0, 0.25, 0.5, 0.75, 1 })
            html.Append(Text($"<span class=\"x {(share == 0 ? "begin" : share == 1 ? "end" : "")}\" ")
                + Text($"style=\"left:{share * 100}%\">{(share * 2 - 1) * reach:+0.##;-0.##;0}</span>"));
        return html.Append("</div></figure>").ToString();
    }

    private static string Caption(string title, string unit, IReadOnlyList<ChartLine> keys) =>
        $"<figure><figcaption><b>{WebUtility.HtmlEncode(title)}</b><span>{unit}</span>"
        + $"{string.Concat(keys.Select(line => $"<span class=\"key {line.Class}\">{line.Name}</span>"))}</figcaption>";

    private static string Data(ChartLine line, List<int> kept) =>
        Text($"{{\"n\":\"{line.Name}\",\"v\":[{string.Join(',', kept.Select(i => Text($"{line.Values[i]:0.####}")))}]}}");

    private static IEnumerable<int> Kept(int count)
    {
        var points = Math.Min(count, MostPoints);
        for (var i = 0; i < points; i++)
            yield return (int)((long)i * (count - 1) / (points - 1));
    }

    private static IEnumerable<int> Extremes(IReadOnlyList<double> values)
    {
        var stretch = Math.Max(1, values.Count * 2 / MostPoints);
        for (var begin = 0; begin < values.Count; begin += stretch)
        {
            var (lowest, highest) = (begin, begin);
            for (var i = begin; i < Math.Min(begin + stretch, values.Count); i++)
            {
                lowest = values[i] < values[lowest] ? i : lowest;
                highest = values[i] > values[highest] ? i : highest;
            }
            yield return Math.Min(lowest, highest);
            if (lowest != highest)
                yield return Math.Max(lowest, highest);
        }
        yield return values.Count - 1;
    }
}
