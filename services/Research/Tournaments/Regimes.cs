using Trading.Core;

namespace Trading.Research.Tournaments;

/// <summary>What kind of market a day was in, as it could be known before it.</summary>
public enum MarketRegime
{
    /// <summary>The price had risen by a fifth or more.</summary>
    Bull,

    /// <summary>It had fallen by a fifth or more.</summary>
    Bear,

    /// <summary>Neither.</summary>
    Range,
}

/// <summary>Sorts days into regimes by the return of the 90 days before them.</summary>
public static class Regimes
{
    /// <summary>Days that are looked back.</summary>
    public const int Days = 90;

    /// <summary>From which rise or fall on it is one, as a share.</summary>
    public const double Move = 0.2;

    private const long SecondsPerDay = 86_400;

    /// <summary>The regime of each day of a stretch; range where too little of the past is known.</summary>
    /// <param name="days">Daily candles, oldest first.</param>
    /// <param name="fromUnixSeconds">First day.</param>
    /// <param name="count">How many days.</param>
    public static MarketRegime[] Of(ReadOnlySpan<Candle> days, long fromUnixSeconds, int count)
    {
        var regimes = new MarketRegime[count];
        for (var i = 0; i < count; i++)
        {
            var before = Candle.CountBefore(days, fromUnixSeconds + i * SecondsPerDay) - 1;
            var gain = before < Days ? 0 : (double)(days[before].Close / days[before - Days].Close) - 1;
            regimes[i] = gain >= Move ? MarketRegime.Bull : gain <= -Move ? MarketRegime.Bear : MarketRegime.Range;
        }
        return regimes;
    }
}
