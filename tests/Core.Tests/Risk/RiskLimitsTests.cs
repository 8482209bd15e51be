namespace Trading.Core.Tests;

/// <summary>The limits themselves.</summary>
public class RiskLimitsTests
{
    [Fact]
    public void limits_tell_every_value_that_is_out_of_its_range()
    {
        var violations = new RiskLimits(new(0, double.NaN), 1.1, 0, 1.01m, 1, 0, 0, -1, 100, 0, 0).Violations();

        Assert.Equal(
            [
                "Signal.ThresholdPercent must be above 0, was 0",
                "Signal.Confidence must be between 0 and 1, was NaN",
                "LeastConfidence must be between 0 and 1, was 1.1",
                "MaxTradeAmountUsd must be above 0 and at most 1000000000, was 0",
                "MaxPositionShare must be above 0 and at most 1, was 1.01",
                "CashReserveShare must be at least 0 and below 1, was 1",
                "MaxDailyLossShare must be above 0 and at most 1, was 0",
                "MaxPriceAgeSeconds must be above 0, was 0",
                "WorstPriceMarginPercent must be at least 0 and below 100, was -1",
                "FeePercent must be at least 0 and below 100, was 100",
                "LotSize must be 0.000000000001 to 1000000, was 0",
                "LeastOrderValueUsd must be above 0, was 0",
            ],
            violations);
    }

    [Fact]
    public void limits_at_the_ends_of_their_ranges_are_in_order() =>
        Assert.Empty(new RiskLimits(new(0.01, 0), 0, 0.01m, 1, 0, 1, 1, 0, 0, 0.00000001m, 0.01m).Violations());
}
