using Trading.Contracts;

namespace Trading.Core;

/// <summary>
/// The numbers of an account that a decision about one symbol at one price depends on: a value, so that millions of decisions cost no
/// memory.
/// </summary>
public readonly record struct RiskAccount
{
    /// <summary>The stricter of the states of account and symbol.</summary>
    public TradingState State { get; init; }

    /// <summary>Whether the account trades on live prices.</summary>
    public bool Live { get; init; }

    /// <summary>Cash, reserved funds included.</summary>
    public decimal CashUsd { get; init; }

    /// <summary>Part of the cash that is reserved for open buys.</summary>
    public decimal ReservedUsd { get; init; }

    /// <summary>Cash plus all positions.</summary>
    public decimal EquityUsd { get; init; }

    /// <summary>Units of the symbol, those promised to open sales included.</summary>
    public decimal PositionQuantity { get; init; }

    /// <summary>Units of the symbol that no open sale has reserved; a stop that rests on an exchange reserves none.</summary>
    public decimal FreeQuantity { get; init; }

    /// <summary>Units of the symbol that open buys may still add.</summary>
    public decimal PromisedQuantity { get; init; }

    /// <summary>Value of all positions, open buys at their worst prices included.</summary>
    public decimal ExposureUsd { get; init; }

    /// <summary>Loss of the UTC day, see <see cref="Portfolio.DailyLossUsd"/>.</summary>
    public decimal DailyLossUsd { get; init; }

    /// <summary>Highest equity since trading was last resumed; 0 before any was seen.</summary>
    public decimal PeakEquityUsd { get; init; }

    /// <summary>Orders that have not ended, without stops that rest on an exchange.</summary>
    public int OpenOrders { get; init; }

    /// <summary>Orders in the running UTC minute.</summary>
    public int OrdersInMinute { get; init; }

    /// <summary>Orders in the UTC day.</summary>
    public int OrdersOnDay { get; init; }

    /// <summary>Sales in a row that lost after fees.</summary>
    public int LosingTrades { get; init; }

    /// <summary>Executions since an operator last resumed trading.</summary>
    public int UnreviewedExecutions { get; init; }

    /// <summary>Ticks since the symbol's last exit was decided, 0 while its order is open; null when there was none.</summary>
    public long? TicksSinceExit { get; init; }

    /// <summary>Side of the symbol's newest order; hold when there was none.</summary>
    public TradeAction LastSide { get; init; }

    /// <summary>Quantity of the symbol's newest order.</summary>
    public decimal LastQuantity { get; init; }

    /// <summary>Ticks since the symbol's newest order.</summary>
    public long TicksSinceOrder { get; init; }

    /// <summary>
    /// Whether the symbol's position lacks its stop on the exchange, its exit was refused or is under way: nothing is to be added to it.
    /// </summary>
    public bool Unprotected { get; init; }

    /// <summary>Cash that no order has reserved.</summary>
    public decimal FreeCashUsd => CashUsd - ReservedUsd;

    /// <summary>How far equity is below its highest, as a share of that, 0 to 1.</summary>
    public decimal Drawdown => PeakEquityUsd > EquityUsd ? 1 - EquityUsd / PeakEquityUsd : 0;

    // A stop is missed where the limits want one on the exchange and the position is large enough for it. The limits of a product are made
    // again for each question, so they are asked for last.
    private static bool IsUnprotected(Portfolio account, Position position, string symbol, decimal price, bool rests) =>
        account.Flattening || position.ExitRefused is not null || (!rests && !position.StopDeclined
            && account is { External.Products: not null, Limits.Exits: { StopOnExchange: true, StopLossPercent: not null } }
            && account.LimitsIn(symbol) is { Product: not null } limits && limits.IsSellable(position.Quantity, price));

    /// <summary>The numbers of an account at a price.</summary>
    public static RiskAccount Of(Portfolio account, string symbol, decimal price, DateTimeOffset now)
    {
        var position = account.PositionIn(symbol);
        decimal reserved = 0, promised = 0, promisedUsd = 0, selling = 0;
        var (exitOpen, stops, rests) = (false, 0, false);
        if (!account.Reservations.IsEmpty)
        {
            foreach (var (_, order) in account.Reservations)
            {
                if (order.RestsOnExchange())
                {
                    stops++;
                    rests |= order.Symbol == symbol;
                    continue;
                }
                var (buys, own) = (order.Side == TradeAction.Buy, order.Symbol == symbol);
                reserved += order.ReservedUsd;
                promisedUsd += buys ? order.Quantity * (own ? price : order.WorstPrice) : 0;
                promised += buys && own ? order.Quantity : 0;
                selling += !buys && own ? order.Quantity : 0;
                exitOpen |= own && order.Exit is not null;
            }
        }
        var equity = account.EquityUsd(symbol, price);
        var pace = account.Pace;
        var last = account.LastOrders is { } orders && orders.TryGetValue(symbol, out var newest) ? newest : null;
        return new()
        {
            State = account.StateOf(symbol),
            Live = account.MarketData == "live",
            CashUsd = account.CashUsd,
            ReservedUsd = reserved,
            EquityUsd = equity,
            PositionQuantity = position.Quantity,
            // Less than nothing where a stop sold what another sale was just approved for.
            FreeQuantity = Math.Max(0, position.Quantity - selling),
            PromisedQuantity = promised,
            ExposureUsd = equity - account.CashUsd + promisedUsd,
            DailyLossUsd = account.DailyLossUsd(symbol, price, DateOnly.FromDateTime(now.UtcDateTime)),
            PeakEquityUsd = account.PeakEquityUsd,
            OpenOrders = account.Reservations.Count - stops,
            // A clock that is behind decides in the newest minute and day that have begun.
            OrdersInMinute = pace is not null && pace.Minute >= OrderPace.MinuteOf(now) ? pace.InMinute : 0,
            OrdersOnDay = pace is not null && pace.Day >= OrderPace.DayOf(now) ? pace.OnDay : 0,
            LosingTrades = account.LosingTrades,
            UnreviewedExecutions = account.UnreviewedExecutions,
            TicksSinceExit = exitOpen ? 0 : last?.ExitAt is { } exitAt ? now.UtcTicks - exitAt.UtcTicks : null,
            Unprotected = exitOpen || (position.Quantity > 0 && IsUnprotected(account, position, symbol, price, rests)),
            LastSide = last?.Side ?? TradeAction.Hold,
            LastQuantity = last?.Quantity ?? 0,
            TicksSinceOrder = last is null ? 0 : now.UtcTicks - last.At.UtcTicks,
        };
    }
}
