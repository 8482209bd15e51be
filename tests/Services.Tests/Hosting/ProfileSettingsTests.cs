using Trading.Hosting.Settings;
using Xunit;
using static Trading.Services.Tests.Hosting.SettingsReading;

namespace Trading.Services.Tests.Hosting;

/// <summary>What the profiles set, and what that means for a model and a strategy.</summary>
public sealed class ProfileSettingsTests
{
    [Theory]
    [InlineData("paper", null, null, null, 0.1, null)]
    [InlineData("paper", "coinbase", null, null, 0.8, 0.6)]
    [InlineData("coinbase", null, null, null, 0.8, 0.6)]
    [InlineData("binance", null, null, null, 0.1, null)]
    [InlineData("coinbase", "binance", null, null, 0.1, null)]
    [InlineData("coinbase", null, 0.25, null, 0.25, null)]
    [InlineData("coinbase", null, null, 0.4, 0.8, 0.4)]
    public void fees_are_those_of_the_venue_unless_settings_say_otherwise_and_a_buy_sets_aside_as_much(
        string exchange, string? venue, double? fee, double? makerFee, double taker, double? maker)
    {
        var settings = new TradingSettings
        { Exchange = exchange, FeeVenue = venue, PaperFeePercent = (decimal?)fee, PaperMakerFeePercent = (decimal?)makerFee };
        Assert.Equal(((decimal)taker, (decimal?)maker, (decimal)taker),
            (settings.PaperCosts().FeePercent, settings.PaperCosts().MakerFeePercent, settings.Limits().FeePercent));
    }

    [Fact]
    public void the_local_profile_has_no_violations() => Assert.Empty(Violations());

    [Fact]
    public void where_no_profile_is_named_the_one_holds_that_the_tournament_chose()
    {
        var settings = Read();
        Assert.Equal(("local", "trend", "lookbacks=10/20/40", 15.0, 60, 86_400), (settings.Profile, settings.Strategy,
            string.Join(',', settings.StrategyParameters), settings.TargetVolatility, settings.PriceIntervalSeconds,
            settings.DecisionIntervalSeconds));
        Assert.Equal(settings.Profile, Read(("Strategy", "trend")).Profile);
        Assert.Equal(settings.StrategyParameters, Read(("Strategy", "trend")).StrategyParameters);
    }

    [Fact]
    public void the_technical_profile_is_the_originals_rule_with_a_decision_at_each_price()
    {
        var settings = Read(("Profile", "technical"));
        Assert.Equal(("technical", "ensemble", "technical", 60, 100m, 5m, 0.0),
            (settings.Profile, settings.Strategy, string.Join(',', settings.Models), settings.DecisionIntervalSeconds,
                settings.MaxTradeAmountUsd, settings.StopLossPercent, settings.TargetVolatility));
    }

    [Theory]
    [InlineData("breakout")]
    [InlineData("ensemble")]
    public void another_strategy_does_not_get_what_belongs_to_the_strategy_of_the_profile(string strategy)
    {
        // Without a profile it is that of the technical rule.
        var alone = Read(("Strategy", strategy));
        Assert.Equal(("technical", strategy, 0, 0.0, 60), (alone.Profile, alone.Strategy, alone.StrategyParameters.Count,
            alone.TargetVolatility, alone.DecisionIntervalSeconds));
        // With it, its limits and times hold, but not the parameters of another strategy.
        var within = Read(("Profile", "local"), ("Strategy", strategy));
        Assert.Equal(("local", strategy, 0, 0.0, 86_400), (within.Profile, within.Strategy, within.StrategyParameters.Count,
            within.TargetVolatility, within.DecisionIntervalSeconds));
    }

    [Theory]
    [InlineData("dev", 300, 300, 100, false, "bedrock", 0.7, 2, 0.75)]
    [InlineData("prod", 60, 300, 10_000, true, "bedrock,huggingface,technical", 0.85, 2, 0.75)]
    public void the_profiles_have_the_values_of_the_original_system(
        string profile, int price, int decision, int amount, bool real, string models, double risk, double threshold, double confidence)
    {
        var settings = TradingSettings.ForProfile(profile)!;
        Assert.Equal(
            (price, decision, (decimal)amount, real, models, risk, threshold, confidence),
            (settings.PriceIntervalSeconds, settings.DecisionIntervalSeconds, settings.MaxTradeAmountUsd, settings.EnableRealTrading,
                string.Join(',', settings.Models), settings.LeastConfidence,
                settings.SignalThresholdPercent, settings.SignalConfidence));
    }

    [Theory]
    [InlineData("dev")]
    [InlineData("prod")]
    public void the_models_of_the_profiles_exist(string profile) =>
        Assert.DoesNotContain(Violations(("Profile", profile)),
            violation => violation.Contains("Model", StringComparison.Ordinal) || violation.Contains("Bedrock", StringComparison.Ordinal));

    [Fact]
    public void a_model_behind_a_url_needs_the_url() =>
        Assert.Equal("Trading:HttpModelUrl must be a URL for Trading:Models with http, was empty",
            Assert.Single(Violations(("Models", "technical,http"))));

    [Fact]
    public void the_answer_of_a_remote_model_must_come_before_its_price_is_too_old() => Assert.Equal(
        "Trading:ModelDeadlineSeconds must be less than Trading:MaxPriceAgeSeconds (90), "
        + "or no answer comes in time to be traded on, was 90",
        Assert.Single(Violations(("Models", "bedrock"), ("ModelDeadlineSeconds", "90"))));

    [Fact]
    public void an_unknown_profile_is_refused() =>
        Assert.Equal("Trading:Profile must be local, technical, dev or prod, was staging",
            Assert.Single(Violations(("Profile", "staging"))));
}
