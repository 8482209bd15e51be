using Trading.Core;

namespace Trading.Research.Tests.Training;

/// <summary>Hours of prices and of what takers bought, for boosted models to see.</summary>
public abstract class BoostedModelTest
{
    private protected const int Hour = 3600;

    // A part of each volume of Candles, which is 1 or more.
    private protected static decimal[] Taker(int count, int seed) =>
        [.. new Random(seed) is var random ? Enumerable.Range(0, count).Select(_ => (decimal)random.NextDouble()) : []];

    private protected static Candle[] Candles(int count, int seed, double persistence = 0.5)
    {
        var (random, price, up) = (new Random(seed), 20_000m, true);
        return [.. Enumerable.Range(0, count).Select(hour =>
        {
            up = random.NextDouble() < persistence ? up : !up;
            var open = price;
            price = Math.Round(price * (1 + (up ? 1 : -1) * (decimal)(0.001 + random.NextDouble() / 100)), 2);
            return new Candle(hour * (long)Hour, open, Math.Max(open, price), Math.Min(open, price), price, random.Next(1, 100));
        })];
    }
}
