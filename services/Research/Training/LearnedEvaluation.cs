using Trading.Core;
using Trading.Research.Statistics;

namespace Trading.Research.Training;

/// <summary>A figure with the bounds between which 95 of 100 bootstrapped ones lie.</summary>
public readonly record struct Estimate(double Value, double Low, double High);

/// <summary>
/// A model on prices that it was not trained on, one prediction a horizon so that none overlap. Returns are logarithmic, after costs.
/// </summary>
/// <param name="From">First prediction.</param>
/// <param name="To">Last outcome.</param>
/// <param name="Predictions">How many there were.</param>
/// <param name="HitRate">Share of right directions.</param>
/// <param name="Brier">Mean Brier score; "no change" has 0.25.</param>
/// <param name="BrierGain">0.25 less the model's.</param>
/// <param name="Model">Return of holding when a rise is predicted, else nothing.</param>
/// <param name="Selective">Return of holding only when the predicted move is more than buying and selling costs.</param>
/// <param name="Momentum">Return of holding after a horizon that rose.</param>
/// <param name="BuyAndHold">Return of buying at the begin and selling at the end. "No change" makes 0.</param>
/// <param name="OverMomentum">The model's return less that of momentum.</param>
/// <param name="OverBuyAndHold">The model's return less that of buying and holding.</param>
/// <param name="Trades">Purchases and sales of the model.</param>
public sealed record LearnedEvaluation(
    DateTimeOffset From, DateTimeOffset To, int Predictions, Estimate HitRate, double Brier, Estimate BrierGain, Estimate Model,
    Estimate Selective, Estimate Momentum, Estimate BuyAndHold,
    Estimate OverMomentum, Estimate OverBuyAndHold, int Trades)
{
    private const int Samples = 2000;
    private const int BlockPeriods = 48;

    /// <summary>Whether the model is better than "no change", momentum and buying and holding, each with 95 % confidence.</summary>
    public bool Beats => BrierGain.Low > 0 && Model.Low > 0 && OverMomentum.Low > 0 && OverBuyAndHold.Low > 0;

    /// <summary>Evaluates a model; null when the prices hold no horizon after those that it was trained on.</summary>
    /// <param name="model">The model.</param>
    /// <param name="prices">Prices in rising time; those that it was trained on only warm it up.</param>
    /// <param name="costShare">What one purchase or sale costs, as a share of its value.</param>
    public static LearnedEvaluation? Of(LearnedModel model, IReadOnlyList<WindowPrice> prices, double costShare)
    {
        var samples = new LearnedSamples(prices, model.IntervalSeconds, model.HorizonSteps);
        var (state, horizon) = (new LearnedState(model), (long)model.HorizonSteps * model.IntervalSeconds);
        var (trainedTo, next) = (model.TrainedTo.ToUnixTimeSeconds(), long.MinValue);
        var rows = new List<Period>();
        var (long_, selective, momentum) = (false, false, false);
        var trades = 0;
        for (var at = 0; at < prices.Count; at++)
        {
            var (second, price) = prices[at];
            state.Add(second, price);
            if (second <= trainedTo || second < next || double.IsNaN(samples.Outcomes[at]) || state.Probability() is not { } rise
                || state.Forecast() is not { } forecast)
                continue;
            next = second + horizon;
            var change = Math.Log(1 + samples.Outcomes[at]);
            var cost = -Math.Log(1 - costShare);
            var wants = rise > 0.5;
            var wantsSelective = forecast.PredictedPrice / price - 1 > 2 * costShare || (selective && wants);
            var wantsMomentum = at >= model.HorizonSteps && price > prices[at - model.HorizonSteps].Price;
            trades += wants != long_ ? 1 : 0;
            rows.Add(new(second, rise, samples.Outcomes[at],
                Return(wants, long_), Return(wantsSelective, selective), Return(wantsMomentum, momentum),
                change - (rows.Count == 0 ? cost : 0)));
            (long_, selective, momentum) = (wants, wantsSelective, wantsMomentum);

            double Return(bool holds, bool held) => (holds ? change : 0) - (holds != held ? cost : 0);
        }
        if (rows.Count == 0)
            return null;
        // What is still held at the end is sold.
        var sale = -Math.Log(1 - costShare);
        rows[^1] = rows[^1] with
        {
            Model = rows[^1].Model - (long_ ? sale : 0),
            Selective = rows[^1].Selective - (selective ? sale : 0),
            Momentum = rows[^1].Momentum - (momentum ? sale : 0),
            Market = rows[^1].Market - sale,
        };
        var moved = rows.Where(row => row.Outcome != 0).ToList();
        var length = rows.Count;
        return new(
            DateTimeOffset.FromUnixTimeSeconds(rows[0].Second), DateTimeOffset.FromUnixTimeSeconds(rows[^1].Second + horizon), length,
            Mean(moved, row => row.Rise > 0.5 == row.Outcome > 0 ? 1 : 0), moved.Average(Squared), Mean(moved, row => 0.25 - Squared(row)),
            Total(row => row.Model), Total(row => row.Selective), Total(row => row.Momentum), Total(row => row.Market),
            Total(row => row.Model - row.Momentum), Total(row => row.Model - row.Market), trades);

        Estimate Total(Func<Period, double> value) =>
            Mean(rows, value) is var mean ? new(mean.Value * length, mean.Low * length, mean.High * length) : default;
    }

    private static double Squared(Period row) => (row.Rise - (row.Outcome > 0 ? 1 : 0)) * (row.Rise - (row.Outcome > 0 ? 1 : 0));

    // Blocks of the bootstrap keep two days of hourly predictions together. The seed is fixed, so the bounds are too.
    private static Estimate Mean(List<Period> rows, Func<Period, double> value)
    {
        var values = rows.Select(value).ToArray();
        var (random, means, places) = (new SeededRandom(1), new double[Samples], new int[values.Length]);
        for (var sample = 0; sample < Samples; sample++)
        {
            Bootstrap.Draw(places, values.Length, Math.Min(BlockPeriods, values.Length), random);
            var sum = 0.0;
            foreach (var place in places)
                sum += values[place];
            means[sample] = sum / values.Length;
        }
        Array.Sort(means);
        return new(values.Average(), means[(int)(Samples * 0.025)], means[(int)(Samples * 0.975) - 1]);
    }

    private readonly record struct Period(long Second, double Rise, double Outcome, double Model, double Selective,
        double Momentum, double Market);
}
