namespace Trading.Core.Strategies;

/// <summary>A strategy of which decisions hear at other times than at each of its bars; all but its signals is its own.</summary>
/// <param name="strategy">The strategy.</param>
public abstract class HeardStrategy(ITradingStrategy strategy) : ITradingStrategy
{
    /// <inheritdoc/>
    public string Name => strategy.Name;

    /// <inheritdoc/>
    public abstract int Bars { get; }

    /// <inheritdoc/>
    public int Days => strategy.Days;

    /// <inheritdoc/>
    public bool SeesPosition => strategy.SeesPosition;

    /// <inheritdoc/>
    public bool AddsToPosition => strategy.AddsToPosition;

    /// <inheritdoc/>
    public void Remember(long day, decimal close) => strategy.Remember(day, close);

    /// <inheritdoc/>
    public virtual void Forget() => strategy.Forget();

    /// <inheritdoc/>
    public Signal OnBar(in Candle bar) => OnBar(bar, default);

    /// <inheritdoc/>
    public abstract Signal OnBar(in Candle bar, in StrategyPosition held);

    /// <summary>What the strategy itself says of a bar.</summary>
    protected Signal Said(in Candle bar, in StrategyPosition held) =>
        strategy.SeesPosition ? strategy.OnBar(bar, held) : strategy.OnBar(bar);
}
