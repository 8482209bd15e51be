namespace Trading.Core.Strategies;

/// <summary>What is held, as a strategy sees it; the default is nothing.</summary>
/// <param name="Quantity">Units of the base currency; 0 or more.</param>
/// <param name="EntryPrice">Mean price paid, without fees; 0 without a position.</param>
/// <param name="EnteredAtUnixSeconds">When the position was begun; 0 without one.</param>
public readonly record struct StrategyPosition(decimal Quantity, decimal EntryPrice, long EnteredAtUnixSeconds)
{
    /// <summary>Whether anything is held.</summary>
    public bool IsOpen => Quantity > 0;
}
