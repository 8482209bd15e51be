namespace Trading.Core.Tests;

/// <summary>What else a buy must rest on: sources, models, their direction.</summary>
public class EvidenceTests
{
    [Fact]
    public void a_buy_rests_on_enough_sources_that_are_near_each_other_and_on_enough_models_that_agree()
    {
        var limits = Given.Limits with { Evidence = new(LeastSources: 2, MaxSourceSpreadPercent: 1, LeastModels: 2, LeastAgreement: 0.6) };
        var made = Given.Prediction(5);
        var good = made with
        {
            Price = made.Price with
            {
                Quotes = [new(Given.Quote("a", 99.5m), null), new(Given.Quote("c", 100.5m), null),
                    new(Given.Quote("b", 50), QuoteRejection.Outlier)]
            },
            Ensemble = made.Ensemble! with { ModelsAnswered = 2, Agreement = 0.6 },
        };
        Assert.Equal(Verdict.Approved, Risk.Assess(Given.Account(limits), 2, good, Given.Noon).Verdict);
        var alone = good with { Price = good.Price with { Quotes = [good.Price.Quotes[0]] } };
        var live = Portfolio.Evolve(Portfolio.Evolve(null, Given.Opened with { MarketData = "live" }),
            new LimitsSet(1, limits, "kim", "", Given.Noon));
        Assert.Equal(RiskRule.PriceSources, Risk.Assess(live, 2, alone, Given.Noon).Refusal);
        Assert.Equal(Verdict.Approved, Risk.Assess(Given.Account(limits), 2, alone, Given.Noon).Verdict);
        Assert.Equal(RiskRule.SourceSpread, Risk.Assess(Given.Account(limits), 2,
            good with { Price = good.Price with { Quotes = [good.Price.Quotes[0], new(Given.Quote("b", 100.51m), null)] } },
            Given.Noon).Refusal);
        Assert.Equal(RiskRule.ModelsAnswered,
            Risk.Assess(Given.Account(limits), 2, good with { Ensemble = good.Ensemble with { ModelsAnswered = 1 } }, Given.Noon).Refusal);
        Assert.Equal(RiskRule.Agreement,
            Risk.Assess(Given.Account(limits), 2, good with { Ensemble = good.Ensemble with { Agreement = 0.59 } }, Given.Noon).Refusal);
    }

    [Theory]
    [InlineData(Direction.Stable)]
    [InlineData(Direction.Down)]
    public void nothing_is_bought_against_the_direction_that_the_models_agree_on(Direction direction)
    {
        var made = Given.Prediction(5);
        var assessment = Risk.Assess(Given.Account(), 2,
            made with { Ensemble = made.Ensemble! with { Direction = direction } }, Given.Noon);
        Assert.Equal(RiskRule.Direction, assessment.Refusal);
    }
}
