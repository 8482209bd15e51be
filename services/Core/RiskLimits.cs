using System.Text.Json.Serialization;

namespace Trading.Core;

/// <summary>The limits that an account trades under, a versioned event of its stream.</summary>
/// <param name="Signal">When a prediction asks for a trade.</param>
/// <param name="LeastConfidence">Least confidence that risk lets pass, 0 to 1 (RiskThreshold in the settings).</param>
/// <param name="MaxTradeAmountUsd">Largest value of one order, at its worst price; above 0.</param>
/// <param name="MaxPositionShare">Largest value of one symbol's position as a share of equity, above 0 to 1.</param>
/// <param name="CashReserveShare">Share of equity that stays in cash, 0 to below 1.</param>
/// <param name="MaxDailyLossShare">Loss in one UTC day, as a share of equity, from which on nothing is bought; above 0 to 1.</param>
/// <param name="MaxPriceAgeSeconds">An older price is not traded on; above 0.</param>
/// <param name="WorstPriceMarginPercent">How far from the observed price an order may fill, in percent; 0 or more.</param>
/// <param name="FeePercent">Fee set aside for a buy, in percent of its value; 0 or more.</param>
/// <param name="LotSize">Smallest step of a quantity; above 0.</param>
/// <param name="LeastOrderValueUsd">The exchange's least notional; above 0.</param>
/// <param name="Orders">Further limits of a single order; null for none.</param>
/// <param name="Evidence">What a buy must rest on; null for no more than a confident prediction.</param>
/// <param name="Losses">Losses that stop trading until an operator resumes it; null for none.</param>
/// <param name="Pace">How many orders there may be in which time; null for any.</param>
/// <param name="Exits">When positions are left without a prediction asking for it; null for never.</param>
/// <param name="Sizing">How large a buy is; null for the allowed amount times the confidence.</param>
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
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Sizing? Sizing = null)
{
    // Far beyond any order, and far from where numbers overflow.
    private const decimal LargestNumber = 1_000_000_000;
    private const decimal LargestStep = 1_000_000;
    private const decimal SmallestStep = 0.000000000001m;

    /// <summary>What the exchange takes in orders of the symbol that is decided on; null where nothing is known of it. No part of the limits that are put in force.</summary>
    [JsonIgnore]
    public ProductFilters? Product { get; init; }

    /// <summary>
    /// These limits for one product of an exchange: its steps where they are coarser or others, its bounds where they are stricter, and the rest of its rules beside them. The most units are those of
    /// its market orders too, for what cannot wait is sold at market.
    /// </summary>
    public RiskLimits Within(ProductFilters product)
    {
        var orders = Orders ?? new();
        return this with
        {
            Product = product,
            LotSize = Step(LotSize, product.LotSize),
            LeastOrderValueUsd = Math.Max(LeastOrderValueUsd, product.LeastNotional),
            Orders = orders with
            {
                TickSize = orders.TickSize is { } tick ? Step(tick, product.TickSize) : Some(product.TickSize),
                MaxQuantity = Least(Least(orders.MaxQuantity, Some(product.LargestQuantity)), Some(product.LargestMarketQuantity)),
            },
            Pace = product.MaxOpenOrders == 0 ? Pace : (Pace ?? new()) with { MaxOpenOrders = Math.Min(Pace?.MaxOpenOrders ?? int.MaxValue, product.MaxOpenOrders) },
        };

        static decimal Step(decimal own, decimal exchange) => exchange == 0 || own % exchange == 0 ? own : exchange;
        static decimal? Some(decimal bound) => bound == 0 ? null : bound;
        static decimal? Least(decimal? one, decimal? other) => one is null || other < one ? other ?? one : one;
    }

    /// <summary>What is wrong with these limits, one line for each value out of its range; empty when they may be put in force.</summary>
    public IReadOnlyList<string> Violations()
    {
        var violations = new List<string>();
        Require(Signal.ThresholdPercent > 0, $"Signal.ThresholdPercent must be above 0, was {Signal.ThresholdPercent}");
        Require(Signal.Confidence is >= 0 and <= 1, $"Signal.Confidence must be between 0 and 1, was {Signal.Confidence}");
        Require(LeastConfidence is >= 0 and <= 1, $"LeastConfidence must be between 0 and 1, was {LeastConfidence}");
        Require(MaxTradeAmountUsd > 0 && MaxTradeAmountUsd <= LargestNumber, $"MaxTradeAmountUsd must be above 0 and at most {LargestNumber}, was {MaxTradeAmountUsd}");
        Require(MaxTradeAmountUsd <= 0 || LeastOrderValueUsd <= MaxTradeAmountUsd, $"MaxTradeAmountUsd must be at least LeastOrderValueUsd ({LeastOrderValueUsd}), was {MaxTradeAmountUsd}: nothing could be sold either; halt or reduce stop trading");
        Require(MaxPositionShare is > 0 and <= 1, $"MaxPositionShare must be above 0 and at most 1, was {MaxPositionShare}");
        Require(CashReserveShare is >= 0 and < 1, $"CashReserveShare must be at least 0 and below 1, was {CashReserveShare}");
        Require(MaxDailyLossShare is > 0 and <= 1, $"MaxDailyLossShare must be above 0 and at most 1, was {MaxDailyLossShare}");
        Require(MaxPriceAgeSeconds > 0, $"MaxPriceAgeSeconds must be above 0, was {MaxPriceAgeSeconds}");
        Require(WorstPriceMarginPercent is >= 0 and < 100, $"WorstPriceMarginPercent must be at least 0 and below 100, was {WorstPriceMarginPercent}");
        Require(FeePercent is >= 0 and < 100, $"FeePercent must be at least 0 and below 100, was {FeePercent}");
        Require(LotSize is >= SmallestStep and <= LargestStep, $"LotSize must be {SmallestStep} to {LargestStep}, was {LotSize}");
        Require(LeastOrderValueUsd > 0, $"LeastOrderValueUsd must be above 0, was {LeastOrderValueUsd}");
        if (Orders is { } orders)
        {
            Require(orders.MaxQuantity is null || (orders.MaxQuantity >= LotSize && orders.MaxQuantity <= LargestNumber), $"Orders.MaxQuantity must be LotSize ({LotSize}) to {LargestNumber}, was {orders.MaxQuantity}");
            Require(
                orders.PriceCollarPercent is null || (orders.PriceCollarPercent is > 0 and < 100 && orders.PriceCollarPercent >= WorstPriceMarginPercent),
                $"Orders.PriceCollarPercent must be above 0, at least WorstPriceMarginPercent ({WorstPriceMarginPercent}) and below 100, was {orders.PriceCollarPercent}");
            Require(orders.TickSize is null or (>= SmallestStep and <= LargestStep), $"Orders.TickSize must be {SmallestStep} to {LargestStep}, was {orders.TickSize}");
            Require(orders.MaxExposureShare is null or (> 0 and <= 1), $"Orders.MaxExposureShare must be above 0 and at most 1, was {orders.MaxExposureShare}");
        }
        if (Evidence is { } evidence)
        {
            Require(evidence.LeastSources is null or > 0, $"Evidence.LeastSources must be above 0, was {evidence.LeastSources}");
            Require(evidence.MaxSourceSpreadPercent is null or > 0, $"Evidence.MaxSourceSpreadPercent must be above 0, was {evidence.MaxSourceSpreadPercent}");
            Require(evidence.LeastModels is null or > 0, $"Evidence.LeastModels must be above 0, was {evidence.LeastModels}");
            Require(evidence.LeastAgreement is null or (>= 0 and <= 1), $"Evidence.LeastAgreement must be between 0 and 1, was {evidence.LeastAgreement}");
        }
        if (Losses is { } losses)
        {
            Require(losses.MaxDrawdownShare is null or (> 0 and <= 1), $"Losses.MaxDrawdownShare must be above 0 and at most 1, was {losses.MaxDrawdownShare}");
            Require(losses.MaxLosingTrades is null or > 0, $"Losses.MaxLosingTrades must be above 0, was {losses.MaxLosingTrades}");
            Require(losses.MaxUnreviewedExecutions is null or > 0, $"Losses.MaxUnreviewedExecutions must be above 0, was {losses.MaxUnreviewedExecutions}");
        }
        if (Pace is { } pace)
        {
            Require(pace.MaxOpenOrders is null or > 0, $"Pace.MaxOpenOrders must be above 0, was {pace.MaxOpenOrders}");
            Require(pace.MaxOrdersPerMinute is null or > 0, $"Pace.MaxOrdersPerMinute must be above 0, was {pace.MaxOrdersPerMinute}");
            Require(pace.MaxOrdersPerDay is null or > 0, $"Pace.MaxOrdersPerDay must be above 0, was {pace.MaxOrdersPerDay}");
            Require(pace.DuplicateWindowSeconds is null or > 0, $"Pace.DuplicateWindowSeconds must be above 0, was {pace.DuplicateWindowSeconds}");
            Require(pace.CooldownSeconds is null or > 0, $"Pace.CooldownSeconds must be above 0, was {pace.CooldownSeconds}");
        }
        if (Exits is { } exits)
        {
            Require(exits.StopLossPercent is null or (> 0 and < 100), $"Exits.StopLossPercent must be above 0 and below 100, was {exits.StopLossPercent}");
            Require(exits.TrailingStopPercent is null or (> 0 and < 100), $"Exits.TrailingStopPercent must be above 0 and below 100, was {exits.TrailingStopPercent}");
            Require(exits.TrailingOffsetPercent is >= 0 and < 1000, $"Exits.TrailingOffsetPercent must be at least 0 and below 1000, was {exits.TrailingOffsetPercent}");
            Require(exits.TakeProfitPercent is null or (> 0 and < 1000), $"Exits.TakeProfitPercent must be above 0 and below 1000, was {exits.TakeProfitPercent}");
            Require(exits.TimeLimitSeconds is null or > 0, $"Exits.TimeLimitSeconds must be above 0, was {exits.TimeLimitSeconds}");
            Require(
                exits.MaxAmountUsd is null || (exits.MaxAmountUsd >= LeastOrderValueUsd && exits.MaxAmountUsd <= LargestNumber),
                $"Exits.MaxAmountUsd must be LeastOrderValueUsd ({LeastOrderValueUsd}) to {LargestNumber}, was {exits.MaxAmountUsd}");
        }
        if (Sizing is { } sizing)
        {
            Require(sizing.TargetVolatilityPercent is > 0 and <= 100, $"Sizing.TargetVolatilityPercent must be above 0 and at most 100, was {sizing.TargetVolatilityPercent}");
            Require(sizing.KellyFraction is > 0 and <= 1, $"Sizing.KellyFraction must be above 0 and at most 1, was {sizing.KellyFraction}");
        }
        return violations;

        void Require(bool holds, FormattableString violation)
        {
            if (!holds)
                violations.Add(FormattableString.Invariant(violation));
        }
    }
}

