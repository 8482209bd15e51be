namespace Trading.Research.Statistics;

/// <summary>
/// Random numbers from a seed, the same on every machine: SplitMix64 (Steele, Lea and Flood, Fast Splittable Pseudorandom Number
/// Generators, 2014). For research and simulation; never for keys.
/// </summary>
public sealed class SeededRandom(ulong seed)
{
    private const ulong Step = 0x9E3779B97F4A7C15;
    private ulong _state = seed;

    /// <summary>The next 64 bits.</summary>
    public ulong NextBits()
    {
        var bits = _state += Step;
        bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9;
        bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EB;
        return bits ^ (bits >> 31);
    }

    /// <summary>A number from 0 to below 1, with 53 random bits.</summary>
    public double NextShare() => (NextBits() >> 11) * (1.0 / (1UL << 53));

    /// <summary>A whole number from 0 to below <paramref name="count"/>, which is above 0.</summary>
    public long NextIndex(long count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        return (long)Math.BigMul(NextBits(), (ulong)count, out _);
    }

    /// <summary>A number from the standard normal distribution (Box and Muller, 1958).</summary>
    public double NextNormal() => Math.Sqrt(-2 * Math.Log(1 - NextShare())) * Math.Cos(2 * Math.PI * NextShare());

    /// <summary>An independent generator for one of many runs, whichever thread makes it.</summary>
    public static SeededRandom ForRun(ulong seed, int run) => new(new SeededRandom(seed ^ ((ulong)run * Step)).NextBits());
}
