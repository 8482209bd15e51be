namespace Trading.Core.Tests;

public class RuleWordsTests
{
    [Theory]
    [InlineData(RiskRule.Confidence, 0.44, 0.6, "confidence 0.44, at least 0.60 asked")]
    [InlineData(RiskRule.Confidence, 0.5996, 0.6, "confidence 0.5996, at least 0.6 asked")]
    [InlineData(RiskRule.TradingState, 2, 0, "trading is halted, a purchase needs it active")]
    [InlineData(RiskRule.TradingState, 2, 1, "trading is halted, a sale needs it not halted")]
    [InlineData(RiskRule.Direction, -1, 1, "the models expect it down, a purchase needs up")]
    [InlineData(RiskRule.PriceAge, 312.5, 90, "price 312.5 s old, at most 90 s allowed")]
    [InlineData(RiskRule.PriceSources, 1, 3, "1 source agreed, at least 3 asked")]
    [InlineData(RiskRule.DailyLoss, 512.3, 500, "loss of the day 512.30 USD, less than 500.00 USD allowed")]
    [InlineData(RiskRule.Drawdown, 0.1234, 0.1, "equity 12.34 % below its highest, less than 10.00 % allowed")]
    [InlineData(RiskRule.FreeCash, 612, 400, "612.00 USD needed, 400.00 USD free")]
    [InlineData(RiskRule.LotSize, 0, 0, "the quantity is a whole number of lots")]
    [InlineData(RiskRule.LosingTrades, 4, 4, "4 losing sales in a row, fewer than 4 allowed")]
    public void a_check_is_reported_with_units_and_sides(RiskRule rule, double observed, double limit, string told) =>
        Assert.Equal(told, RuleWords.Tell(new(rule, (decimal)observed, (decimal)limit, Passed: false)));

    [Fact]
    public void every_rule_has_words_of_its_own()
    {
        foreach (var rule in Enum.GetValues<RiskRule>())
            Assert.DoesNotContain($"{rule} ", RuleWords.Tell(new(rule, 5, 3, Passed: false)), StringComparison.Ordinal);
    }
}
