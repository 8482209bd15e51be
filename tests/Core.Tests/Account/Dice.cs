namespace Trading.Core.Tests;

/// <summary>Four numbers from which a step is made whatever the state, so that every history can be shortened when it fails.</summary>
internal readonly record struct Dice(int Kind, int A, int B, int C)
{
    internal const decimal Fee = 0.1m;

    /// <summary>
    /// A whole or partial fill, at the worst price or at one better by a fraction that never ends, with the full fee; or no fill.
    /// </summary>
    internal Execution Outcome(Order order, decimal most, DateTimeOffset now)
    {
        var filled = B switch { < 15 => 0, < 40 => most * C / 100, _ => most };
        var better = C % 3 == 0 ? 0 : order.WorstPrice * C / 70_000m;
        var price = order.Side == TradeAction.Buy ? order.WorstPrice - better : order.WorstPrice + better;
        var fee = filled * price * Fee / 100;
        var outcome = filled == 0 ? TradeOutcome.Cancelled : filled < order.Quantity ? TradeOutcome.PartiallyFilled : TradeOutcome.Filled;
        return new(outcome, "paper", true, "t", "1", filled, filled == 0 ? 0 : price, fee, null, now,
            FeeValueUsd: filled > 0 && A % 5 == 0 ? fee / 7 : null);
    }

    // Coarser here and finer there than the limits' own.
    internal ProductFilters Rules() => new(
        Given.Symbol, "BTCUSDT", "BTC", "USDT",
        Trading: A != 7, [OrderPlacement.LimitIoc, OrderPlacement.Market, OrderPlacement.StopLoss],
        TickSize: B % 2 == 0 ? 0.02m : 0.001m, LeastPrice: 0,
        LargestPrice: 0, LotSize: C % 3 == 0 ? 0.05m : 0.0001m, LeastQuantity: C % 4 == 0 ? 0.1m : 0,
        LargestQuantity: A % 3 == 0 ? 3 : 0, LargestMarketQuantity: 0, LeastNotional: B % 3 * 4,
        LargestNotional: A % 4 == 0 ? 500 : 0, BuyMultiplierUp: 1.01m, BuyMultiplierDown: 0.5m, SellMultiplierUp: 2,
        SellMultiplierDown: C % 2 == 0 ? 0.985m : 0.2m, MaxOpenOrders: A % 5 == 0 ? 2 : 0);

    // Wide enough for many trades, narrow enough for each to be reached.
    internal static RiskLimits Further(RiskLimits limits, int dice = 0) => limits with
    {
        Orders = new(PriceCollarPercent: 2, TickSize: dice % 3 == 0 ? 0.05m : null, MaxQuantity: dice % 7 == 1 ? 4 : null,
            MaxExposureShare: 0.4m + dice / 200m),
        Losses = new(MaxDrawdownShare: 0.2m + dice / 300m, MaxLosingTrades: 3, MaxUnreviewedExecutions: 20),
        Pace = new(MaxOpenOrders: 3 + dice % 4, MaxOrdersPerMinute: 3, MaxOrdersPerDay: 4,
            DuplicateWindowSeconds: 20, CooldownSeconds: 300),
        Exits = new(StopLossPercent: 10, TrailingStopPercent: 8, TrailingOffsetPercent: 3, TakeProfitPercent: 15, TimeLimitSeconds: 40_000,
            AtDailyLoss: true, AtDrawdown: true, MaxAmountUsd: dice % 2 == 0 ? null : limits.MaxTradeAmountUsd,
            StopOnExchange: dice % 5 != 4),
        Sizing = new((SizingMethod)(dice / 2 % 4), WithinLimits: dice % 2 == 1),
    };

    internal RiskLimits Limits() => Further(Given.Limits with
    {
        MaxTradeAmountUsd = 50 + A * 30,
        MaxPositionShare = 0.3m + B / 150m,
        CashReserveShare = C / 300m,
        MaxDailyLossShare = 0.01m + A / 300m,
        WorstPriceMarginPercent = B / 50m,
        FeePercent = Fee,
        LotSize = C switch { < 30 => 0.03m, < 60 => 0.00001m, _ => 0.00000001m },
        LeastOrderValueUsd = Math.Min(1 + B, 50),
    }, C);
}
