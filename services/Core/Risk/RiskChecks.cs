using Trading.Contracts;

namespace Trading.Core;

/// <summary>
/// Applies the rules one by one and records what each of them observed; where only the verdict is needed, it may stop after the first
/// refusal.
/// </summary>
internal ref struct RiskChecks(Span<RiskCheck> checks, bool verdictAlone)
{
    private readonly Span<RiskCheck> _checks = checks;
    private readonly bool _verdictAlone = verdictAlone;

    private SizedOrder? _order;

    private readonly bool IsDecided => _verdictAlone && Refusal is not null;

    /// <summary>The order that was checked; the default where no check came to need it.</summary>
    public readonly SizedOrder Order => _order.GetValueOrDefault();

    /// <summary>Checks made so far.</summary>
    public int Count { get; private set; }

    /// <summary>The first rule that refused; null when none did.</summary>
    public RiskRule? Refusal { get; private set; }

    /// <summary>The rules of a buy.</summary>
    public void Buy(in RiskAccount account, RiskLimits limits, in RiskRequest request)
    {
        Begin(account, limits, request, TradingState.Active);
        if (limits.Evidence is { } evidence)
        {
            // Recorded and simulated prices have one source by their nature.
            AtLeast(RiskRule.PriceSources, request.Spread.Sources, account.Live ? evidence.LeastSources : null);
            AtMost(RiskRule.SourceSpread, request.Spread.Percent, evidence.MaxSourceSpreadPercent);
        }
        PredictionAge(request);
        if (limits.Evidence is { } models)
        {
            AtLeast(RiskRule.ModelsAnswered, request.ModelsAnswered, models.LeastModels);
            if (models.LeastAgreement is { } agreement)
                AtLeast(RiskRule.Agreement, (decimal)request.Agreement, (decimal)agreement);
        }
        AtLeast(RiskRule.Direction, request.Direction switch { Direction.Up => 1, Direction.Down => -1, _ => 0 }, 1);
        AtLeast(RiskRule.Confidence, (decimal)request.Confidence, (decimal)limits.LeastConfidence);
        if (IsDecided)
            return;
        var order = Sized(account, limits, request);
        Worth(account, limits, request, order);
        Form(limits, request, order);
        Below(RiskRule.DailyLoss, account.DailyLossUsd, account.EquityUsd * limits.MaxDailyLossShare);
        if (limits.Losses is { } losses)
        {
            Below(RiskRule.Drawdown, losses.MaxDrawdownShare is null ? 0 : account.Drawdown, losses.MaxDrawdownShare);
            Below(RiskRule.LosingTrades, account.LosingTrades, losses.MaxLosingTrades);
            Below(RiskRule.UnreviewedExecutions, account.UnreviewedExecutions + account.OpenOrders, losses.MaxUnreviewedExecutions);
        }
        if (limits.Pace?.CooldownSeconds is { } cooldown)
            AtLeast(RiskRule.Cooldown, account.TicksSinceExit is { } ticks ? Seconds(ticks) : cooldown, cooldown);
        Pace(account, limits);
        Value(limits, order, order.WorstPrice, order.WorstPrice, limits.MaxTradeAmountUsd);
        AtMost(RiskRule.FreeCash, order.ReservedUsd, account.FreeCashUsd - account.EquityUsd * limits.CashReserveShare);
        AtMost(RiskRule.PositionShare,
            Share((account.PositionQuantity + account.PromisedQuantity + order.Quantity) * request.Price, account.EquityUsd),
            limits.MaxPositionShare);
        if (limits.Orders?.MaxExposureShare is { } exposure)
            AtMost(RiskRule.Exposure, Share(account.ExposureUsd + order.Quantity * request.Price, account.EquityUsd), exposure);
        if (limits.Product is { MaxPosition: > 0 and var most })
            AtMost(RiskRule.LargestPosition, account.PositionQuantity + account.PromisedQuantity + order.Quantity, most);
        if (limits.Orders is { GuardEntries: true })
        {
            AtMost(RiskRule.Protection, account.Unprotected ? 1 : 0, 0);
            AtLeast(RiskRule.Sellable, SellableUsd(account, limits, request, order), limits.LeastOrderValueUsd);
        }
    }

    // A sale at the stop, by which a position is left at its worst, less a fee in units, as some exchanges keep of a purchase.
    private static decimal SellableUsd(in RiskAccount account, RiskLimits limits, in RiskRequest request, in SizedOrder order)
    {
        var units = account.PositionQuantity + account.PromisedQuantity + order.Quantity * (1 - limits.FeePercent * 0.01m);
        var stop = limits.Exits is { } exits ? Exits.StopPrice(exits, request.Price) ?? request.Price : request.Price;
        var worth = limits.LeastWorth(stop, limits.LowestPrice(exit: true, stop, request.Price));
        return Math.Floor(units / limits.LotSize) * limits.LotSize * worth;
    }

    /// <summary>The rules of a sale that a prediction asks for.</summary>
    public void Sale(in RiskAccount account, RiskLimits limits, in RiskRequest request)
    {
        Begin(account, limits, request, TradingState.Reducing);
        PredictionAge(request);
        AtLeast(RiskRule.Confidence, (decimal)request.Confidence, (decimal)limits.LeastConfidence);
        if (IsDecided)
            return;
        var order = Sized(account, limits, request);
        Worth(account, limits, request, order);
        Form(limits, request, order);
        Pace(account, limits);
        Above(RiskRule.Holdings, account.FreeQuantity, 0);
        Value(limits, order, request.Price, limits.LeastWorth(request.Price, order.WorstPrice), limits.MaxTradeAmountUsd);
    }

    /// <summary>The rules of an exit.</summary>
    public void Exit(in RiskAccount account, RiskLimits limits, in RiskRequest request)
    {
        Begin(account, limits, request, TradingState.Reducing);
        var order = Sized(account, limits, request);
        Form(limits, request, order);
        Above(RiskRule.Holdings, account.FreeQuantity, 0);
        Value(limits, order, request.Price, limits.LeastWorth(request.Price, order.WorstPrice), OrderSize.LargestSaleUsd(limits, request));
    }

    /// <summary>How far the position is from a strategy's target: the one check of a hold, and one of each order towards it.</summary>
    public void Rebalance(in RiskAccount account, RiskLimits limits, in RiskRequest request)
    {
        if (request.Target is { } target)
            Above(RiskRule.RebalanceBand, Math.Abs(Rebalancing.Distance(account, request.Market, target)),
                Rebalancing.BandShare(account, limits, request.Market, target));
    }

    // Whether it is worth its costs: far enough from the target, or a large enough move.
    private void Worth(in RiskAccount account, RiskLimits limits, in RiskRequest request, in SizedOrder order)
    {
        Rebalance(account, limits, request);
        if (limits.Costs is { } costs && request.ExpectedMovePercent is { } move)
            Above(RiskRule.ExpectedMove, Percent(order.Side == TradeAction.Buy ? move : -move),
                costs.Multiple * 2 * costs.OneWayPercent(limits.FeePercent, order.Quantity * request.Price, request.VolumeUsd));
    }

    private void Begin(in RiskAccount account, RiskLimits limits, in RiskRequest request, TradingState strictest)
    {
        AtMost(RiskRule.TradingState, (int)account.State, (int)strictest);
        if (limits.Orders is { RealTrading: true })
            AtMost(RiskRule.RealTrading, account.Live && !request.Simulated ? 0 : 1, 0);
        AtMost(RiskRule.DuplicateIntent, (request.Ordered ? 1 : 0) + (Repeats(account, limits, request) ? 1 : 0), 0);
        if (limits.Orders is { AllowedSymbols: not null } orders && request.Exit is null)
            AtMost(RiskRule.AllowedSymbol, orders.Allows(request.Symbol) ? 0 : 1, 0);
        // Clocks differ a little; a price from further ahead is as wrong as an old one.
        var age = Seconds(request.PriceAge.Ticks);
        Add(RiskRule.PriceAge, age, limits.MaxPriceAgeSeconds, age <= limits.MaxPriceAgeSeconds && age >= -Consensus.MaxFutureSeconds);
    }

    private bool Repeats(in RiskAccount account, RiskLimits limits, in RiskRequest request) =>
        limits.Pace?.DuplicateWindowSeconds is { } window && request.Exit is null && account.LastSide == request.Side
        && account.TicksSinceOrder < window * TimeSpan.TicksPerSecond
        && account.LastQuantity == Sized(account, limits, request).Quantity;

    // Sized where a rule first needs it: most signals are refused before that.
    private SizedOrder Sized(in RiskAccount account, RiskLimits limits, in RiskRequest request) =>
        _order ??= OrderSize.Of(account, limits, request);

    private void PredictionAge(in RiskRequest request) =>
        Below(RiskRule.PredictionAge, Seconds(request.PredictionAge.Ticks), Seconds(request.Lifetime.Ticks));

    // What an exchange would refuse, and what an operator does not want: a market order has no price of its own, so it is judged by the
    // worst one that it may fill at.
    private void Form(RiskLimits limits, in RiskRequest request, in SizedOrder order)
    {
        if (limits.Orders is not { } orders)
            return;
        if (orders.PriceCollarPercent is { } collar)
            AtMost(RiskRule.PriceCollar, Math.Abs(order.WorstPrice - request.Price) * 100 / request.Price, collar);
        if (orders.TickSize is { } tick)
            AtMost(RiskRule.TickSize, order.WorstPrice % tick, 0);
        AtMost(RiskRule.LotSize, order.Quantity % limits.LotSize, 0);
        if (limits.Product is { } product)
            Exchange(product, request, order);
    }

    // Tick, lot, value, quantity and number of orders are among the limits, see RiskLimits.Within.
    private void Exchange(ProductFilters product, in RiskRequest request, in SizedOrder order)
    {
        AtLeast(RiskRule.ProductTrading, product.Trading ? 1 : 0, 1);
        if (product.LeastQuantity > 0)
            AtLeast(RiskRule.LeastOrderQuantity, order.Quantity, product.LeastQuantity);
        var multiple = (request.Type == OrderType.Limit ? request.Price : order.WorstPrice) / request.Market;
        var (up, down) = order.Side == TradeAction.Buy
            ? (product.BuyMultiplierUp, product.BuyMultiplierDown) : (product.SellMultiplierUp, product.SellMultiplierDown);
        if (multiple >= 1 && up > 0)
            AtMost(RiskRule.PercentPrice, multiple, up);
        else if (multiple < 1 && down > 0)
            AtLeast(RiskRule.PercentPrice, multiple, down);
    }

    private void Pace(in RiskAccount account, RiskLimits limits)
    {
        if (limits.Pace is not { } pace)
            return;
        AtMost(RiskRule.OpenOrders, account.OpenOrders + 1, pace.MaxOpenOrders);
        AtMost(RiskRule.OrdersPerMinute, account.OrdersInMinute + 1, pace.MaxOrdersPerMinute);
        AtMost(RiskRule.OrdersPerDay, account.OrdersOnDay + 1, pace.MaxOrdersPerDay);
    }

    private void Value(RiskLimits limits, in SizedOrder order, decimal price, decimal leastPrice, decimal? largest)
    {
        var value = order.Quantity * price;
        AtLeast(RiskRule.LeastOrderValue, leastPrice == price ? value : order.Quantity * leastPrice, limits.LeastOrderValueUsd);
        if (limits.Product is { LargestNotional: > 0 and var most } && !(largest <= most))
            largest = most;
        AtMost(RiskRule.LargestOrderValue, value, largest);
        AtMost(RiskRule.LargestOrderQuantity, order.Quantity, limits.Orders?.MaxQuantity);
    }

    // Beyond any move that a price could make; and what is no number expects nothing.
    private static decimal Percent(double move) => double.IsNaN(move) ? 0 : (decimal)Math.Clamp(move, -1_000_000, 1_000_000);

    private static decimal Share(decimal valueUsd, decimal equityUsd) => equityUsd <= 0 ? 1 : Money.RoundUp(valueUsd / equityUsd);

    private static decimal Seconds(long ticks) =>
        ticks % TimeSpan.TicksPerSecond == 0 ? ticks / TimeSpan.TicksPerSecond : ticks / (decimal)TimeSpan.TicksPerSecond;

    private void AtMost(RiskRule rule, decimal observed, decimal? limit)
    {
        if (limit is { } most)
            AtMost(rule, observed, most);
    }

    private void AtLeast(RiskRule rule, decimal observed, decimal? limit)
    {
        if (limit is { } least)
            AtLeast(rule, observed, least);
    }

    private void Below(RiskRule rule, decimal observed, decimal? limit)
    {
        if (limit is { } border)
            Below(rule, observed, border);
    }

    // Most limits are always there, and one that may be missing costs as much to hand over as to compare with.
    private void AtMost(RiskRule rule, decimal observed, decimal limit) => Add(rule, observed, limit, observed <= limit);

    private void AtLeast(RiskRule rule, decimal observed, decimal limit) => Add(rule, observed, limit, observed >= limit);

    private void Below(RiskRule rule, decimal observed, decimal limit) => Add(rule, observed, limit, observed < limit);

    private void Above(RiskRule rule, decimal observed, decimal limit) => Add(rule, observed, limit, observed > limit);

    private void Add(RiskRule rule, decimal observed, decimal limit, bool passed)
    {
        _checks[Count++] = new(rule, observed, limit, passed);
        if (!passed)
            Refusal ??= rule;
    }
}