/// <summary>Further limits of a single order. Each is null where there is none.</summary>
/// <param name="RealTrading">Whether orders may cost real money; they then rest on live prices alone.</param>
/// <param name="AllowedSymbols">Symbols that may be traded, joined by commas; null for any.</param>
/// <param name="MaxQuantity">Most units of the base currency in one order; above 0.</param>
/// <param name="PriceCollarPercent">How far from the observed price the worst price of any order may lie, in percent; exits are given all of it.</param>
/// <param name="TickSize">Smallest step of a price; worst prices are rounded to it, towards the observed price.</param>
/// <param name="MaxExposureShare">Largest value of all positions together as a share of equity, above 0 to 1.</param>
public sealed record OrderLimits(
    bool RealTrading = false, string? AllowedSymbols = null, decimal? MaxQuantity = null, decimal? PriceCollarPercent = null, decimal? TickSize = null, decimal? MaxExposureShare = null)
{
    /// <summary>Whether a symbol may be traded.</summary>
    public bool Allows(string symbol)
    {
        if (AllowedSymbols is null)
            return true;
        foreach (var part in AllowedSymbols.AsSpan().Split(','))
        {
            if (AllowedSymbols.AsSpan(part).SequenceEqual(symbol))
                return true;
        }
        return false;
    }
}

