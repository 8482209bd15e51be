namespace Trading.Core.Tests;

public class AbstainRatesTests
{
    [Fact]
    public void each_model_has_the_share_of_its_last_predictions_without_an_answer()
    {
        var rates = new AbstainRates(4);
        foreach (var away in new[] { true, true, true, false, true, false })
            rates.Add(Given.Prediction(1) with
            {
                Models = [new("technical", 101, Direction.Up, 0.6, null),
                    new("bedrock", away ? null : 101, Direction.Up, 0.6, away ? "away" : null)]
            });

        Assert.Equal(new Dictionary<string, (double, int)> { ["technical"] = (0, 4), ["bedrock"] = (0.5, 4) }, rates.Rates);
    }

    [Fact]
    public void a_prediction_that_a_model_did_not_make_for_want_of_prices_is_not_counted()
    {
        var rates = new AbstainRates(4);
        foreach (var reason in new[] { WarmingUp.Reason(100, 98), WarmingUp.Reason(100, 99), "away" })
            rates.Add(Given.Prediction(1) with { Models = [new("technical", null, null, null, reason)] });

        Assert.Equal(new Dictionary<string, (double, int)> { ["technical"] = (1, 1) }, rates.Rates);
    }

    [Theory]
    [InlineData("needs 100 prices, has 37", 63)]
    [InlineData("needs 98 prices without a long pause, has 20", 78)]
    [InlineData("it abstains: needs 130 prices", 30)]
    [InlineData("it abstains: needs 30 prices", 0)]
    [InlineData("needs 98 prices without a long pause, has 147", 0)]
    [InlineData("no answer before the deadline", 0)]
    [InlineData("it abstains: needs 30 prices and a holiday, has 0 left", 0)]
    [InlineData(null, 0)]
    public void the_prices_that_a_model_waits_for_follow_from_its_reason_and_the_window_of_a_hundred(string? reason, int missing)
    {
        var output = new ModelOutput("any", null, null, null, reason);

        Assert.Equal(missing, WarmingUp.MissingPrices(Given.Prediction(1) with { Models = [output] }, output));
    }
}
