namespace Trading.Contracts;

/// <summary>One rule as it was applied.</summary>
/// <param name="Rule">The rule; its documentation says what is observed, in which unit, and which side of the limit passes.</param>
/// <param name="Observed">The observed value.</param>
/// <param name="Limit">The limit in force.</param>
/// <param name="Passed">Whether the rule allows the order.</param>
public readonly record struct RiskCheck(RiskRule Rule, decimal Observed, decimal Limit, bool Passed);

/// <summary>
/// The rules that an order must pass, in the order in which they are applied. A rule whose limit is not set is not applied. Exits are
/// checked only by the rules that say so.
/// </summary>
public enum RiskRule
{
    /// <summary>
    /// The stricter of the trading states of account and symbol: observed 0 active, 1 reducing, 2 halted; the highest state that allows
    /// this order (0 for a buy, 1 for a sale). Applies to exits.
    /// </summary>
    TradingState,

    /// <summary>
    /// Whether an order that may cost real money would rest on prices that are not live: observed 1 if so, at most 0. Applies to exits.
    /// </summary>
    RealTrading,

    /// <summary>
    /// No two orders for one intent: observed orders of this trade that exist already, or of the same side and size within the window of
    /// the limits; at most 0. Applies to exits, except the window.
    /// </summary>
    DuplicateIntent,

    /// <summary>Whether the symbol is one that may be traded: observed 1 if not, at most 0.</summary>
    AllowedSymbol,

    /// <summary>
    /// Age of the price in seconds when it is decided on; at most the limit, and not more than ten seconds in the future. Applies to exits.
    /// </summary>
    PriceAge,

    /// <summary>How many sources the price was agreed from; at least the limit. Applies to buys on live prices.</summary>
    PriceSources,

    /// <summary>
    /// Distance between the highest and the lowest source that counted, in percent of the price; at most the limit. Applies to buys.
    /// </summary>
    SourceSpread,

    /// <summary>Age of the prediction in seconds when it is decided on; below the limit.</summary>
    PredictionAge,

    /// <summary>How many models answered; at least the limit. Applies to buys.</summary>
    ModelsAnswered,

    /// <summary>Share of the answering models that gave the ensemble's direction, 0 to 1; at least the limit. Applies to buys.</summary>
    Agreement,

    /// <summary>
    /// The ensemble's direction: observed 1 up, 0 stable, -1 down; at least the limit of 1. Applies to buys: nothing is bought against what
    /// the models expect together.
    /// </summary>
    Direction,

    /// <summary>Confidence of the ensemble, 0 to 1; at least the limit.</summary>
    Confidence,

    /// <summary>
    /// Distance of the order's worst price from the observed price, or from the price that it waits for, in percent; at most the limit. A
    /// market order is judged by its worst price too. Applies to exits.
    /// </summary>
    PriceCollar,

    /// <summary>
    /// What the order's worst price is beyond a whole number of ticks, those of the exchange where they are coarser; at most 0. Applies to
    /// exits.
    /// </summary>
    TickSize,

    /// <summary>
    /// What the order's quantity is beyond a whole number of lots, those of the exchange where they are coarser; at most 0. Applies to
    /// exits.
    /// </summary>
    LotSize,

    /// <summary>
    /// Whether the exchange trades the product now, as it last reported: observed 1 if so, at least 1. Applies to exits, on an exchange
    /// that is not paper.
    /// </summary>
    ProductTrading,

    /// <summary>Units of the base currency; at least what the exchange takes. Applies to exits, on an exchange that is not paper.</summary>
    LeastOrderQuantity,

    /// <summary>
    /// The order's price, or its worst where it has none of its own, as a multiple of the observed one, for the exchange's percent price
    /// filter: at or above 1 at most the upper multiplier of its side, below 1 at least the lower. Applies to exits, on an exchange that is
    /// not paper and has the filter.
    /// </summary>
    PercentPrice,

    /// <summary>
    /// Loss of the UTC day in the quote currency: what its sales lost after fees, plus what the open positions are worth below their cost;
    /// below the limit. Applies to buys.
    /// </summary>
    DailyLoss,

    /// <summary>
    /// How far equity is below its highest since trading was last resumed, as a share of it, 0 to 1; below the limit. Applies to buys.
    /// </summary>
    Drawdown,

    /// <summary>Sales in a row that lost after fees; below the limit. Applies to buys.</summary>
    LosingTrades,

    /// <summary>Executions since an operator last resumed trading, open orders among them; below the limit. Applies to buys.</summary>
    UnreviewedExecutions,

    /// <summary>Seconds since the symbol's last exit was decided, 0 while its order is open; at least the limit. Applies to buys.</summary>
    Cooldown,

    /// <summary>Open orders of the account, including this one, without stops that rest on an exchange; at most the limit.</summary>
    OpenOrders,

    /// <summary>Orders of the account in the running UTC minute, this one included; at most the limit.</summary>
    OrdersPerMinute,

    /// <summary>Orders of the account in the UTC day, this one included; at most the limit.</summary>
    OrdersPerDay,

    /// <summary>Units of the base currency that are held and not reserved; more than 0 is needed for a sale. Applies to exits.</summary>
    Holdings,

    /// <summary>
    /// Value of the order in the quote currency; at least the limit, or the exchange's least notional where that is more. Applies to exits.
    /// </summary>
    LeastOrderValue,

    /// <summary>
    /// Value of the order in the quote currency; at most the limit. An exit has a limit of its own, or is as large as the position.
    /// </summary>
    LargestOrderValue,

    /// <summary>Units of the base currency; at most the limit. Applies to exits.</summary>
    LargestOrderQuantity,

    /// <summary>Cash needed with fee and worst price; at most the free cash beyond the cash reserve.</summary>
    FreeCash,

    /// <summary>Value of the position after the order as a share of equity, 0 to 1; at most the limit. Applies to buys.</summary>
    PositionShare,

    /// <summary>Value of all positions after the order as a share of equity, 0 to 1; at most the limit. Applies to buys.</summary>
    Exposure,

    /// <summary>
    /// Move that the prediction expects in the order's direction, in percent; above the limit, which is a multiple of what buying and
    /// selling again costs in fees, spread and slippage. Applies to buys and sales whose signal says how far the price will go.
    /// </summary>
    ExpectedMove,

    /// <summary>
    /// Distance between the share of equity that is held and the one that a strategy asks for, 0 to 1; above the limit. Applies to orders
    /// towards a target; the only check of a hold, where the two are not far enough apart.
    /// </summary>
    RebalanceBand,

    /// <summary>
    /// Whether the symbol's position lacks its stop on the exchange, its exit was refused or is under way: observed 1 if so, at most 0.
    /// Applies to buys.
    /// </summary>
    Protection,

    /// <summary>
    /// What the position after the order, less a fee in units, could be sold for at its stop and in whole lots, in the quote currency; at
    /// least what a sale must be worth. Applies to buys.
    /// </summary>
    Sellable,

    /// <summary>
    /// Units of the base currency that are held, still being bought, and in the order; at most what the exchange lets the account hold.
    /// Applies to buys, on an exchange that is not paper and has the filter.
    /// </summary>
    LargestPosition,
}
