namespace Trading.Research.Tournaments;

/// <summary>
/// The rule by which the default is chosen, written before any run (docs/adr/0007-choosing-the-default.md): limits on cost and depth, then
/// the highest Sharpe ratio, then the simplest of those that are as good.
/// </summary>
public static class ChoosingRule
{
    /// <summary>Most turnover a year.</summary>
    public const double MostTurnover = 40;

    /// <summary>Most fees a year, as a share of the mean equity.</summary>
    public const double MostFees = 0.015;

    /// <summary>Sharpe ratios that are closer than this count as equal.</summary>
    public const double Equal = 0.15;

    /// <summary>Why a participant cannot be chosen, in one line; null when it can.</summary>
    /// <param name="played">What it did in the years used to choose.</param>
    /// <param name="holding">What holding did.</param>
    public static string? Excluded(Played played, Played holding) =>
        played.Contestant.Kind is ContestantKind.Yardstick ? "a yardstick"
        : played.Contestant.Kind is ContestantKind.Part ? "a part"
        : played.Contestant.Kind is ContestantKind.Late ? "added after the first results"
        : played.Result.Orders == 0 ? "it never traded"
        : !(played.Turnover < MostTurnover) ? FormattableString.Invariant($"turnover {played.Turnover:0.0} a year")
        : !(played.Fees < MostFees) ? FormattableString.Invariant($"fees {played.Fees * 100:0.00} % a year")
        : !(played.Result.MaxDrawdown < holding.Result.MaxDrawdown) ? "it fell as deeply as holding"
        : null;

    /// <summary>Whether a participant has a higher Sharpe ratio than holding and fell less deeply.</summary>
    public static bool Beats(Played played, Played holding) => played.Figures.Sharpe > holding.Figures.Sharpe
        && played.Result.MaxDrawdown < holding.Result.MaxDrawdown;

    /// <summary>
    /// The one that takes the place of a chosen one that does not beat holding in the years kept apart: that which fell least deeply in the
    /// years used to choose; null where none can be.
    /// </summary>
    public static Played? LostLeast(IReadOnlyList<Played> all, Played holding) => all
        .Where(played => Excluded(played, holding) is null && double.IsFinite(played.Figures.Sharpe))
        .OrderBy(played => played.Result.MaxDrawdown).FirstOrDefault();

    /// <summary>The one that the rule chooses in the years used to choose; null where none can be.</summary>
    public static Played? Choose(IReadOnlyList<Played> all, Played holding)
    {
        var allowed = all.Where(played => Excluded(played, holding) is null && double.IsFinite(played.Figures.Sharpe)).ToList();
        if (allowed.Count == 0)
            return null;
        var best = allowed.Max(played => played.Figures.Sharpe);
        return allowed.Where(played => best - played.Figures.Sharpe <= Equal)
            .OrderBy(played => played.Contestant.Kind == ContestantKind.Model)
            .ThenBy(played => played.Contestant.Parameters)
            .ThenByDescending(played => played.Contestant.DecisionSeconds)
            .ThenBy(played => played.Turnover)
            .First();
    }
}
