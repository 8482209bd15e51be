namespace Trading.Core.Tests;

/// <summary>Windows filled with prices that wander.</summary>
internal static class WindowWalk
{
    internal static readonly WindowRules Rules = new(IntervalSeconds: 60, HorizonSteps: 7, ScoredSteps: 60, MaxGapIntervals: 10);

    internal static PriceWindow Fold(WindowRules rules, decimal[] before, decimal[] last, int firstStep = 0)
    {
        var window = new PriceWindow(rules);
        for (var i = 0; i < before.Length; i++)
            window.Add((firstStep + i - before.Length) * 60, before[i]);
        for (var i = 0; i < last.Length; i++)
            window.Add((firstStep + i) * 60, last[i]);
        return window;
    }

    /// <summary>Geometric steps with a jump of a factor of up to a thousand now and then, kept within the window's range.</summary>
    internal static IEnumerable<decimal> RandomWalk(int seed, double start, double step, int steps)
    {
        var random = new Random(seed);
        var price = start;
        for (var i = 0; i < steps; i++)
        {
            price *= Math.Exp((random.NextDouble() - 0.5) * 2 * step);
            if (random.Next(200) == 0)
                price *= Math.Pow(10, random.NextDouble() * 6 - 3);
            price = Math.Clamp(price, 1e-8, 1e7);
            yield return Math.Clamp(decimal.Round((decimal)price, 10), PriceWindow.SmallestPrice, PriceWindow.LargestPrice);
        }
    }
}
