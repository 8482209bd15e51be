namespace Trading.Core.Tests;

public class AbstainRatesTests
{
    [Fact]
    public void each_model_has_the_share_of_its_last_predictions_without_an_answer()
    {
        var rates = new AbstainRates(4);
        foreach (var away in new[] { true, true, true, false, true, false })
            rates.Add(Given.Prediction(1) with { Models = [new("technical", 101, Direction.Up, 0.6, null), new("bedrock", away ? null : 101, Direction.Up, 0.6, away ? "away" : null)] });

        Assert.Equal(new Dictionary<string, (double, int)> { ["technical"] = (0, 4), ["bedrock"] = (0.5, 4) }, rates.Rates);
    }
}
