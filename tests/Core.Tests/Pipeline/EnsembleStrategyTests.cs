namespace Trading.Core.Tests;

/// <summary>The ensemble of a backtest against the functions from which the services make their records.</summary>
public class EnsembleStrategyTests
{
    // Prices as they are quoted, and tiny ones with more decimals than a window keeps.
    [Theory]
    [InlineData(EnsembleWeighting.Confidence, 50_000, 2)]
    [InlineData(EnsembleWeighting.TrackRecord, 50_000, 2)]
    [InlineData(EnsembleWeighting.Confidence, 0.000001, 13)]
    [InlineData(EnsembleWeighting.TrackRecord, 0.000001, 13)]
    public void it_asks_for_what_the_records_ask_for_also_at_the_very_threshold(EnsembleWeighting weighting, double around, int decimals)
    {
        var rules = new PipelineRules(new(60, 5, ScoredSteps: 50), 60, 120, new(0.1m, 0.02m, 0.01m, 0.01m), weighting);
        var prices = Prices(around, decimals, seed: 7);
        var moves = Recorded(rules, prices)
            .Select(combined => combined?.PredictedMovePercent).OfType<double>().Where(move => move != 0).ToList();
        // A move is a signal above the threshold only: each of these is one price's own.
        double[] thresholds = [1e-9, 0.02, .. moves.Where((_, place) => place % 97 == 0).Select(Math.Abs)];

        Assert.True(thresholds.Length > 10, $"{moves.Count} moves");
        foreach (var threshold in thresholds)
        {
            var limits = new SignalThresholds(threshold, Confidence: 0.45);
            var expected = Recorded(rules, prices).Select(combined =>
                combined is { } c && limits.Of(c.PredictedMovePercent, c.Confidence) is var action and not TradeAction.Hold
                    ? (action, c.Confidence) : default).ToList();

            var strategy = new EnsembleStrategy(rules, limits);
            var asked = prices.Select((price, minute) => strategy.OnBar(new(60 * minute, price, price, price, price, 1)))
                .Select(signal => (signal.Action, signal.Confidence)).ToList();

            Assert.Equal(expected, asked);
        }
    }

    private static List<CombinedForecast?> Recorded(PipelineRules rules, List<decimal> prices)
    {
        var (window, records, all) = (new PriceWindow(rules.Window), rules.NewTrackRecords(1), new List<CombinedForecast?>());
        for (var minute = 0; minute < prices.Count; minute++)
        {
            var at = 60L * (minute + 1);
            window.Add(at, prices[minute]);
            records?.Observe(at, window.NewestPrice);
            var forecast = TechnicalModel.Predict(window) ?? Forecast.None;
            all.Add(forecast.Abstained ? null : Ensemble.Combined(
                [records is null ? forecast : forecast with { Weight = TrackRecord.Weight(records[0]) }], (double)prices[minute]));
            records?.Predict(at, window.NewestPrice, [forecast]);
        }
        return all;
    }

    // A walk with stretches of one direction, and pauses in which nothing moves.
    private static List<decimal> Prices(double around, int decimals, int seed)
    {
        var (random, prices, price, drift) = (new Random(seed), new List<decimal>(), around, 0.0);
        for (var minute = 0; minute < 2_000; minute++)
        {
            if (minute % 60 == 0)
                drift = (random.Next(3) - 1) * 0.0004;
            if (minute % 200 < 170)
                price *= 1 + drift + (random.NextDouble() - 0.5) * 0.001;
            prices.Add(Math.Round((decimal)price, decimals));
        }
        return prices;
    }
}