/// <summary>What a buy must rest on. Each is null where nothing is asked for.</summary>
/// <param name="LeastSources">Sources that a live price must have been agreed from.</param>
/// <param name="MaxSourceSpreadPercent">Largest distance between the sources that counted, in percent of the price.</param>
/// <param name="LeastModels">Models that must have answered.</param>
/// <param name="LeastAgreement">Share of them that must have given the ensemble's direction, 0 to 1.</param>
public sealed record EvidenceLimits(int? LeastSources = null, decimal? MaxSourceSpreadPercent = null, int? LeastModels = null, double? LeastAgreement = null);

/// <summary>Losses, and executions, from which on the account only reduces until an operator resumes trading. Each is null where there is no limit.</summary>
/// <param name="MaxDrawdownShare">Fall of equity below its highest since trading was last resumed, as a share of that, above 0 to 1.</param>
/// <param name="MaxLosingTrades">Sales in a row that lost after fees.</param>
/// <param name="MaxUnreviewedExecutions">Executions since an operator last resumed trading (RTS 6, Article 15(3)).</param>
public sealed record LossLimits(decimal? MaxDrawdownShare = null, int? MaxLosingTrades = null, int? MaxUnreviewedExecutions = null);

/// <summary>How many orders there may be in which time. Orders count from the moment they are approved. Each is null where there is no limit.</summary>
/// <param name="MaxOpenOrders">Open orders of the account, stops that rest on an exchange left aside.</param>
/// <param name="MaxOrdersPerMinute">Orders of the account in one UTC minute.</param>
/// <param name="MaxOrdersPerDay">Orders of the account in one UTC day.</param>
/// <param name="DuplicateWindowSeconds">A second order of the same side and size is refused for so long.</param>
/// <param name="CooldownSeconds">After an exit its symbol is not bought for so long.</param>
public sealed record PaceLimits(
    int? MaxOpenOrders = null, int? MaxOrdersPerMinute = null, int? MaxOrdersPerDay = null, int? DuplicateWindowSeconds = null, int? CooldownSeconds = null);

