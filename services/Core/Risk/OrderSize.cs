using Trading.Contracts;

namespace Trading.Core;

/// <summary>Sizes the order that a prediction or an exit asks for.</summary>
public static class OrderSize
{
    private const double SecondsPerDay = 86_400;
    // What rounding up can add to an amount, at most.
    private static readonly decimal RoundingUsd = new(1, 0, 0, false, Money.Decimals);

    /// <summary>The least share of the wanted size that must fit within the other limits, or the buy is refused.</summary>
    public const decimal LeastPart = 0.1m;

    /// <summary>
    /// A buy has the value that the sizing or the distance to a strategy's target gives, at most the allowed amount, and with WithinLimits
    /// at most what the other limits leave; a sale is the allowed amount, at most down to a target, or all that is free, or a little less
    /// where the rest would be too small ever to be sold; an exit is all that is free, or the largest amount of one exit order. A buy is
    /// valued at its worst price, a sale at the observed one; both are rounded down to the lot. The cash for a buy is rounded up as the
    /// bookings of value and fee are, so that it suffices to the last digit.
    /// </summary>
    public static SizedOrder Of(in RiskAccount account, RiskLimits limits, in RiskRequest request) =>
        request.Side == TradeAction.Buy ? Buy(account, limits, request) : Sale(account, limits, request);

    /// <summary>The value of a buy before limits other than the allowed amount are applied.</summary>
    public static decimal AmountUsd(in RiskAccount account, RiskLimits limits, in RiskRequest request) => request.Target is { } target
        ? Within(limits, Rebalancing.Distance(account, request.Market, target) * account.EquityUsd)
        : ByMethod(account, limits, request);

    private static decimal ByMethod(in RiskAccount account, RiskLimits limits, in RiskRequest request) => limits.Sizing?.Method switch
    {
        SizingMethod.Fixed => limits.MaxTradeAmountUsd,
        SizingMethod.Volatility => Within(limits, (decimal)VolatilityShare(limits.Sizing, request) * account.EquityUsd
            - (account.PositionQuantity + account.PromisedQuantity) * request.Price),
        SizingMethod.Kelly => Within(limits, (decimal)KellyShare(limits, request) * account.EquityUsd
            - (account.PositionQuantity + account.PromisedQuantity) * request.Price),
        _ => limits.MaxTradeAmountUsd * (decimal)Math.Clamp(request.Confidence, 0, 1),
    };

    /// <summary>
    /// Share of equity that a position may be so that its standard deviation in a day is the target: target / (volatility of a step x
    /// square root of the steps of a day); 0 while the volatility is not known.
    /// </summary>
    public static double VolatilityShare(Sizing sizing, in RiskRequest request)
    {
        var ofDay = request.Volatility * Math.Sqrt(SecondsPerDay / request.IntervalSeconds);
        return double.IsFinite(ofDay) && ofDay > 0 ? Math.Min(1, sizing.TargetVolatilityPercent / 100 / ofDay) : 0;
    }

    /// <summary>
    /// The set fraction of the Kelly stake f = p - (1 - p) / b (J. L. Kelly, A New Interpretation of Information Rate, 1956), 0 to 1. The
    /// chance p is the scored record, shrunk towards one half as <see cref="TechnicalModel.Confidence"/> does; b is what a success gains
    /// against what a failure loses, the target against the stop where both are set, else 1.
    /// </summary>
    public static double KellyShare(RiskLimits limits, in RiskRequest request)
    {
        var chance = TechnicalModel.Confidence(request.Hits, request.Signals);
        var odds = limits.Exits is { StopLossPercent: { } stop, TakeProfitPercent: { } target } ? (double)(target / stop) : 1;
        return Math.Clamp((limits.Sizing?.KellyFraction ?? 1) * (chance - (1 - chance) / odds), 0, 1);
    }

    private static decimal Within(RiskLimits limits, decimal amount) => Math.Clamp(amount, 0, limits.MaxTradeAmountUsd);

