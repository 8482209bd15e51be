using System.Text.Json.Serialization;

namespace Trading.Dashboard.Reading;

/// <summary>A point of the equity curve.</summary>
/// <param name="At">Seconds since 1970.</param>
/// <param name="EquityUsd">Cash plus positions.</param>
/// <param name="HeldUsd">What the first equity would be worth if it had bought the first symbol at its first price and held it.</param>
public readonly record struct EquityPoint(long At, decimal EquityUsd, decimal HeldUsd);

/// <summary>Equity over time in a bounded number of points: with each doubling of the time every second point is dropped.</summary>
public sealed class EquityCurve
{
    /// <summary>Most points that are kept.</summary>
    public const int MostPoints = 4000;

    [JsonInclude]
    private List<EquityPoint> Kept { get; set; } = [];

    [JsonInclude]
    private EquityPoint? Last { get; set; }

    [JsonInclude]
    private int Every { get; set; } = 1;

    [JsonInclude]
    private long Added { get; set; }

    /// <summary>Adds a point; time does not go back.</summary>
    public void Add(EquityPoint point)
    {
        Last = point;
        if (Added++ % Every != 0)
            return;
        Kept.Add(point);
        if (Kept.Count < MostPoints)
            return;
        for (var i = 0; i < Kept.Count / 2; i++)
            Kept[i] = Kept[2 * i];
        Kept.RemoveRange(Kept.Count / 2, Kept.Count - Kept.Count / 2);
        Every *= 2;
    }

    /// <summary>At most so many points, first and last included, oldest first.</summary>
    public IReadOnlyList<EquityPoint> Points(int most)
    {
        var step = Math.Max(1, (int)Math.Ceiling(Kept.Count / (double)Math.Max(1, most - 1)));
        List<EquityPoint> points = [.. Kept.Where((_, at) => at % step == 0)];
        if (Last is { } last && (points.Count == 0 || points[^1] != last))
            points.Add(last);
        return points;
    }
}
