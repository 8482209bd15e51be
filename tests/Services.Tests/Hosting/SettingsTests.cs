using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using Trading.AllInOne;
using Trading.Hosting;
using Xunit;

namespace Trading.Tests.Hosting;

/// <summary>Settings as they are read, refused and shown.</summary>
public sealed partial class SettingsTests
{
    [Theory]
    [InlineData("paper", null, null, null, 0.1, null)]
    [InlineData("paper", "coinbase", null, null, 0.8, 0.6)]
    [InlineData("coinbase", null, null, null, 0.8, 0.6)]
    [InlineData("binance", null, null, null, 0.1, null)]
    [InlineData("coinbase", "binance", null, null, 0.1, null)]
    [InlineData("coinbase", null, 0.25, null, 0.25, null)]
    [InlineData("coinbase", null, null, 0.4, 0.8, 0.4)]
    public void fees_are_those_of_the_venue_unless_settings_say_otherwise_and_a_buy_sets_aside_as_much(string exchange, string? venue, double? fee, double? makerFee, double taker, double? maker)
    {
        var settings = new TradingSettings { Exchange = exchange, FeeVenue = venue, PaperFeePercent = (decimal?)fee, PaperMakerFeePercent = (decimal?)makerFee };
        Assert.Equal(((decimal)taker, (decimal?)maker, (decimal)taker), (settings.PaperCosts().FeePercent, settings.PaperCosts().MakerFeePercent, settings.Limits().FeePercent));
    }

