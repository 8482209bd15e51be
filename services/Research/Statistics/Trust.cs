namespace Trading.Research.Statistics;

/// <summary>How far the best of many settings may be trusted.</summary>
public enum TrustLevel
{
    /// <summary>A sign says that it was luck.</summary>
    LikelyOverfit,

    /// <summary>Nothing says that it was luck, and not everything says that it was not.</summary>
    NotShown,

    /// <summary>Every sign says that it was not luck.</summary>
    Robust,
}

/// <summary>A verdict on the best of many settings.</summary>
/// <param name="Level">The verdict.</param>
/// <param name="Reasons">What led to it, one line each.</param>
public sealed record Trust(TrustLevel Level, IReadOnlyList<string> Reasons)
{
    /// <summary>The verdict in words.</summary>
    public string Words => Level switch
    {
        TrustLevel.LikelyOverfit => "likely overfit",
        TrustLevel.Robust => "robust",
        _ => "not shown",
    };

    /// <summary>
    /// The rule: likely overfit where one of these is so - deflated Sharpe below 0.5, probability of overfitting above 0.5, neighbours keep
    /// less than 0.3 of the score, walk-forward efficiency below 0. Robust where all of these are known and so - deflated Sharpe at least
    /// 0.95, probability of overfitting at most 0.2, neighbours keep at least 0.7, walk-forward efficiency at least 0.5, and ten closed
    /// trades for each parameter. Not shown otherwise.
    /// </summary>
    /// <param name="deflatedSharpe">Deflated Sharpe ratio, 0 to 1; not a number where it is not known, as for the others.</param>
    /// <param name="overfitting">Probability of backtest overfitting, 0 to 1.</param>
    /// <param name="kept">Share of the score that the neighbours keep.</param>
    /// <param name="efficiency">Walk-forward efficiency.</param>
    /// <param name="enoughTrades">Whether there are ten closed trades for each parameter.</param>
    public static Trust Of(double deflatedSharpe, double overfitting, double kept, double efficiency, bool enoughTrades)
    {
        List<(string Name, double Value, double Bad, double Good, bool LessIsBetter)> signs =
        [
            ("deflated Sharpe", deflatedSharpe, 0.5, 0.95, false), ("probability of overfitting", overfitting, 0.5, 0.2, true),
            ("score kept by the neighbours", kept, 0.3, 0.7, false), ("walk-forward efficiency", efficiency, 0, 0.5, false),
        ];
        var bad = signs.Where(sign => sign.LessIsBetter ? sign.Value > sign.Bad : sign.Value < sign.Bad)
            .Select(sign => Line(sign, sign.LessIsBetter ? "above" : "below", sign.Bad)).ToList();
        if (bad.Count > 0)
            return new(TrustLevel.LikelyOverfit, bad);
        var missing = signs.Where(sign => !(sign.LessIsBetter ? sign.Value <= sign.Good : sign.Value >= sign.Good))
            .Select(sign => double.IsNaN(sign.Value) ? $"{sign.Name} is not known"
                : Line(sign, sign.LessIsBetter ? "above" : "below", sign.Good)).ToList();
        if (!enoughTrades)
            missing.Add(FormattableString.Invariant($"fewer than {Overfitting.LeastTradesPerParameter} closed trades for each parameter"));
        return missing.Count > 0 ? new(TrustLevel.NotShown, missing)
            : new(TrustLevel.Robust, [.. signs.Select(sign => FormattableString.Invariant($"{sign.Name} {sign.Value:0.00}"))]);
    }

    private static string Line((string Name, double Value, double Bad, double Good, bool LessIsBetter) sign, string side, double bound) =>
        FormattableString.Invariant($"{sign.Name} {sign.Value:0.00} is {side} {bound:0.00}");
}
