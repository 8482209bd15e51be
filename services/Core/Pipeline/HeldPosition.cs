using Trading.Core.Strategies;

namespace Trading.Core;

/// <summary>What an account holds, as its strategy sees it.</summary>
/// <param name="Position">The position in the symbol; nothing where the account holds none.</param>
/// <param name="OrderedAtUnixSeconds">When the symbol's newest order was approved, or a stop sold; null where there was none.</param>
public readonly record struct HeldPosition(StrategyPosition Position, long? OrderedAtUnixSeconds)
{
    /// <summary>The position in a symbol; nothing where the account holds none.</summary>
    public static StrategyPosition Of(Portfolio account, string symbol) =>
        account.PositionIn(symbol) is { Quantity: > 0 } held
            ? new(held.Quantity, held.AverageCost(), held.EnteredAt.ToUnixTimeSeconds()) : default;

    /// <summary>The same with the time of the newest order.</summary>
    /// <param name="account">The account; null before it was opened.</param>
    /// <param name="symbol">The symbol.</param>
    public static HeldPosition Since(Portfolio? account, string symbol)
    {
        if (account is null)
            return default;
        DateTimeOffset? ordered = account.LastOrders?.GetValueOrDefault(symbol) is { } last
            ? last.ExitAt > last.At ? last.ExitAt : last.At : null;
        return new(Of(account, symbol), ordered?.ToUnixTimeSeconds());
    }

    /// <summary>
    /// Gives a strategy that sees its position a bar from before it speaks. Since the newest order the position is what it is now; what
    /// the strategy said before that was settled by the order.
    /// </summary>
    /// <param name="strategy">The strategy.</param>
    /// <param name="bar">The bar.</param>
    /// <param name="closedAtUnixSeconds">When it closed.</param>
    public void WarmUp(ITradingStrategy strategy, in Candle bar, long closedAtUnixSeconds)
    {
        if (closedAtUnixSeconds > OrderedAtUnixSeconds || OrderedAtUnixSeconds is null)
        {
            strategy.OnBar(bar, Position);
            return;
        }
        strategy.OnBar(bar);
        strategy.Forget();
    }
}
