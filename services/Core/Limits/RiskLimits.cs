using System.Text.Json.Serialization;

namespace Trading.Core;

/// <summary>The limits that an account trades under, a versioned event of its stream.</summary>
/// <param name="Signal">When a prediction asks for a trade.</param>
/// <param name="LeastConfidence">Least confidence that risk lets pass, 0 to 1.</param>
/// <param name="MaxTradeAmountUsd">Largest value of one order, at its worst price; above 0.</param>
/// <param name="MaxPositionShare">Largest value of one symbol's position as a share of equity, above 0 to 1.</param>
/// <param name="CashReserveShare">Share of equity that stays in cash, 0 to below 1.</param>
/// <param name="MaxDailyLossShare">Loss in one UTC day, as a share of equity, at which buying stops; above 0 to 1.</param>
/// <param name="MaxPriceAgeSeconds">An older price is not traded on; above 0.</param>
/// <param name="WorstPriceMarginPercent">How far from the observed price an order may fill, in percent; 0 or more.</param>
/// <param name="FeePercent">Fee set aside for a buy, in percent of its value; 0 or more.</param>
/// <param name="LotSize">Smallest step of a quantity; above 0.</param>
/// <param name="LeastOrderValueUsd">The exchange's least notional; above 0.</param>
/// <param name="Orders">Further limits of a single order; null for none.</param>
/// <param name="Evidence">What a buy must rest on; null for no more than a confident prediction.</param>
/// <param name="Losses">Losses that stop trading until an operator resumes it; null for none.</param>
/// <param name="Pace">How many orders there may be in which time; null for any.</param>
/// <param name="Exits">When positions are closed without a prediction; null for never.</param>
/// <param name="Sizing">How large a buy is; null for the allowed amount times the confidence.</param>
/// <param name="Costs">What a trade must bring beside its costs; null for anything.</param>
/// <param name="Rebalance">When a position is brought to a strategy's target; null for at any distance.</param>
public sealed record RiskLimits(
    SignalThresholds Signal,
    double LeastConfidence,
    decimal MaxTradeAmountUsd,
    decimal MaxPositionShare,
    decimal CashReserveShare,
    decimal MaxDailyLossShare,
    int MaxPriceAgeSeconds,
    decimal WorstPriceMarginPercent,
    decimal FeePercent,
    decimal LotSize,
    decimal LeastOrderValueUsd,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] OrderLimits? Orders = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] EvidenceLimits? Evidence = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] LossLimits? Losses = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] PaceLimits? Pace = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] ExitLimits? Exits = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Sizing? Sizing = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] CostLimits? Costs = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] RebalanceLimits? Rebalance = null)
{
    /// <summary>
    /// The exchange's order rules for the symbol that is decided on; null where they are unknown. Not part of the limits that are put in
    /// force.
    /// </summary>
    [JsonIgnore]
    public ProductFilters? Product { get; init; }

    /// <summary>
    /// Whether a quantity is large enough for an order. What is below a lot, or below the exchange's least order, would always be refused.
    /// </summary>
    public bool IsSellable(decimal quantity, decimal price) =>
        Math.Floor(quantity / LotSize) * LotSize * LeastWorth(price, LowestPrice(exit: true, price, price)) >= LeastOrderValueUsd;

    /// <summary>The lowest price that a sale may fill at.</summary>
    /// <param name="exit">Whether it is an exit, which has all the room that any order may have.</param>
    /// <param name="price">The price that the sale is worth.</param>
    /// <param name="market">The observed price.</param>
    internal decimal LowestPrice(bool exit, decimal price, decimal market)
    {
        var percent = exit ? Math.Max(WorstPriceMarginPercent, Orders?.PriceCollarPercent ?? 0) : WorstPriceMarginPercent;
        var lowest = Math.Max(price - price * percent * 0.01m, PriceWindow.SmallestPrice);
        if (Product is { SellMultiplierDown: > 0 and var down })
            lowest = Math.Max(lowest, Math.Min(price, market * down));
        return Orders?.TickSize is { } tick ? Math.Ceiling(lowest / tick) * tick : lowest;
    }

    /// <summary>The price at which a sale's value is compared with the least one: an exchange takes the order's limit for it.</summary>
    internal decimal LeastWorth(decimal price, decimal worstPrice) => Product is null ? price : Math.Min(price, worstPrice);

    /// <summary>
    /// These limits for one product of an exchange: its steps where they are coarser or different, its bounds where they are stricter, and
    /// the rest of its rules added, and the fee that the account pays there. The largest quantity is also bounded by that of market orders,
    /// because urgent sales are market orders.
    /// </summary>
    public RiskLimits Within(ProductFilters product)
    {
        var orders = Orders ?? new();
        if (product.LargestNotionalOfAccount is > 0 and var bound && (product.LargestNotional == 0 || bound < product.LargestNotional))
            product = product with { LargestNotional = bound };
        return this with
        {
            Product = product,
            FeePercent = product.FeePercent ?? FeePercent,
            LotSize = Step(LotSize, product.LotSize),
            LeastOrderValueUsd = Math.Max(LeastOrderValueUsd, product.LeastNotional),
            Orders = orders with
            {
                TickSize = orders.TickSize is { } tick ? Step(tick, product.TickSize) : Some(product.TickSize),
                MaxQuantity = Least(Least(Least(orders.MaxQuantity, Some(product.LargestQuantity)), Some(product.LargestMarketQuantity)),
                    Some(product.LargestOfAccount)),
            },
            Pace = product.MaxOpenOrders == 0
                ? Pace : (Pace ?? new()) with { MaxOpenOrders = Math.Min(Pace?.MaxOpenOrders ?? int.MaxValue, product.MaxOpenOrders) },
        };

        static decimal Step(decimal own, decimal exchange) => exchange == 0 || own % exchange == 0 ? own : exchange;
        static decimal? Some(decimal bound) => bound == 0 ? null : bound;
        static decimal? Least(decimal? one, decimal? other) => one is null || other < one ? other ?? one : one;
    }

    /// <summary>What is wrong with these limits, one line for each value out of its range; empty when they may be put in force.</summary>
    public IReadOnlyList<string> Violations()
    {
        var violations = new LimitViolations();
        violations.Require(Signal.ThresholdPercent > 0, $"Signal.ThresholdPercent must be above 0, was {Signal.ThresholdPercent}");
        violations.Require(Signal.Confidence is >= 0 and <= 1, $"Signal.Confidence must be between 0 and 1, was {Signal.Confidence}");
        violations.Require(LeastConfidence is >= 0 and <= 1, $"LeastConfidence must be between 0 and 1, was {LeastConfidence}");
        violations.Require(MaxTradeAmountUsd > 0 && MaxTradeAmountUsd <= LimitViolations.LargestNumber,
            $"MaxTradeAmountUsd must be above 0 and at most {LimitViolations.LargestNumber}, was {MaxTradeAmountUsd}");
        violations.Require(MaxTradeAmountUsd <= 0 || LeastOrderValueUsd <= MaxTradeAmountUsd,
            $"MaxTradeAmountUsd must be at least LeastOrderValueUsd ({LeastOrderValueUsd}), was {MaxTradeAmountUsd}: ",
            $"nothing could be sold either; halt or reduce stop trading");
        violations.Require(MaxPositionShare is > 0 and <= 1, $"MaxPositionShare must be above 0 and at most 1, was {MaxPositionShare}");
        violations.Require(CashReserveShare is >= 0 and < 1, $"CashReserveShare must be at least 0 and below 1, was {CashReserveShare}");
        violations.Require(MaxDailyLossShare is > 0 and <= 1, $"MaxDailyLossShare must be above 0 and at most 1, was {MaxDailyLossShare}");
        violations.Require(MaxPriceAgeSeconds > 0, $"MaxPriceAgeSeconds must be above 0, was {MaxPriceAgeSeconds}");
        violations.Require(WorstPriceMarginPercent is >= 0 and < 100,
            $"WorstPriceMarginPercent must be at least 0 and below 100, was {WorstPriceMarginPercent}");
        violations.Require(FeePercent is >= 0 and < 100, $"FeePercent must be at least 0 and below 100, was {FeePercent}");
        violations.Require(LotSize is >= LimitViolations.SmallestStep and <= LimitViolations.LargestStep,
            $"LotSize must be {LimitViolations.SmallestStep} to {LimitViolations.LargestStep}, was {LotSize}");
        violations.Require(LeastOrderValueUsd > 0, $"LeastOrderValueUsd must be above 0, was {LeastOrderValueUsd}");
        Orders?.Check(this, violations);
        Evidence?.Check(violations);
        Losses?.Check(violations);
        Pace?.Check(violations);
        Exits?.Check(this, violations);
        Sizing?.Check(violations);
        Costs?.Check(violations);
        Rebalance?.Check(violations);
        return violations.Lines;
    }
}
