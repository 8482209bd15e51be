namespace Trading.Research.Search;

/// <summary>One step of a walk forward: settings are chosen on the first part and judged on the second, which they have not seen.</summary>
/// <param name="TrainFrom">First instant of the part to choose on, in seconds since 1970.</param>
/// <param name="TestFrom">First instant of the part to judge on; the end of the first part.</param>
/// <param name="TestTo">First instant after it.</param>
public readonly record struct WalkForwardWindow(long TrainFrom, long TestFrom, long TestTo)
{
    /// <summary>
    /// The windows of a range: each judges the time that follows the one before it, so that all judged parts together are one history. The
    /// last may be shorter.
    /// </summary>
    /// <param name="from">First instant of the data, in seconds since 1970.</param>
    /// <param name="to">First instant after the data.</param>
    /// <param name="trainSeconds">Length of the part to choose on; above 0. Of an anchored walk the least.</param>
    /// <param name="testSeconds">Length of the part to judge on; above 0.</param>
    /// <param name="anchored">
    /// Whether each part to choose on begins with the data, and so grows (Pardo, The Evaluation and Optimization of Trading Strategies,
    /// 2008).
    /// </param>
    /// <exception cref="ArgumentException">The data do not hold one window.</exception>
    public static IReadOnlyList<WalkForwardWindow> Over(long from, long to, long trainSeconds, long testSeconds, bool anchored)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(trainSeconds, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(testSeconds, 1);
        var windows = new List<WalkForwardWindow>();
        for (var test = from + trainSeconds; test < to; test += testSeconds)
            windows.Add(new(anchored ? from : test - trainSeconds, test, Math.Min(to, test + testSeconds)));
        return windows.Count > 0
            ? windows : throw new ArgumentException(FormattableString.Invariant(
                $"the data last {(to - from) / 86_400.0:0.#} days, the part to choose on alone {trainSeconds / 86_400.0:0.#} days"));
    }
}

/// <summary>What a walk forward says.</summary>
public static class WalkForward
{
    /// <summary>
    /// Walk-forward efficiency: the mean return per second on the judged parts over that on the parts that were chosen on (Pardo, 2008).
    /// Near 1, choosing found something that lasts; near or below 0, it found luck. Not a number where choosing made no profit.
    /// </summary>
    public static double Efficiency(IReadOnlyList<(WalkForwardWindow Window, double TrainReturn, double TestReturn)> steps)
    {
        var train = steps.Sum(step => Math.Log(1 + step.TrainReturn)) / steps.Sum(step => step.Window.TestFrom - step.Window.TrainFrom);
        var test = steps.Sum(step => Math.Log(1 + step.TestReturn)) / steps.Sum(step => step.Window.TestTo - step.Window.TestFrom);
        return train > 0 ? test / train : double.NaN;
    }
}