    private static SizedOrder Buy(in RiskAccount account, RiskLimits limits, in RiskRequest request)
    {
        var highest = request.Price + request.Price * limits.WorstPriceMarginPercent * 0.01m;
        // As far as the exchange takes it, but not below the price itself: that is refused by its name.
        if (limits.Product is { BuyMultiplierUp: > 0 and var up })
            highest = Math.Min(highest, Math.Max(request.Price, request.Market * up));
        if (limits.Orders?.TickSize is { } tick)
            highest = Math.Floor(highest / tick) * tick;
        if (highest <= 0)
            return new(TradeAction.Buy, 0, PriceWindow.SmallestPrice, 0);
        var quantity = Bounded(Lots(AmountUsd(account, limits, request), highest, limits.LotSize), limits, highest);
        // As much as the exchange lets the account hold, unless that is all there: then the rule refuses by its name.
        if (limits.Product is { MaxPosition: > 0 and var most }
            && RoundDown(most - account.PositionQuantity - account.PromisedQuantity, limits.LotSize) is > 0 and var room)
            quantity = Math.Min(quantity, room);
        if (limits.Sizing is { WithinLimits: true })
            quantity = Fitting(account, limits, request, highest, quantity);
        var value = quantity * highest;
        return new(TradeAction.Buy, quantity, highest, Money.RoundUp(value) + Money.RoundUp(value * limits.FeePercent * 0.01m));
    }

    // The most that the checks of free cash, position share and exposure in RiskChecks.Buy let pass. Where too little fits, the size stays
    // as it was, and the rule that it breaks refuses it by name: no stream of crumbs follows a price that moves a little.
    private static decimal Fitting(in RiskAccount account, RiskLimits limits, in RiskRequest request, decimal highest, decimal quantity)
    {
        // Reserved are value and fee, each rounded up.
        var cash = account.FreeCashUsd - account.EquityUsd * limits.CashReserveShare - 2 * RoundingUsd;
        var cashForOne = highest + highest * limits.FeePercent * 0.01m;
        var value = limits.MaxPositionShare * account.EquityUsd - (account.PositionQuantity + account.PromisedQuantity) * request.Price;
        if (limits.Orders?.MaxExposureShare is { } exposure)
            value = Math.Min(value, exposure * account.EquityUsd - account.ExposureUsd);
        // Most fit, and nothing need be divided.
        if (quantity * cashForOne <= cash && quantity * request.Price <= value)
            return quantity;
        var fitting = RoundDown(Math.Min(quantity, Math.Min(cash / cashForOne, value / request.Price)), limits.LotSize);
        return fitting * highest >= limits.LeastOrderValueUsd && fitting >= quantity * LeastPart ? fitting : quantity;
    }

    private static SizedOrder Sale(in RiskAccount account, RiskLimits limits, in RiskRequest request)
    {
        var price = request.Price;
        var lowest = limits.LowestPrice(request.Exit is not null, price, request.Market);
        var worth = limits.LeastWorth(price, lowest);
        var sellable = RoundDown(account.FreeQuantity, limits.LotSize);
        var sold = sellable > 0 && WantedSaleUsd(account, limits, request) is { } largest
            ? Math.Min(Lots(largest, price, limits.LotSize), sellable) : sellable;
        sold = Bounded(sold, limits, price);
        var rest = sellable - sold;
        if (rest > 0 && rest * worth < limits.LeastOrderValueUsd)
        {
            // Worth it only where both parts can be sold.
            var kept = Math.Ceiling(limits.LeastOrderValueUsd / worth / limits.LotSize) * limits.LotSize;
            sold = (sellable - kept) * worth >= limits.LeastOrderValueUsd ? sellable - kept : sold;
        }
        return new(TradeAction.Sell, sold, lowest, 0);
    }

    // Down to the target, or all of it.
    private static decimal? WantedSaleUsd(in RiskAccount account, RiskLimits limits, in RiskRequest request) =>
        request.Target is > 0 and var target
            ? Within(limits, -Rebalancing.Distance(account, request.Market, target) * account.EquityUsd) : LargestSaleUsd(limits, request);

    /// <summary>
    /// Largest value of a sale: what the account decides on its own to be rid of may be sold at once, what an operator flattens goes in
    /// slices.
    /// </summary>
    internal static decimal? LargestSaleUsd(RiskLimits limits, in RiskRequest request) =>
        request.Exit is null or ExitReason.Flatten ? limits.MaxTradeAmountUsd : limits.Exits?.MaxAmountUsd;

    private static decimal Bounded(decimal quantity, RiskLimits limits, decimal price)
    {
        if (limits.Orders?.MaxQuantity is { } most && quantity > most)
            quantity = RoundDown(most, limits.LotSize);
        return limits.Product is { LargestNotional: > 0 and var largest }
            ? Math.Min(quantity, Lots(largest, price, limits.LotSize)) : quantity;
    }

    // Units that an amount buys at a price, in whole lots. Divisions are what a decision spends most of its time with.
    private static decimal Lots(decimal amount, decimal price, decimal lot) => amount <= 0 ? 0 : Math.Floor(amount / (price * lot)) * lot;

    private static decimal RoundDown(decimal quantity, decimal lot) => quantity <= 0 ? 0 : Math.Floor(quantity / lot) * lot;
}
