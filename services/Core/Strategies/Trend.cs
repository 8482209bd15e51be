using Trading.Contracts;

namespace Trading.Core.Strategies;

/// <summary>
/// Time-series momentum over several lookbacks (Moskowitz, Ooi and Pedersen, Time Series Momentum, 2012): holds the share of them over
/// which the price has risen. With three lookbacks that is nothing, a third, two thirds or all of the equity.
/// </summary>
/// <param name="lookbacks">Days back that the price is compared with; each at least 1.</param>
public sealed class Trend(params IReadOnlyList<int> lookbacks) : ITradingStrategy
{
    /// <summary>Name in settings and records.</summary>
    public const string StrategyName = "trend";

    /// <summary>The days back where nothing else is said.</summary>
    public static readonly IReadOnlyList<int> Lookbacks = [20, 50, 100];

    /// <summary>What it is.</summary>
    public static StrategyInfo Info { get; } = new(
        StrategyName, "holds the share of several lookbacks over which the price has risen (time-series momentum)",
        [StrategyParameter.List("lookbacks", Lookbacks, 1000, "days back that the price is compared with")],
        given => new Trend(given.Wholes("lookbacks")));

    private readonly DailyCloses _closes = new(lookbacks.Max());

    /// <inheritdoc/>
    public string Name => StrategyName;

    /// <inheritdoc/>
    public int Bars => 1;

    /// <inheritdoc/>
    public int Days { get; } = lookbacks.Max();

    /// <inheritdoc/>
    public bool Targets => true;

    /// <inheritdoc/>
    public void Remember(long day, decimal close) => _closes.Add(day, close);

    /// <inheritdoc/>
    public void Skip(in Candle bar) => _closes.Add(DailyCloses.DayOf(bar), bar.Close);

    /// <inheritdoc/>
    public Signal OnBar(in Candle bar)
    {
        if (!_closes.Add(DailyCloses.DayOf(bar), bar.Close) || !_closes.IsFull)
            return default;
        var returns = new LookbackReturn[lookbacks.Count];
        var risen = 0;
        for (var i = 0; i < returns.Length; i++)
        {
            var gain = _closes.Newest / _closes.Back(lookbacks[i]) - 1;
            risen += gain > 0 ? 1 : 0;
            returns[i] = new(lookbacks[i], gain * 100);
        }
        return Signal.For(new(risen / (double)returns.Length, returns));
    }
}
