using Trading.Contracts;

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
    decimal LeastOrderValueUsd)
{
    /// <summary>What is wrong with these limits, one line for each value out of its range; empty when they may be put in force.</summary>
    public IReadOnlyList<string> Violations()
    {
        var violations = new List<string>();
        Require(Signal.ThresholdPercent > 0, $"Signal.ThresholdPercent must be above 0, was {Signal.ThresholdPercent}");
        Require(Signal.Confidence is >= 0 and <= 1, $"Signal.Confidence must be between 0 and 1, was {Signal.Confidence}");
        Require(LeastConfidence is >= 0 and <= 1, $"LeastConfidence must be between 0 and 1, was {LeastConfidence}");
        Require(MaxTradeAmountUsd > 0, $"MaxTradeAmountUsd must be above 0, was {MaxTradeAmountUsd}");
        Require(MaxPositionShare is > 0 and <= 1, $"MaxPositionShare must be above 0 and at most 1, was {MaxPositionShare}");
        Require(CashReserveShare is >= 0 and < 1, $"CashReserveShare must be at least 0 and below 1, was {CashReserveShare}");
        Require(MaxDailyLossShare is > 0 and <= 1, $"MaxDailyLossShare must be above 0 and at most 1, was {MaxDailyLossShare}");
        Require(MaxPriceAgeSeconds > 0, $"MaxPriceAgeSeconds must be above 0, was {MaxPriceAgeSeconds}");
        Require(WorstPriceMarginPercent is >= 0 and < 100, $"WorstPriceMarginPercent must be at least 0 and below 100, was {WorstPriceMarginPercent}");
        Require(FeePercent is >= 0 and < 100, $"FeePercent must be at least 0 and below 100, was {FeePercent}");
        Require(LotSize > 0, $"LotSize must be above 0, was {LotSize}");
        Require(LeastOrderValueUsd > 0, $"LeastOrderValueUsd must be above 0, was {LeastOrderValueUsd}");
        return violations;

        void Require(bool holds, FormattableString violation)
        {
            if (!holds)
                violations.Add(FormattableString.Invariant(violation));
        }
    }
}

/// <summary>Decides on a prediction: sizes the order it asks for, and refuses it where a limit forbids it.</summary>
public static class Risk
{
    /// <summary>Assesses a prediction against an account. Every rule that applies is checked and recorded, also after the first refusal.</summary>
    /// <param name="account">The account as read; its limits must have been set.</param>
    /// <param name="accountVersion">Version of the account stream that was read.</param>
    /// <param name="prediction">What is decided on.</param>
    /// <param name="now">The time of the decision.</param>
    public static Assessment Assess(Portfolio account, long accountVersion, PredictionMade prediction, DateTimeOffset now)
    {
        var limits = account.Limits ?? throw new InvalidOperationException($"Account {account.Account} has no limits.");
        var symbol = prediction.Price.Symbol;
        var price = prediction.Price.Price;
        var equity = account.EquityUsd(symbol, price);
        var signal = limits.Signal.Of(prediction.Ensemble);
        var assessment = new Assessment(
            account.Account, signal, Verdict.Hold, null, null, [], account.LimitsVersion, accountVersion, account.CashUsd, account.ReservedUsd(),
            account.PositionIn(symbol).Quantity, equity, Score(account, limits, symbol, price, equity, Day(now)), now, prediction.ExpiresAt);
        if (signal == TradeAction.Hold)
            return assessment;

        var order = Size(account, limits, signal, prediction);
        var checks = Check(account, limits, order, prediction, equity, now);
        var failed = checks.FirstOrDefault(check => !check.Passed);
        return failed is null
            ? assessment with { Verdict = Verdict.Approved, Order = order, Checks = checks }
            : assessment with { Verdict = Verdict.Refused, Refusal = failed.Rule, Checks = checks };
    }

    /// <summary>
    /// The order that a signal asks for. A buy is worth the allowed amount times the confidence; a sale is the allowed amount, or all that is free,
    /// or a little less where the rest would be too small ever to be sold. A buy is valued at its worst price, a sale at the observed one; both are
    /// rounded down to the lot. The cash for a buy is rounded up as the bookings of value and fee are, so that it suffices to the last digit.
    /// </summary>
    public static Order Size(Portfolio account, RiskLimits limits, TradeAction side, PredictionMade prediction)
    {
        var symbol = prediction.Price.Symbol;
        var price = prediction.Price.Price;
        var margin = price * limits.WorstPriceMarginPercent / 100;
        if (side == TradeAction.Buy)
        {
            var highest = price + margin;
            var amount = limits.MaxTradeAmountUsd * (decimal)Math.Clamp(prediction.Ensemble?.Confidence ?? 0, 0, 1);
            var quantity = RoundDown(amount / highest, limits.LotSize);
            var fee = quantity * highest * limits.FeePercent / 100;
            return new(symbol, side, quantity, highest, Portfolio.RoundUp(quantity * highest) + Portfolio.RoundUp(fee));
        }

        var sellable = RoundDown(account.FreeQuantity(symbol), limits.LotSize);
        var sold = Math.Min(RoundDown(limits.MaxTradeAmountUsd / price, limits.LotSize), sellable);
        var rest = sellable - sold;
        if (rest > 0 && rest * price < limits.LeastOrderValueUsd)
        {
            // Worth it only where both parts can be sold.
            var kept = Math.Ceiling(limits.LeastOrderValueUsd / price / limits.LotSize) * limits.LotSize;
            sold = (sellable - kept) * price >= limits.LeastOrderValueUsd ? sellable - kept : sold;
        }
        return new(symbol, side, sold, Math.Max(price - margin, PriceWindow.SmallestPrice), 0);
    }

