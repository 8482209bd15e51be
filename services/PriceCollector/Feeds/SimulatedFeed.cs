using System.Text.Json;
using Trading.Contracts;
using Trading.Core;
using Trading.Hosting.Stores;

namespace Trading.Services.Feeds;

/// <summary>
/// Simulated prices: a geometric random walk whose volatility and trends change every few hours. The price depends only on seed, symbol and
/// second, so every run and every replica sees the same prices, also after a restart.
/// </summary>
/// <remarks>
/// The logarithm of the price is a Brownian bridge between fixed points 2^25 seconds (388 days) apart, built by halving (Lévy's
/// construction): the middle of a stretch of n seconds is the mean of its ends plus a normal number times volatility x sqrt(n) / 2. Each
/// number is a hash of its position, so any second is computed in 25 steps without the seconds before it. All arithmetic is in integers and
/// decimals: every machine computes the same digits.
/// </remarks>
public sealed class SimulatedFeed(int seed, TimeProvider time) : IPriceFeed
{
    /// <summary>Source of these quotes.</summary>
    public const string Name = "simulated";

    private const int RootBits = 25;
    private const int RegimeBits = 14;
    private const int FineBits = 10;
    private const int DaySeconds = 86_400;
    private const decimal RootDeviation = 0.35m;

    /// <summary>3 percent a day, the order of Bitcoin's: 0.03 / sqrt(86400).</summary>
    private const decimal VolatilityOfOneSecond = 0.000102m;

    private static readonly decimal[] MiddleDeviation = MiddleDeviations();

    /// <summary>By how much the bends within hours and those within minutes differ from the ordinary, in each regime.</summary>
    private static readonly (decimal Hours, decimal Minutes)[] Regimes = [(0.4m, 0.4m), (2m, 0.5m), (0.5m, 1.5m), (2m, 2m)];

    public string Source => Name;

    public Task<Quote> QuoteAsync(string symbol, CancellationToken cancellation, Action<HttpAnswer>? heard = null)
    {
        cancellation.ThrowIfCancellationRequested();
        var now = DateTimeOffset.FromUnixTimeSeconds(time.GetUtcNow().ToUnixTimeSeconds());
        var price = PriceAt(seed, symbol, now);
        var change = decimal.Round((price / PriceAt(seed, symbol, now.AddSeconds(-DaySeconds)) - 1) * 100, 4);
        var currency = CurrencyOf(symbol);
        var quote = new Quote(Name, currency, price, Volume24hUsd: null, MarketCapUsd: null, change, now);
        heard?.Invoke(new("", 0, now, JsonSerializer.SerializeToUtf8Bytes(quote, JsonSerializerOptions.Web)));
        return Task.FromResult(quote);
    }

    /// <summary>The currency that a symbol is quoted in.</summary>
    internal static string CurrencyOf(string symbol) => ExchangeSymbol.Of(symbol, "USD").Quote;

    /// <summary>The price of a symbol at a time, rounded down to the second; above 0.</summary>
    public static decimal PriceAt(int seed, string symbol, DateTimeOffset at)
    {
        var (usual, decimals) = ExchangeSymbol.Of(symbol, "USD").Base switch
        {
            "BTC" => (60_000m, 2),
            "ETH" => (3_000m, 2),
            "SOL" => (150m, 3),
            _ => (100m, 4),
        };
        return decimal.Round(usual * Exp(LogAt(Hash(unchecked((ulong)seed), symbol), at.ToUnixTimeSeconds())), decimals);
    }

    private static decimal LogAt(ulong key, long second)
    {
        var left = RootDeviation * Normal(key, RootBits + 1, second >> RootBits);
        var right = RootDeviation * Normal(key, RootBits + 1, (second >> RootBits) + 1);
        var regime = Regimes[Hash(key, 0, second >> RegimeBits) % (ulong)Regimes.Length];
        for (var bits = RootBits; bits > 0; bits--)
        {
            var factor = bits > RegimeBits ? 1 : bits > FineBits ? regime.Hours : regime.Minutes;
            var middle = (left + right) / 2 + factor * MiddleDeviation[bits] * Normal(key, bits, second >> bits);
            if (((second >> (bits - 1)) & 1) == 0)
                right = middle;
            else
                left = middle;
        }

        return left;
    }

    /// <summary>The deviation of the middle of 2^bits seconds from the mean of their ends.</summary>
    private static decimal[] MiddleDeviations()
    {
        const decimal SquareRootOf2 = 1.4142135623730950488m;
        var deviations = new decimal[RootBits + 1];
        deviations[0] = VolatilityOfOneSecond / 2;
        for (var bits = 1; bits <= RootBits; bits++)
            deviations[bits] = deviations[bits - 1] * SquareRootOf2;
        return deviations;
    }

    /// <summary>A nearly normal number of mean 0 and deviation 1, at most 3.5 from 0: the sum of four uniform ones of 16 bits.</summary>
    internal static decimal Normal(ulong key, int bits, long index)
    {
        const decimal Mean = 131_070;
        const decimal Deviation = 37_837.227m;
        var hash = Hash(key, (ulong)bits, index);
        return ((ushort)hash + (ushort)(hash >> 16) + (ushort)(hash >> 32) + (ushort)(hash >> 48) - Mean) / Deviation;
    }

    /// <summary>The exponential function by its series, on an argument made small enough for twelve terms.</summary>
    private static decimal Exp(decimal x)
    {
        var small = x / 16;
        var sum = 1m;
        for (var n = 12; n > 0; n--)
            sum = 1 + sum * small / n;
        for (var i = 0; i < 4; i++)
            sum *= sum;
        return sum;
    }

    internal static ulong Hash(ulong key, string text)
    {
        foreach (var c in text)
            key = Mixed(unchecked(key + c));
        return key;
    }

    internal static ulong Hash(ulong key, ulong kind, long index) => Mixed(unchecked(Mixed(key + kind) + (ulong)index));

    /// <summary>SplitMix64's step: neighbouring numbers become unrelated ones.</summary>
    private static ulong Mixed(ulong number)
    {
        unchecked
        {
            number += 0x9e3779b97f4a7c15;
            number = (number ^ (number >> 30)) * 0xbf58476d1ce4e5b9;
            number = (number ^ (number >> 27)) * 0x94d049bb133111eb;
            return number ^ (number >> 31);
        }
    }
}
