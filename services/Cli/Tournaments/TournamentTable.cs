using Trading.Core;
using Trading.MarketData;
using Trading.Research.Tournaments;

namespace Trading.Cli.Tournaments;

/// <summary>How much is drawn at random, and from which seed.</summary>
/// <param name="Resamples">Resamples of each comparison with holding.</param>
/// <param name="Shuffles">Orders of the days that the chosen one is tried on.</param>
/// <param name="Seed">The seed.</param>
public sealed record TournamentDraws(int Resamples, int Shuffles, ulong Seed);

/// <summary>One participant in one stretch.</summary>
/// <param name="Played">What it did.</param>
/// <param name="ChanceAbove">Share of the resamples in which its Sharpe ratio is above holding's.</param>
/// <param name="Deflated">Probability that its Sharpe ratio is not the luck of having tried so many.</param>
/// <param name="Excluded">Why the rule cannot choose it; null when it can.</param>
/// <param name="Regimes">Mean return a year in each regime, in the order of <see cref="MarketRegime"/>; none where it never came.</param>
public sealed record TournamentRow(Played Played, double ChanceAbove, double Deflated, string? Excluded, IReadOnlyList<double> Regimes);

/// <summary>A stretch with everyone in it.</summary>
/// <param name="Stretch">The stretch.</param>
/// <param name="Rows">Everyone, the best Sharpe ratio first; of the exposures at random only the middle one.</param>
/// <param name="RegimeDays">Days of each regime.</param>
/// <param name="RandomSharpes">Sharpe ratios of the exposures at random, rising.</param>
public sealed record TournamentStretch(
    Stretch Stretch, IReadOnlyList<TournamentRow> Rows, IReadOnlyList<int> RegimeDays, IReadOnlyList<double> RandomSharpes)
{
    /// <summary>The row of a name.</summary>
    public TournamentRow? Row(string name) => Rows.FirstOrDefault(row => row.Played.Contestant.Name == name);
}

/// <summary>Whether a rule does as well where the days come in another order.</summary>
/// <param name="Sharpe">Its Sharpe ratio over all stretches.</param>
/// <param name="Shuffled">Those on the shuffled days, rising.</param>
public sealed record ShuffledTest(double Sharpe, IReadOnlyList<double> Shuffled)
{
    /// <summary>Share of the orders in which it did better than on the real one.</summary>
    public double Above => Shuffled.Count == 0 ? double.NaN : Shuffled.Count(sharpe => sharpe > Sharpe) / (double)Shuffled.Count;
}

