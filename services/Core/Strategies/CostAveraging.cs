using Trading.Contracts;

namespace Trading.Core.Strategies;

/// <summary>Buys a little at regular times whatever the price is, and never sells (dollar-cost averaging).</summary>
/// <param name="hours">Hours from purchase to purchase, counted from 1970 (UTC).</param>
public sealed class CostAveraging(double hours = 168) : ITradingStrategy
{
    /// <summary>Name in settings and records.</summary>
    public const string StrategyName = "cost-averaging";

    private readonly long _seconds = Math.Max(1, (long)(hours * 3600));
    private long _period = long.MinValue;

    /// <summary>What it is.</summary>
    public static StrategyInfo Info { get; } = new(
        StrategyName, "buys a little at regular times and never sells (dollar-cost averaging)",
        [StrategyParameter.Number("hours", 168, 0.01, 100_000, "hours from purchase to purchase")],
        given => new CostAveraging(given.Number("hours")));

    /// <inheritdoc/>
    public string Name => StrategyName;

    /// <inheritdoc/>
    public int Bars => 2;

    /// <inheritdoc/>
    public bool AddsToPosition => true;

    /// <inheritdoc/>
    public Signal OnBar(in Candle bar)
    {
        var (before, now) = (_period, bar.OpenTimeUnixSeconds / _seconds);
        _period = now;
        return before != long.MinValue && now != before ? new(TradeAction.Buy) : default;
    }
}
