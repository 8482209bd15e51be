using Trading.Contracts;
using Trading.Hosting.Telemetry;

namespace Trading.Deploy.Tests;

/// <summary>
/// What half a day on paper does not have: a real exchange, models on AWS, witnesses, and what happens when something cannot be
/// reached.
/// </summary>
internal static class RareEvents
{
    /// <summary>Each of them once.</summary>
    public static void Measure(TradingMetrics metrics)
    {
        var now = DateTimeOffset.UtcNow;
        var price = new PriceObserved(Guid.NewGuid(), "BTC-USD", now, 60, now, 60_000, "USD", null, null, null, true,
            new(60, 1, 1, ["USD"]),
            [new(new("kraken", "USD", 61_000, null, null, null, now), QuoteRejection.Outlier)], [new("binance", "it did not answer")]);
        metrics.Observed(price);
        var prediction = new PredictionMade(Guid.NewGuid(), price, new(100, null, null, null, null, 0, 0, ""),
            [new("bedrock", null, null, null, "late", new("model", null, null, 3000, 1500, 300, 1))],
            new(60_000, 0, Direction.Stable, 0, 0, 1), 3600, now, now);
        metrics.Predicted(prediction);
        metrics.Weighed("bedrock", "BTC-USD", 0.5);
        metrics.Drifted("boosted", "BTC-USD", "trend", 0.1);
        metrics.Drifted("boosted", "BTC-USD", null, 0.1);
        var exit = new Order("BTC-USD", TradeAction.Sell, 0.001m, 59_000, 0, Exit: ExitReason.TimeLimit);
        metrics.Assessed(new(Guid.NewGuid(), prediction, new("main", TradeAction.Sell, Verdict.Approved, null, exit, [], 1, 1, 10_000,
            0, 0.001m, 10_060, 0, now, now, Exit: new(ExitReason.TimeLimit, 60_000, 60_000, 60_000, now))));
        metrics.Refused("binance", exit, "filter");
        metrics.Refused(nameof(PriceObserved), "mac");
        metrics.ClockAhead("database", TimeSpan.FromSeconds(1));
        metrics.ClockJumped();
        metrics.WorkFailed("sealing");
        metrics.Witnessed(1, 2);
        metrics.NotWitnessed("witness", "away");
        metrics.TimeStamped("stamped");
        metrics.Sold(2, 1);
        metrics.Unanswered("binance", "TimedOut");
        metrics.Differs("binance", 0);
        metrics.ClockOffset("binance", TimeSpan.FromMilliseconds(12));
        metrics.Alerted("sns", "sent");
        foreach (var store in new[] { "dynamodb", "s3" })
        {
            metrics.StoreWrote(store, 1, 1);
            metrics.StoreFailed(store);
            metrics.StoreDropped(store);
            metrics.StoreWaits(store, 0);
        }
    }
}