/// <summary>The whole tournament.</summary>
/// <param name="Stretches">The stretches; the first is the one that chooses.</param>
/// <param name="Chosen">What the rule chooses; null where nothing can be.</param>
/// <param name="Failed">What it would have chosen, had that beaten holding in the years kept apart; null where it did.</param>
/// <param name="Models">What the models said.</param>
/// <param name="Shuffled">The chosen one on shuffled days; null without.</param>
/// <param name="Tried">How many candidates and parts were tried, which the deflated ratios count.</param>
public sealed record TournamentTable(
    IReadOnlyList<TournamentStretch> Stretches, Contestant? Chosen, Contestant? Failed, IReadOnlyList<WalkedModel> Models,
    ShuffledTest? Shuffled, int Tried)
{
    // About a month: long enough for volatility to cluster within a block.
    private const double MeanBlockDays = 20;

    /// <summary>Plays it, on all cores; the same from the same seed on any number of them.</summary>
    public static TournamentTable Of(
        Contestants contestants, Candle[] hours, Candle[] days, IReadOnlyList<Stretch> stretches, IReadOnlyList<WalkedModel> models,
        TournamentDraws draws, IProgress<long> progress, CancellationToken cancellation)
    {
        var all = contestants.All;
        var played = new Played[stretches.Count][];
        var done = 0L;
        var parallel = new ParallelOptions { CancellationToken = cancellation, MaxDegreeOfParallelism = Environment.ProcessorCount };
        for (var i = 0; i < stretches.Count; i++)
        {
            var (stretch, into) = (stretches[i], played[i] = new Played[all.Count]);
            Parallel.For(0, all.Count, parallel, place =>
            {
                into[place] = Tournament.Play(all[place], Candles(all[place], hours, days), stretch);
                progress.Report(Interlocked.Increment(ref done));
            });
        }
        var tables = stretches.Select((stretch, i) => Stretch(stretch, played[i], days, draws, parallel)).ToList();
        var first = ChoosingRule.Choose(played[0], Holding(played[0]))?.Contestant;
        var holds = first is null || played.Skip(1).All(kept => ChoosingRule.Beats(kept.First(one => one.Contestant == first),
            Holding(kept)));
        var chosen = holds ? first : ChoosingRule.LostLeast(played[0], Holding(played[0]))?.Contestant;
        var shuffled = chosen is null || draws.Shuffles == 0 ? null
            : Shuffle(chosen, hours, stretches, draws, () => progress.Report(Interlocked.Increment(ref done)), parallel);
        return new(tables, chosen, holds ? null : first, models, shuffled,
            all.Count(one => one.Kind != ContestantKind.Yardstick));
    }

    private static Candle[] Candles(Contestant contestant, Candle[] hours, Candle[] days) =>
        contestant.IntervalSeconds == Contestants.Day ? days : hours;

    private static Played Holding(IEnumerable<Played> played) => played.First(one => one.Contestant.Name == Contestants.Holding);

    private static TournamentStretch Stretch(
        in Stretch stretch, Played[] played, Candle[] days, TournamentDraws draws, ParallelOptions parallel)
    {
        var holding = Holding(played);
        var randoms = played.Where(one => one.Contestant.Name.StartsWith(Contestants.AtRandom, StringComparison.Ordinal))
            .OrderBy(one => one.Figures.Sharpe).ToList();
        var shown = played.Except(randoms).Concat(randoms.Count == 0 ? [] : [randoms[randoms.Count / 2]]).ToArray();
        double[] tried = [.. shown.Where(one => one.Contestant.Kind != ContestantKind.Yardstick).Select(one => one.Figures.SharpePerPeriod)
            .Where(double.IsFinite)];
        var regimes = Regimes.Of(days, stretch.FromUnixSeconds, holding.Returns.Length);
        var rows = new TournamentRow[shown.Length];
        Parallel.For(0, shown.Length, parallel, i => rows[i] = new(
            shown[i], shown[i] == holding ? double.NaN
                : Tournament.ChanceAbove(shown[i].Returns, holding.Returns, draws.Resamples, MeanBlockDays, draws.Seed),
            shown[i].Contestant.Kind == ContestantKind.Yardstick || tried.Length < 2 ? double.NaN : shown[i].Figures.DeflatedSharpe(tried),
            ChoosingRule.Excluded(shown[i], holding),
            [.. Enum.GetValues<MarketRegime>().Select(regime => InRegime(shown[i].Returns, regimes, regime))]));
        return new(stretch, [.. rows.OrderByDescending(row => double.IsFinite(row.Played.Figures.Sharpe) ? row.Played.Figures.Sharpe : 0)],
            [.. Enum.GetValues<MarketRegime>().Select(regime => regimes.Count(day => day == regime))],
            [.. randoms.Select(one => one.Figures.Sharpe)]);
    }

    private static double InRegime(double[] returns, MarketRegime[] regimes, MarketRegime regime)
    {
        double[] own = [.. returns.Where((_, i) => i < regimes.Length && regimes[i] == regime)];
        return own.Length == 0 ? double.NaN : own.Average() * Played.DaysPerYear;
    }

    private static ShuffledTest Shuffle(
        Contestant chosen, Candle[] hours, IReadOnlyList<Stretch> stretches, TournamentDraws draws, Action report, ParallelOptions parallel)
    {
        var whole = new Stretch("all", stretches[0].FromUnixSeconds, stretches[^1].ToUnixSeconds);
        var sharpes = new double[draws.Shuffles];
        Parallel.For(0, sharpes.Length, parallel, run =>
        {
            sharpes[run] = Tournament.Play(chosen, Own(ShuffledReturns.Of(hours, draws.Seed, run)), whole).Figures.Sharpe;
            report();
        });
        return new(Tournament.Play(chosen, Own(hours), whole).Figures.Sharpe, [.. sharpes.Order()]);

        Candle[] Own(Candle[] candles) => Resampler.Longer(candles, Contestants.Hour, chosen.IntervalSeconds);
    }
}
