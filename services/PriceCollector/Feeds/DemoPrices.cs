using Trading.Contracts;
using Trading.Core;
using Trading.MarketData;

namespace Trading.Services.Feeds;

/// <summary>
/// The market of trading demo: the simulated prices, whose trends and volatility change every few hours, with jumps that fade. It begins at
/// a fixed time, so that the same seed gives the same prices, decisions and trades whenever it is run.
/// </summary>
public sealed class DemoPrices(int seed, string symbol, int intervalSeconds, DateTimeOffset? from, DateTimeOffset? to) : IPlayedPrices
{
    /// <summary>Days of past that the history gets before the first price.</summary>
    public const int PastDays = 60;

    private const int JumpBits = 13;
    private const int FadingStretches = 4;
    private const ulong OneIn = 6;
    private const decimal JumpDeviation = 0.006m;

    /// <summary>When the demo begins, unless the settings say another time.</summary>
    public static readonly DateTimeOffset Begin = new(2026, 1, 5, 11, 48, 0, TimeSpan.Zero);

    private readonly DateTimeOffset _from = from ?? Begin;

    /// <inheritdoc/>
    public string Symbol => symbol;

    /// <inheritdoc/>
    public string Currency => SimulatedFeed.CurrencyOf(symbol);

    /// <inheritdoc/>
    public long RefusedCount => 0;

    /// <inheritdoc/>
    public IReadOnlyList<RefusedRow> Refused => [];

    /// <inheritdoc/>
    public IEnumerable<Quote> Quotes()
    {
        for (var at = _from.AddSeconds(intervalSeconds); to is null || at <= to; at = at.AddSeconds(intervalSeconds))
            yield return new(SimulatedFeed.Name, Currency, PriceAt(at), Volume24hUsd: null, MarketCapUsd: null, Change24hPercent: null, at);
    }

    /// <summary>The prices before the first quote, oldest first.</summary>
    public IReadOnlyList<StoredPrice> Past()
    {
        var count = PastDays * 86_400 / intervalSeconds;
        var prices = new StoredPrice[count];
        Parallel.For(0, count, index =>
        {
            var at = _from.AddSeconds((index - count + 1) * (long)intervalSeconds);
            prices[index] = new(symbol, intervalSeconds, at.ToUnixTimeSeconds(), PriceAt(at), Currency, true, null, null, null,
                [SimulatedFeed.Name]);
        });
        return prices;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private decimal PriceAt(DateTimeOffset at)
    {
        var price = SimulatedFeed.PriceAt(seed, symbol, at);
        return decimal.Round(price * (1 + JumpsAt(at.ToUnixTimeSeconds())), price.Scale);
    }

    // In some stretches of 2^13 seconds (2.3 hours) the price jumps at one second; the jump fades evenly over the next four stretches.
    private decimal JumpsAt(long second)
    {
        var key = SimulatedFeed.Hash(unchecked((ulong)seed), symbol);
        var sum = 0m;
        for (var stretch = (second >> JumpBits) - FadingStretches; stretch <= second >> JumpBits; stretch++)
        {
            var hash = SimulatedFeed.Hash(key, 100, stretch);
            if (hash % OneIn != 0)
                continue;
            var age = second - ((stretch << JumpBits) + (long)(hash >> 51));
            var left = 1 - age / (decimal)(FadingStretches << JumpBits);
            if (age >= 0 && left > 0)
                sum += JumpDeviation * SimulatedFeed.Normal(key, 101, stretch) * left;
        }
        return sum;
    }
}
