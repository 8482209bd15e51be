using Trading.Contracts;
using Trading.Core;
using Trading.Hosting.Control;
using Trading.Hosting.Settings;
using Xunit;
using static Trading.Services.Tests.Hosting.SettingsReading;

namespace Trading.Services.Tests.Hosting;

/// <summary>Settings as they are read: by name, by type, by earlier names.</summary>
public sealed class SettingsTests
{
    [Fact]
    public void every_violation_is_named_at_once_with_the_value_and_what_is_allowed()
    {
        var violations = Violations(
            ("MaxTradeAmountUsd", "-1"), ("LeastConfidence", "1.5"), ("SignalConfidence", "high"), ("Symbols", "bitcoin"),
            ("DecisionIntervalSeconds", "90"), ("Models", "oracle"),
            ("EnableRealTrading", "yes"), ("HttpAddress", "localhost"), ("Speed", "fast"), ("MaxPrice", "1"));
        Assert.Equal(
            [
                "Trading:DecisionIntervalSeconds must be a multiple of Trading:PriceIntervalSeconds (60), was 90",
                "Trading:EnableRealTrading must be true or false, was yes",
                "Trading:HttpAddress must be an IP address, was localhost",
                "Trading:LeastConfidence must be 0 to 1, was 1.5",
                "Trading:LeastOrderValueUsd must be above 0 and at most Trading:MaxTradeAmountUsd (-1), was 5",
                "Trading:MaxPrice is not a setting; did you mean Trading:MaxPriceAgeSeconds?",
                "Trading:MaxTradeAmountUsd must be above 0 and at most 1000000000, was -1",
                "Trading:Models must be among technical, learned, boosted, bedrock, huggingface, http, each once, was oracle",
                "Trading:SignalConfidence must be a number, was high",
                "Trading:Speed must be max, or above 0 and at most 1000000, was fast",
                "Trading:Symbols must be symbols like BTC-USD, was bitcoin",
            ],
            violations.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("Symbol", "; did you mean Trading:Symbols?")]
    [InlineData("leastconfidense", "; did you mean Trading:LeastConfidence?")]
    [InlineData("JournalConection", "; did you mean Trading:JournalConnection?")]
    [InlineData("Moon", "")]
    [InlineData("SomethingElseAltogether", "")]
    public void an_unknown_key_is_refused_with_the_nearest_setting(string key, string suggestion) =>
        Assert.Equal($"Trading:{key} is not a setting{suggestion}", Assert.Single(Violations((key, "1"))));

    [Fact]
    public void a_setting_is_read_under_its_earlier_name_with_a_note_but_not_under_both()
    {
        var settings = SettingsReader.Read(
            Configuration(("RiskThreshold", "0.7")), defaults => defaults, out var violations, out var notes);
        Assert.Equal((0.7, 0), (settings.LeastConfidence, violations.Count));
        Assert.Equal(["Trading:RiskThreshold is called Trading:LeastConfidence now; the earlier name is still read"], notes);
        Assert.Equal("Trading:RiskThreshold is the earlier name of Trading:LeastConfidence: give one of them",
            Assert.Single(Violations(("RiskThreshold", "0.7"), ("LeastConfidence", "0.6"))));
    }

    [Theory]
    [InlineData("simulated", "From", "2024-03-01", "Trading:From must be empty unless Feed=recorded or demo, was 2024-03-01 00:00:00Z")]
    [InlineData("live", "To", "2024-03-01", "Trading:To must be empty unless Feed=recorded or demo, was 2024-03-01 00:00:00Z")]
    [InlineData("simulated", "Speed", "60", "Trading:Speed must be max unless Feed=recorded or demo, was 60")]
    public void a_setting_that_would_have_no_effect_is_refused(string feed, string key, string value, string violation) =>
        Assert.Equal(violation, Assert.Single(Violations(("Feed", feed), (key, value))));

    [Fact]
    public void a_rule_and_its_limit_have_the_name_of_the_setting()
    {
        Assert.All(Enum.GetValues<RiskRule>(), rule =>
        {
            Assert.True(RuleNames.Setting(rule) is not { } name || SettingsReader.Names.Contains(name));
            Assert.True(RuleNames.Setting(rule) is not null || RuleNames.Of(rule) != rule.ToString(), $"{rule} has no words");
        });
        // The fee is the exchange's, of which each has a setting of its own.
        Assert.Equal(["FeePercent"],
            LimitFields.Of(new TradingSettings().Limits()).Select(limit => limit.Name).Where(name => !SettingsReader.Names.Contains(name)));
    }

    [Theory]
    [InlineData("RiskThreshold", "LeastConfidence")]
    [InlineData("Confidence", "LeastConfidence")]
    [InlineData("Exits.StopLossPercent", "StopLossPercent")]
    [InlineData("PositionShare", "MaxPositionShare")]
    [InlineData("LeastConfidence", null)]
    public void a_limit_is_found_under_its_earlier_names(string given, string? now) => Assert.Equal(now, LimitFields.NameNow(given));

    [Fact]
    public void a_wrong_limit_is_answered_with_the_nearest_three() => Assert.Equal(
        "there is no limit MaxDailyLos; the nearest names are MaxDailyLossShare, ",
        Assert.Throws<ControlException>(() => LimitFields.With(new TradingSettings().Limits(),
            new Dictionary<string, string> { ["MaxDailyLos"] = "1" })).Message[..72]);

    [Theory]
    [InlineData("BTC-USD,ETH-USD")]
    [InlineData(" BTC-USD , ETH-USD ,")]
    public void a_list_is_read_from_values_joined_by_commas(string value) =>
        Assert.Equal(["BTC-USD", "ETH-USD"], Read(("Symbols", value)).Symbols);

    [Fact]
    public void a_list_is_read_from_an_array() =>
        Assert.Equal(["BTC-USD", "ETH-USD"], Read(("Symbols:0", "BTC-USD"), ("Symbols:1", "ETH-USD")).Symbols);

    [Theory]
    [InlineData("in-memory", TransportKind.InMemory)]
    [InlineData("InMemory", TransportKind.InMemory)]
    [InlineData("amazon-sqs", TransportKind.AmazonSqs)]
    public void a_choice_is_read_by_its_name(string name, TransportKind kind) => Assert.Equal(kind, Read(("Transport", name)).Transport);

    [Theory]
    [InlineData("1")]
    [InlineData("pigeon")]
    [InlineData("in-memory,amazon-sqs")]
    public void a_choice_that_is_none_is_refused_with_those_that_are(string name) =>
        Assert.Equal($"Trading:Transport must be in-memory or amazon-sqs, was {name}", Assert.Single(Violations(("Transport", name))));

    [Theory]
    [InlineData("2024-03-01", "2024-03-01T00:00:00Z")]
    [InlineData("2024-03-01T12:30Z", "2024-03-01T12:30:00Z")]
    [InlineData("2024-03-01 12:30", "2024-03-01T12:30:00Z")]
    [InlineData("2024-03-01T12:30+02:00", "2024-03-01T10:30:00Z")]
    public void a_time_is_read_as_utc(string value, string expected) =>
        Assert.Equal($"Trading:From = {expected}",
            SettingsReader.Lines(Read(("From", value), ("Feed", "recorded"), ("Data", typeof(SettingsTests).Assembly.Location)))
                .Single(line => line.StartsWith("Trading:From ", StringComparison.Ordinal)));

    [Theory]
    [InlineData("From", "yesterday", "a date or time like 2024-03-01 or 2024-03-01T12:00Z")]
    [InlineData("PriceIntervalSeconds", "60.5", "a whole number")]
    [InlineData("MaxTradeAmountUsd", "1,000", "a number")]
    [InlineData("LeastConfidence", "NaN", "a number")]
    [InlineData("EnableRealTrading", "1", "true or false")]
    public void a_value_of_another_type_is_refused(string key, string value, string expected) =>
        Assert.Equal($"Trading:{key} must be {expected}, was {value}", Assert.Single(Violations((key, value))));
}
