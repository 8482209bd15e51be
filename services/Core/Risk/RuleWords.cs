using System.Globalization;
using Trading.Contracts;

namespace Trading.Core;

/// <summary>A check in words: what was observed and what was asked, with units, as people read it in lists, alerts and pages.</summary>
public static class RuleWords
{
    /// <summary>The check in words, for example "confidence 0.44, at least 0.60 asked".</summary>
    public static string Tell(RiskCheck check)
    {
        var (observed, limit) = (check.Observed, check.Limit);
        var s = observed == 1 ? "" : "s";
        return check.Rule switch
        {
            RiskRule.TradingState =>
                $"trading is {State(observed)}, {(limit == 0 ? "a purchase needs it active" : "a sale needs it not halted")}",
            RiskRule.RealTrading => observed == 0 ? "the prices are live"
                : "the prices are not live, an order with real money needs live ones",
            RiskRule.DuplicateIntent => observed == 0 ? "no other order has this intent" : "another order has this intent already",
            RiskRule.AllowedSymbol => observed == 0 ? "the symbol may be traded" : "the symbol is not one of those that may be traded",
            RiskRule.Direction => $"the models expect it {Expected(observed)}, a purchase needs up",
            RiskRule.ProductTrading => observed == 1 ? "the exchange trades it now" : "the exchange does not trade it now",
            RiskRule.TickSize => observed == 0 ? "the worst price is a whole number of ticks"
                : $"the worst price is {Plain(observed)} beyond a whole number of ticks",
            RiskRule.LotSize => observed == 0 ? "the quantity is a whole number of lots"
                : $"the quantity is {Plain(observed)} beyond a whole number of lots",
            RiskRule.PriceAge => Say("price", "s old, at most", "s allowed", Plain),
            RiskRule.PredictionAge => Say("prediction", "s old, less than", "s allowed", Plain),
            RiskRule.PriceSources => Say("", $"source{s} agreed, at least", "asked", Plain),
            RiskRule.ModelsAnswered => Say("", $"model{s} answered, at least", "asked", Plain),
            RiskRule.SourceSpread => Say("sources", "% apart, at most", "% allowed", Plain),
            RiskRule.Agreement => Say("agreement", ", at least", "asked", Two),
            RiskRule.Confidence => Say("confidence", ", at least", "asked", Two),
            RiskRule.PriceCollar => Say("worst price", "% from the price, at most", "% allowed", Plain),
            RiskRule.PercentPrice => Say("price", "times the market's, the exchange's bound is", "", Plain),
            RiskRule.LeastOrderQuantity => Say("", $"unit{s}, at least", "asked by the exchange", Plain),
            RiskRule.LargestPosition => Say("", $"unit{s} held and ordered, at most", "allowed by the exchange", Plain),
            RiskRule.LargestOrderQuantity => Say("", $"unit{s}, at most", "allowed", Plain),
            RiskRule.Holdings => Say("", $"unit{s} free to be sold, more than", "needed", Plain),
            RiskRule.DailyLoss => Say("loss of the day", "USD, less than", "USD allowed", Money.Text),
            RiskRule.Drawdown => Say("equity", "% below its highest, less than", "% allowed", Percent),
            RiskRule.LosingTrades => Say("", $"losing sale{s} in a row, fewer than", "allowed", Plain),
            RiskRule.UnreviewedExecutions => Say("", $"execution{s} since trading was last resumed, fewer than", "allowed", Plain),
            RiskRule.Cooldown => Say("", "s since the last exit, at least", "s asked", Plain),
            RiskRule.OpenOrders => Say("", $"open order{s} with this one, at most", "allowed", Plain),
            RiskRule.OrdersPerMinute => Say("", $"order{s} in the minute with this one, at most", "allowed", Plain),
            RiskRule.OrdersPerDay => Say("", $"order{s} on the day with this one, at most", "allowed", Plain),
            RiskRule.LeastOrderValue => Say("order worth", "USD, at least", "USD asked", Money.Text),
            RiskRule.LargestOrderValue => Say("order worth", "USD, at most", "USD allowed", Money.Text),
            RiskRule.FreeCash => Say("", "USD needed,", "USD free", Money.Text),
            RiskRule.PositionShare => Say("position", "% of equity, at most", "% allowed", Percent),
            RiskRule.Exposure => Say("all positions", "% of equity, at most", "% allowed", Percent),
            RiskRule.Protection => observed == 0 ? "the position has its stop" : "the position's stop is not in place",
            RiskRule.Sellable => Say("the position could be sold for", "USD, at least", "USD asked", Money.Text),
            RiskRule.ExpectedMove => Say("expected move", "%, more than", "% needed to earn its costs", Plain),
            RiskRule.RebalanceBand => Say("", "% of equity from the target, more than", "% needed", Percent),
            _ => $"{check.Rule} {Plain(observed)}, limit {Plain(limit)}",
        };

        string Say(string before, string between, string after, Func<decimal, string> number)
        {
            var (was, asked) = (number(observed), number(limit));
            // Rounded, two different values could look the same.
            if (was == asked && observed != limit)
                (was, asked) = (Finer(number, observed), Finer(number, limit));
            var joined = between.StartsWith(',') ? between : " " + between;
            return $"{(before.Length > 0 ? before + " " : "")}{was}{joined} {asked}{(after.Length > 0 ? " " + after : "")}";
        }
    }

    private static string State(decimal state) => state switch { 0 => "active", 1 => "reducing", _ => "halted" };

    private static string Expected(decimal direction) => direction switch { 1 => "up", -1 => "down", _ => "stable" };

    private static string Plain(decimal value) => value.ToString("#,0.####", CultureInfo.InvariantCulture);

    private static string Two(decimal value) => value.ToString("0.00", CultureInfo.InvariantCulture);

    private static string Percent(decimal share) => (share * 100).ToString("0.00", CultureInfo.InvariantCulture);

    private static string Finer(Func<decimal, string> number, decimal value) =>
        (number == Percent ? value * 100 : value).ToString("#,0.############", CultureInfo.InvariantCulture);
}