/// <summary>When a position is left although no prediction asks for it. Each is null where there is no such exit. Entry is the mean price paid for what is held.</summary>
/// <param name="StopLossPercent">How far below the entry, in percent.</param>
/// <param name="TrailingStopPercent">How far below the highest price since the entry, in percent.</param>
/// <param name="TrailingOffsetPercent">The trailing stop begins once the price has been so far above the entry, in percent; 0 for at once.</param>
/// <param name="TakeProfitPercent">How far above the entry, in percent.</param>
/// <param name="TimeLimitSeconds">How long after the entry.</param>
/// <param name="AtDailyLoss">Whether everything is sold when the day has lost its limit.</param>
/// <param name="AtDrawdown">Whether everything is sold when equity has fallen by the limit of the drawdown.</param>
/// <param name="MaxAmountUsd">Largest value of one order of an exit; null for the whole position at once.</param>
/// <param name="StopOnExchange">Whether the stop-loss also waits on the exchange as an order, where it goes off between two observed prices and while nobody looks.</param>
public sealed record ExitLimits(
    decimal? StopLossPercent = null, decimal? TrailingStopPercent = null, decimal TrailingOffsetPercent = 0, decimal? TakeProfitPercent = null, int? TimeLimitSeconds = null,
    bool AtDailyLoss = false, bool AtDrawdown = false, decimal? MaxAmountUsd = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool StopOnExchange = false);

/// <summary>How large a buy is.</summary>
public enum SizingMethod
{
    /// <summary>The allowed amount times the confidence of the prediction.</summary>
    Confidence,

    /// <summary>The allowed amount.</summary>
    Fixed,

    /// <summary>So much that the position's expected move in a day is a given share of equity.</summary>
    Volatility,

    /// <summary>A fraction of what the Kelly criterion gives for the models' scored record.</summary>
    Kelly,
}

/// <summary>How large a buy is, before the limits bound it.</summary>
/// <param name="Method">By what.</param>
/// <param name="TargetVolatilityPercent">For volatility: standard deviation of a day's move of the position, in percent of equity.</param>
/// <param name="KellyFraction">For Kelly: the share of the full Kelly stake, above 0 to 1.</param>
/// <param name="WithinLimits">Whether a buy is made as small as the position's share, the exposure and the free cash ask for, so long as a tenth of it is left; where not, such a buy is refused.</param>
public sealed record Sizing(
    SizingMethod Method, double TargetVolatilityPercent = 1, double KellyFraction = 0.25,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool WithinLimits = false);
