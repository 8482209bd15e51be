using Trading.Contracts;
using Trading.Core;

namespace Trading.Research.Backtests;

/// <summary>A part of a position that was sold.</summary>
/// <param name="EnteredAtUnixSeconds">When the position was begun.</param>
/// <param name="ExitedAtUnixSeconds">When this part was sold.</param>
/// <param name="Quantity">Units.</param>
/// <param name="EntryPrice">Mean price paid, without fees.</param>
/// <param name="ExitPrice">Price of the sale.</param>
/// <param name="FeesUsd">Fees of the sale and this part's share of those of the purchases.</param>
/// <param name="ProfitUsd">What it brought after all fees; negative for a loss.</param>
/// <param name="Exit">Why it was sold; null when a signal asked.</param>
public readonly record struct BacktestTrade(
    long EnteredAtUnixSeconds, long ExitedAtUnixSeconds, decimal Quantity, decimal EntryPrice, decimal ExitPrice, decimal FeesUsd,
    decimal ProfitUsd, ExitReason? Exit)
{
    /// <summary>The highest price while the position was held; 0 where it is not known.</summary>
    public decimal HighestPrice { get; init; }

    /// <summary>The lowest price while the position was held; 0 where it is not known.</summary>
    public decimal LowestPrice { get; init; }

    /// <summary>How far the position was above its entry at its best, as a share: the maximum favourable excursion; 0 or more.</summary>
    public double Favourable => EntryPrice > 0 ? (double)(Math.Max(HighestPrice, EntryPrice) / EntryPrice) - 1 : 0;

    /// <summary>How far it was below its entry at its worst, as a share: the maximum adverse excursion; 0 or more.</summary>
    public double Adverse => EntryPrice > 0 && LowestPrice > 0 ? 1 - (double)(Math.Min(LowestPrice, EntryPrice) / EntryPrice) : 0;

    /// <summary>The profit, after fees, as a share of what the part had cost without them.</summary>
    public double Return => EntryPrice * Quantity == 0 ? 0 : (double)(ProfitUsd / (EntryPrice * Quantity));
}

/// <summary>An order that has ended.</summary>
/// <param name="AtUnixSeconds">When.</param>
/// <param name="Side">Buy or sell.</param>
/// <param name="Execution">How.</param>
/// <param name="Exit">Why a position was left; null when a signal asked.</param>
public readonly record struct BacktestFill(long AtUnixSeconds, TradeAction Side, PaperExecution Execution, ExitReason? Exit);

/// <summary>The account at an instant.</summary>
/// <param name="AtUnixSeconds">When.</param>
/// <param name="EquityUsd">Cash and position.</param>
/// <param name="Price">Price of one unit.</param>
public readonly record struct BacktestPoint(long AtUnixSeconds, decimal EquityUsd, decimal Price);
