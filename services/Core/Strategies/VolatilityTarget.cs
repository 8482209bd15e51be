using Trading.Contracts;

namespace Trading.Core.Strategies;

/// <summary>
/// Another strategy with its exposure scaled to a volatility: the share that it asks for, times the target over the volatility of the last
/// 30 days, and never more than it asks for (Moreira and Muir, Volatility-Managed Portfolios, 2017). Of a strategy that buys and sells, a
/// buy asks for everything and a sale for nothing.
/// </summary>
/// <param name="strategy">The strategy.</param>
/// <param name="targetPercent">Standard deviation of a year's return of the account, in percent; above 0.</param>
public sealed class VolatilityTarget(ITradingStrategy strategy, double targetPercent) : ITradingStrategy
{
    /// <summary>Days that the volatility is measured over.</summary>
    public const int VolatilityDays = 30;

    private const double DaysPerYear = 365;

    private readonly DailyCloses _closes = new(VolatilityDays);

    /// <inheritdoc/>
    public string Name => strategy.Name;

    /// <inheritdoc/>
    public int Bars => strategy.Bars;

    /// <inheritdoc/>
    public int Days { get; } = Math.Max(strategy.Days, VolatilityDays);

    /// <inheritdoc/>
    public bool Targets => true;

    /// <inheritdoc/>
    public void Remember(long day, decimal close)
    {
        _closes.Add(day, close);
        strategy.Remember(day, close);
    }

    /// <inheritdoc/>
    public void Skip(in Candle bar)
    {
        _closes.Add(DailyCloses.DayOf(bar), bar.Close);
        strategy.Skip(bar);
    }

    /// <inheritdoc/>
    public void Forget() => strategy.Forget();

    /// <inheritdoc/>
    public bool SeesPosition => strategy.SeesPosition;

    /// <inheritdoc/>
    public Signal OnBar(in Candle bar) => Scaled(strategy.OnBar(bar), bar);

    /// <inheritdoc/>
    public Signal OnBar(in Candle bar, in StrategyPosition held) => Scaled(strategy.OnBar(bar, held), bar);

    private Signal Scaled(in Signal asked, in Candle bar)
    {
        if (!_closes.Add(DailyCloses.DayOf(bar), bar.Close) || !_closes.IsFull)
            return default;
        var target = asked.Target ?? asked.Action switch
        {
            TradeAction.Buy => new(1),
            TradeAction.Sell => new(0),
            _ => null,
        };
        if (target is null)
            return default;
        var ofYear = _closes.Volatility() * Math.Sqrt(DaysPerYear) * 100;
        return Signal.For(target with
        {
            Share = ofYear > 0 ? target.Share * Math.Min(1, targetPercent / ofYear) : target.Share,
            TrendShare = target.TrendShare ?? target.Share,
            VolatilityPercent = ofYear,
            VolatilityTargetPercent = targetPercent,
            VolatilityDays = VolatilityDays,
        });
    }
}