    [Fact]
    public void every_violation_is_named_at_once_with_the_value_and_what_is_allowed()
    {
        var violations = Violations(
            ("MaxTradeAmountUsd", "-1"), ("RiskThreshold", "1.5"), ("SignalConfidence", "high"), ("Symbols", "bitcoin"), ("DecisionIntervalSeconds", "90"), ("Models", "oracle"),
            ("EnableRealTrading", "yes"), ("HttpAddress", "localhost"), ("Speed", "fast"), ("MaxPrice", "1"));
        Assert.Equal(
            [
                "Trading:DecisionIntervalSeconds must be a multiple of Trading:PriceIntervalSeconds (60), was 90",
                "Trading:EnableRealTrading must be true or false, was yes",
                "Trading:HttpAddress must be an IP address, was localhost",
                "Trading:LeastOrderValueUsd must be above 0 and at most Trading:MaxTradeAmountUsd (-1), was 5",
                "Trading:MaxPrice is not a setting; did you mean Trading:MaxPriceAgeSeconds?",
                "Trading:MaxTradeAmountUsd must be above 0 and at most 1000000000, was -1",
                "Trading:Models must be among technical, learned, bedrock, huggingface, http, each once, was oracle",
                "Trading:RiskThreshold must be 0 to 1, was 1.5",
                "Trading:SignalConfidence must be a number, was high",
                "Trading:Speed must be max, or above 0 and at most 1000000, was fast",
                "Trading:Symbols must be symbols like BTC-USD, was bitcoin",
            ],
            violations.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("Symbol", "; did you mean Trading:Symbols?")]
    [InlineData("riskthreshhold", "; did you mean Trading:RiskThreshold?")]
    [InlineData("JournalConection", "; did you mean Trading:JournalConnection?")]
    [InlineData("Moon", "")]
    [InlineData("SomethingElseAltogether", "")]
    public void an_unknown_key_is_refused_with_the_nearest_setting(string key, string suggestion) =>
        Assert.Equal($"Trading:{key} is not a setting{suggestion}", Assert.Single(Violations((key, "1"))));

    [Fact]
    public void the_local_profile_has_no_violations() => Assert.Empty(Violations());

    [Theory]
    [InlineData("BTC-USD,ETH-USD")]
    [InlineData(" BTC-USD , ETH-USD ,")]
    public void a_list_is_read_from_values_joined_by_commas(string value) => Assert.Equal(["BTC-USD", "ETH-USD"], Read(("Symbols", value)).Symbols);

    [Fact]
    public void a_list_is_read_from_an_array() => Assert.Equal(["BTC-USD", "ETH-USD"], Read(("Symbols:0", "BTC-USD"), ("Symbols:1", "ETH-USD")).Symbols);

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
        Assert.Equal($"Trading:From = {expected}", SettingsReader.Lines(Read(("From", value))).Single(line => line.StartsWith("Trading:From ", StringComparison.Ordinal)));

    [Theory]
    [InlineData("From", "yesterday", "a date or time like 2024-03-01 or 2024-03-01T12:00Z")]
    [InlineData("PriceIntervalSeconds", "60.5", "a whole number")]
    [InlineData("MaxTradeAmountUsd", "1,000", "a number")]
    [InlineData("RiskThreshold", "NaN", "a number")]
    [InlineData("EnableRealTrading", "1", "true or false")]
    public void a_value_of_another_type_is_refused(string key, string value, string expected) =>
        Assert.Equal($"Trading:{key} must be {expected}, was {value}", Assert.Single(Violations((key, value))));

    [Theory]
    [InlineData("dev", 300, 300, 100, false, "bedrock", 0.7, 2, 0.75)]
    [InlineData("prod", 60, 300, 10_000, true, "bedrock,huggingface,technical", 0.85, 2, 0.75)]
    public void the_profiles_have_the_values_of_the_original_system(
        string profile, int price, int decision, int amount, bool real, string models, double risk, double threshold, double confidence)
    {
        var settings = TradingSettings.ForProfile(profile)!;
        Assert.Equal(
            (price, decision, (decimal)amount, real, models, risk, threshold, confidence),
            (settings.PriceIntervalSeconds, settings.DecisionIntervalSeconds, settings.MaxTradeAmountUsd, settings.EnableRealTrading, string.Join(',', settings.Models), settings.RiskThreshold,
                settings.SignalThresholdPercent, settings.SignalConfidence));
    }

    [Theory]
    [InlineData("dev")]
    [InlineData("prod")]
    public void the_models_of_the_profiles_exist(string profile) =>
        Assert.DoesNotContain(Violations(("Profile", profile)), violation => violation.Contains("Model", StringComparison.Ordinal) || violation.Contains("Bedrock", StringComparison.Ordinal));

    [Fact]
    public void a_model_behind_a_url_needs_the_url() =>
        Assert.Equal("Trading:HttpModelUrl must be a URL for Trading:Models with http, was empty", Assert.Single(Violations(("Models", "technical,http"))));

    [Fact]
    public void the_answer_of_a_remote_model_must_come_before_its_price_is_too_old() => Assert.Equal(
        "Trading:ModelDeadlineSeconds must be less than Trading:MaxPriceAgeSeconds (90), or no answer comes in time to be traded on, was 90",
        Assert.Single(Violations(("Models", "bedrock"), ("ModelDeadlineSeconds", "90"))));

    [Fact]
    public void an_unknown_profile_is_refused() =>
        Assert.Equal("Trading:Profile must be local, dev or prod, was staging", Assert.Single(Violations(("Profile", "staging"))));

    [Theory]
    [InlineData("Journal", "postgres", "a journal that is private to the process")]
    [InlineData("Feed", "live", "Trading:Feed=simulated")]
    public void real_trading_is_refused_without_an_exchange_live_prices_and_a_journal_of_its_own(string key, string value, string reason)
    {
        (string, string)[] real = [("EnableRealTrading", "true"), ("Feed", "simulated"), ("JournalConnection", "Host=db")];
        Assert.Contains($"Trading:EnableRealTrading must be false with {reason}, was true", Violations(real));
        Assert.DoesNotContain($"Trading:EnableRealTrading must be false with {reason}, was true", Violations([.. real.Where(entry => entry.Item1 != key), (key, value)]));
        Assert.Contains("Trading:EnableRealTrading must be false with Trading:Exchange=paper, was true", Violations(real));
    }

    [Theory]
    [InlineData("Host=db;Username=trader;Password=hunter2")]
    [InlineData("hunter2")]
    [InlineData("Host=db;Port=hunter2")]
    public void a_connection_string_is_never_shown(string connection)
    {
        var configuration = Configuration(("Journal", "postgres"), ("JournalConnection", connection));
        var settings = SettingsReader.Read(configuration, given => given, out var violations);
        Assert.DoesNotContain("hunter2", string.Join('\n', SettingsReader.Lines(settings).Concat(violations)), StringComparison.Ordinal);
        Assert.Equal(connection.StartsWith("Host=db;U", StringComparison.Ordinal) ? 0 : 1, violations.Count);
        Assert.Contains("Trading:JournalConnection = (set, not shown)", SettingsReader.Lines(settings));
    }

    [Fact]
    public void the_document_lists_every_setting_once_with_its_local_default()
    {
        // One table for each area; other tables have another third column.
        var meaning = false;
        var document = File.ReadLines(Path.Combine(Root(), "docs", "settings.md"))
            .Where(line => (meaning = line.StartsWith('|') && (meaning || line == "| key | `local` | meaning |")) && line[2] is >= 'A' and <= 'Z')
            .Select(line => line.Split('|', StringSplitOptions.TrimEntries)).Select(cells => (Name: cells[1], Default: cells[2])).OrderBy(setting => setting.Name, StringComparer.Ordinal).ToList();
        Assert.Equal(SettingsReader.Names.Order(StringComparer.Ordinal), document.Select(setting => setting.Name));
        Assert.Equal(Sorted(new()), document.Select(setting => $"Trading:{setting.Name} = {Default().Match(setting.Default).Groups["alone"].Value.Replace(", ", ",", StringComparison.Ordinal)}"));
        Assert.Equal(Sorted(Everything.Program.Defaults(new())), document.Select(setting =>
        {
            var match = Default().Match(setting.Default);
            return $"Trading:{setting.Name} = {match.Groups[match.Groups["together"].Success ? "together" : "alone"].Value.Replace(", ", ",", StringComparison.Ordinal)}";
        }));
    }

    private static IEnumerable<string> Sorted(TradingSettings settings) => SettingsReader.Lines(settings).Order(StringComparer.Ordinal);

    // A default, and where AllInOne has another: live (`auto` in AllInOne).
    [GeneratedRegex(@"^(?<alone>[^(]*?)( \(`?(?<together>\w+)`? in AllInOne\))?$")]
    private static partial Regex Default();

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Directory.Packages.props")))
            folder = folder.Parent ?? throw new InvalidOperationException("the tests do not lie in the repository");
        return folder.FullName;
    }

    private static TradingSettings Read(params (string Key, string Value)[] values)
    {
        var settings = SettingsReader.Read(Configuration(values), given => given, out var violations);
        Assert.Empty(violations);
        return settings;
    }

    private static IReadOnlyList<string> Violations(params (string Key, string Value)[] values)
    {
        SettingsReader.Read(Configuration(values), given => given, out var violations);
        return violations;
    }

    private static IConfigurationRoot Configuration(params (string Key, string Value)[] values) => new ConfigurationBuilder()
        .AddInMemoryCollection(values.Select(entry => KeyValuePair.Create($"Trading:{entry.Key}", (string?)entry.Value))).Build();
}
