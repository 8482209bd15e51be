namespace Trading.Core;

/// <summary>
/// What the learned model sees at each price: returns, averages and volatility of the last 51 prices, each in units of the volatility so
/// that a quiet and a wild market look alike, and the time of day. No feature uses a later price. It uses only additions, multiplications,
/// divisions and roots, so every machine gets the same bits.
/// </summary>
public sealed class PriceFeatures(int intervalSeconds)
{
    /// <summary>Version of this definition; a model knows the one that it was trained with.</summary>
    public const int Definition = 1;

    /// <summary>Features of each price.</summary>
    public const int Count = 10;

    /// <summary>Names of the features, in their order; null for the time of day, which goes round.</summary>
    public static IReadOnlyList<string?> Names { get; } =
    [
        "return-1", "return-3", "return-10", "return-50", "from-average-20", "from-average-50", "strength-14", "volatility", null, null,
    ];

    /// <summary>Prices that the features of one price are made from.</summary>
    public const int Prices = 51;

    private const int Returns = Prices - 1;
    private const int ShortReturns = 10;
    private const int MaxGapIntervals = 10;
    private const double Largest = 4;
    private const int SecondsPerDay = 86_400;

    private readonly double[] _prices = new double[Prices];
    private readonly double[] _values = new double[Count];
    private long _added, _newest;

    /// <summary>Whether there are features: after <see cref="Prices"/> prices without a long pause, of which some moved.</summary>
    public bool Ready { get; private set; }

    /// <summary>The features of the newest price; meaningless unless <see cref="Ready"/>.</summary>
    public ReadOnlySpan<double> Values => _values;

    /// <summary>Standard deviation of the last 50 one-step returns.</summary>
    public double Volatility { get; private set; }

    /// <summary>Takes the next price. A pause of more than ten intervals resets the features.</summary>
    /// <returns>False when they were reset.</returns>
    public bool Add(long unixSeconds, double price)
    {
        var continues = _added == 0 || unixSeconds - _newest <= (long)MaxGapIntervals * intervalSeconds;
        if (!continues)
            _added = 0;
        _newest = unixSeconds;
        _prices[_added++ % Prices] = price;
        Volatility = _added < Prices ? 0 : Deviation(Returns);
        Ready = Volatility > 0;
        if (Ready)
            Compute(unixSeconds, price);
        return continues;
    }

    private double Back(int steps) => _prices[(_added - 1 - steps) % Prices];

    private double Return(int steps) => Back(0) / Back(steps) - 1;

    private double Deviation(int returns)
    {
        double sum = 0, squares = 0;
        for (var step = returns - 1; step >= 0; step--)
        {
            var change = Back(step) / Back(step + 1) - 1;
            sum += change;
            squares += change * change;
        }
        return Math.Sqrt(Math.Max(0, squares - sum * sum / returns) / (returns - 1));
    }

    private double Average(int prices)
    {
        double sum = 0;
        for (var step = prices - 1; step >= 0; step--)
            sum += Back(step);
        return sum / prices;
    }

    // Rises against falls of the last 14 steps, -1 to 1: RSI in another scale.
    private double Strength()
    {
        double up = 0, down = 0;
        for (var step = 13; step >= 0; step--)
        {
            var change = Back(step) / Back(step + 1) - 1;
            if (change > 0)
                up += change;
            else
                down -= change;
        }
        return up + down > 0 ? (up - down) / (up + down) : 0;
    }

    private void Compute(long unixSeconds, double price)
    {
        var day = unixSeconds % SecondsPerDay / (double)SecondsPerDay;
        Span<double> values =
        [
            Return(1) / Volatility, Return(3) / (Volatility * 1.7320508), Return(10) / (Volatility * 3.1622777),
            Return(Returns) / (Volatility * 7.0710678),
            (price / Average(20) - 1) / (Volatility * 2.5), (price / Average(50) - 1) / (Volatility * 4), 2 * Strength(),
            2 * (Deviation(ShortReturns) / Volatility - 1),
            // Two waves of a day, a quarter apart, made of parabolas: near enough to sine and cosine, and the same everywhere.
            Wave(day), Wave(day + 0.25),
        ];
        for (var i = 0; i < Count; i++)
            _values[i] = Math.Clamp(values[i], -Largest, Largest);
    }

    private static double Wave(double turns)
    {
        var phase = turns - (long)turns;
        return phase < 0.5 ? 16 * phase * (0.5 - phase) : -16 * (phase - 0.5) * (1 - phase);
    }
}
