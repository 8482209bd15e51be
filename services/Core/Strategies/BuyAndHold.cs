using Trading.Contracts;

namespace Trading.Core.Strategies;

/// <summary>Buys once and keeps it: what every other strategy is measured against.</summary>
public sealed class BuyAndHold : ITradingStrategy
{
    /// <summary>Name in settings and records.</summary>
    public const string StrategyName = "buy-and-hold";

    /// <summary>What it is.</summary>
    public static StrategyInfo Info { get; } = new(StrategyName, "buys once and keeps it: the benchmark", [], _ => new BuyAndHold());

    /// <inheritdoc/>
    public string Name => StrategyName;

    /// <inheritdoc/>
    public int Bars => 1;

    /// <inheritdoc/>
    public bool SeesPosition => true;

    /// <inheritdoc/>
    public Signal OnBar(in Candle bar) => new(TradeAction.Buy);

    /// <inheritdoc/>
    public Signal OnBar(in Candle bar, in StrategyPosition held) => held.IsOpen ? default : new(TradeAction.Buy);
}