    /// <summary>
    /// How much of the limits is in use, 0 to 1: the larger of the position's share of equity against its limit and the day's loss against its
    /// limit; 1 when trading is halted or nothing is left.
    /// </summary>
    public static double Score(Portfolio account, RiskLimits limits, string symbol, decimal price, decimal equity, DateOnly day)
    {
        if (account.TradableState() == TradingState.Halted || equity <= 0)
            return 1;
        var position = account.PositionIn(symbol).Quantity * price / equity / limits.MaxPositionShare;
        var loss = DailyLossUsd(account, symbol, price, day) / (equity * limits.MaxDailyLossShare);
        return (double)Math.Clamp(Math.Max(position, loss), 0, 1);
    }

    /// <summary>
    /// The loss of a day: what sales of that UTC day lost after fees, plus what the open positions are now worth below their cost. Open profits do
    /// not make up for it. Never negative.
    /// </summary>
    public static decimal DailyLossUsd(Portfolio account, string symbol, decimal price, DateOnly day)
    {
        var realised = account.Day == day ? account.RealisedOnDayUsd : 0;
        var open = account.Positions.Sum(entry => Math.Min(0, entry.Value.UnrealisedUsd(entry.Key == symbol ? price : entry.Value.LastPrice)));
        return Math.Max(0, -(realised + open));
    }

    private static List<RiskCheck> Check(
        Portfolio account, RiskLimits limits, Order order, PredictionMade prediction, decimal equity, DateTimeOffset now)
    {
        var buys = order.Side == TradeAction.Buy;
        var price = prediction.Price.Price;
        var value = order.Quantity * (buys ? order.WorstPrice : price);
        var lifetime = prediction.ExpiresAt - prediction.Price.IntervalStart;
        var checks = new List<RiskCheck>(capacity: 10)
        {
            AtMost(RiskRule.TradingState, (int)account.TradableState(), (int)(buys ? TradingState.Active : TradingState.Reducing)),
            AtMost(RiskRule.DuplicateIntent, account.Reservations.ContainsKey(DerivedId.Trade(prediction.PredictionId)) ? 1 : 0, 0),
            PriceAge(Seconds(now - prediction.Price.ObservedAt), limits.MaxPriceAgeSeconds),
            Below(RiskRule.PredictionAge, Seconds(now - prediction.Price.IntervalStart), Seconds(lifetime)),
            AtLeast(RiskRule.Confidence, (decimal)prediction.Ensemble!.Confidence, (decimal)limits.LeastConfidence),
        };
        if (buys)
            checks.Add(Below(RiskRule.DailyLoss, DailyLossUsd(account, order.Symbol, price, Day(now)), equity * limits.MaxDailyLossShare));
        else
            checks.Add(Above(RiskRule.Holdings, account.FreeQuantity(order.Symbol), 0));
        checks.Add(AtLeast(RiskRule.LeastOrderValue, value, limits.LeastOrderValueUsd));
        checks.Add(AtMost(RiskRule.LargestOrderValue, value, limits.MaxTradeAmountUsd));
        if (buys)
        {
            checks.Add(AtMost(RiskRule.FreeCash, order.ReservedUsd, account.FreeCashUsd() - equity * limits.CashReserveShare));
            checks.Add(AtMost(RiskRule.PositionShare, PositionShareAfter(account, order, price, equity), limits.MaxPositionShare));
        }
        return checks;
    }

    private static decimal PositionShareAfter(Portfolio account, Order order, decimal price, decimal equity)
    {
        var promised = account.Reservations.Values.Where(open => open.Side == TradeAction.Buy && open.Symbol == order.Symbol).Sum(open => open.Quantity);
        return equity <= 0 ? 1 : Portfolio.RoundUp((account.PositionIn(order.Symbol).Quantity + promised + order.Quantity) * price / equity);
    }

    private static DateOnly Day(DateTimeOffset instant) => DateOnly.FromDateTime(instant.UtcDateTime);

    private static decimal RoundDown(decimal quantity, decimal lot) => Math.Floor(Math.Max(0, quantity) / lot) * lot;

    private static decimal Seconds(TimeSpan span) => span.Ticks / (decimal)TimeSpan.TicksPerSecond;

    // Clocks differ a little; a price from further ahead is as wrong as an old one.
    private static RiskCheck PriceAge(decimal seconds, decimal limit) =>
        new(RiskRule.PriceAge, seconds, limit, seconds <= limit && seconds >= -Consensus.MaxFutureSeconds);

    private static RiskCheck AtMost(RiskRule rule, decimal observed, decimal limit) => new(rule, observed, limit, observed <= limit);

    private static RiskCheck AtLeast(RiskRule rule, decimal observed, decimal limit) => new(rule, observed, limit, observed >= limit);

    private static RiskCheck Below(RiskRule rule, decimal observed, decimal limit) => new(rule, observed, limit, observed < limit);

    private static RiskCheck Above(RiskRule rule, decimal observed, decimal limit) => new(rule, observed, limit, observed > limit);
}
