using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using Trading.AllInOne;
using Trading.Contracts;
using Trading.Core;
using Trading.Hosting.Control;
using Trading.Hosting.Settings;
using Xunit;

namespace Trading.Services.Tests.Hosting;

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
    public void fees_are_those_of_the_venue_unless_settings_say_otherwise_and_a_buy_sets_aside_as_much(
        string exchange, string? venue, double? fee, double? makerFee, double taker, double? maker)
    {
        var settings = new TradingSettings
        { Exchange = exchange, FeeVenue = venue, PaperFeePercent = (decimal?)fee, PaperMakerFeePercent = (decimal?)makerFee };
        Assert.Equal(((decimal)taker, (decimal?)maker, (decimal)taker),
            (settings.PaperCosts().FeePercent, settings.PaperCosts().MakerFeePercent, settings.Limits().FeePercent));
    }

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

    [Fact]
    public void the_local_profile_has_no_violations() => Assert.Empty(Violations());

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

    [Theory]
    [InlineData("Journal", "postgres", "a journal that is private to the process")]
    [InlineData("Feed", "live", "Trading:Feed=simulated")]
    public void real_trading_is_refused_without_an_exchange_live_prices_and_a_journal_of_its_own(string key, string value, string reason)
    {
        (string, string)[] real = [("EnableRealTrading", "true"), ("Feed", "simulated"), ("JournalConnection", "Host=db")];
        Assert.Contains($"Trading:EnableRealTrading must be false with {reason}, was true", Violations(real));
        Assert.DoesNotContain($"Trading:EnableRealTrading must be false with {reason}, was true",
            Violations([.. real.Where(entry => entry.Item1 != key), (key, value)]));
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

    [Theory]
    [InlineData("Host=db;SSL Mode=VerifyFull", true)]
    [InlineData("Host=127.0.0.1;Port=5433", true)]
    [InlineData("Host=::1", true)]
    [InlineData("Host=/var/run/postgresql", true)]
    [InlineData("Host=localhost,db", false)]
    [InlineData("Host=db", false)]
    [InlineData("Host=db;SSL Mode=Require", false)]
    public void in_prod_the_way_to_the_journal_is_verified_or_within_this_machine(string connection, bool allowed)
    {
        const string Told = "Trading:JournalConnection must be one with SSL Mode=VerifyFull, or to this machine, with profile prod, "
            + "was another (not shown)";
        Assert.Equal(!allowed, Violations(("Profile", "prod"), ("JournalConnection", connection)).Contains(Told));
        Assert.DoesNotContain(Told, Violations(("Profile", "dev"), ("JournalConnection", connection)));
    }

    [Theory]
    [InlineData("BTC-USD,BTC-USDT", "one name for each product: BTC-USD and BTC-USDT are both BTC-USDT on binance, was BTC-USD,BTC-USDT")]
    [InlineData("BTC-EUR", "in USD or USDT with Trading:Exchange=binance, was BTC-EUR")]
    public void two_names_of_one_product_and_another_currency_than_the_accounts_are_refused(string symbols, string told) =>
        Assert.Contains($"Trading:Symbols must be {told}",
            Violations(("Exchange", "binance"), ("ExchangeTestNetwork", "true"), ("Feed", "simulated"), ("Symbols", symbols)));

    [Theory]
    [InlineData("http://127.0.0.1:9", null, null)]
    [InlineData("https://testnet.binance.vision", null, null)]
    [InlineData(null, "trading/binance-paper", null)]
    [InlineData("https://api.binance.com", null,
        "ExchangeUrl must be empty, this machine or testnet.binance.vision with Trading:ExchangeTestNetwork=true, "
            + "was https://api.binance.com")]
    [InlineData("https://testnet.binance.vision.example.com", null, "ExchangeUrl must be empty, this machine or testnet.binance.vision "
        + "with Trading:ExchangeTestNetwork=true, was https://testnet.binance.vision.example.com")]
    [InlineData(null, "trading/binance",
        "ExchangeSecret must be another secret than the real exchange's with Trading:ExchangeTestNetwork=true, was trading/binance")]
    public void a_test_network_is_the_exchanges_own_or_this_machine_and_has_a_key_of_its_own(string? url, string? secret, string? told) =>
        Assert.Equal(told is null ? [] : [$"Trading:{told}"], Violations([("Exchange", "binance"), ("ExchangeTestNetwork", "true"),
            ("Feed", "simulated"), .. Given("ExchangeUrl", url), .. Given("ExchangeSecret", secret)]));

    [Fact]
    public void real_trading_on_a_test_network_is_not_called_real()
    {
        (string, string)[] real = [("Exchange", "coinbase"), ("EnableRealTrading", "true"), ("Journal", "postgres"),
            ("JournalConnection", "Host=db")];
        Assert.Empty(Violations(real));
        Assert.Equal(["Trading:ExchangeTestNetwork must be true where Trading:ExchangeUrl is the test network of coinbase, was false"],
            Violations([.. real, ("ExchangeUrl", "https://API-sandbox.coinbase.com")]));
        Assert.Equal("trading/coinbase", Read(real).ExchangeSecretName());
        Assert.Equal("trading/coinbase-test",
            Read(("Exchange", "coinbase"), ("ExchangeTestNetwork", "true"), ("Feed", "simulated")).ExchangeSecretName());
    }

    [Theory]
    [InlineData("https://db.example.com", null, true)]
    [InlineData("http://localhost:4566", null, true)]
    [InlineData("http://[::1]:4566", null, true)]
    [InlineData("http://aws:4566", null, false)]
    [InlineData("http://aws:4566", "dynamodb,AWS", true)]
    [InlineData("http://aws.example.com:4566", "aws", false)]
    [InlineData("ftp://localhost", "localhost", false)]
    [InlineData("aws", "aws", false)]
    public void every_address_is_https_or_this_machine_or_a_host_that_is_named(string address, string? plain, bool allowed)
    {
        var others = Given("PlainHttpHosts", plain);
        foreach (var name in new[] { "AwsServiceUrl", "OtlpEndpoint", "S3Url", "DynamoDbUrl", "TimestreamUrl", "SecretsServiceUrl",
            "AnchorServiceUrl", "BedrockServiceUrl", "SageMakerServiceUrl", "TelegramUrl", "HttpModelUrl" })
            Assert.Equal(allowed, Violations([.. others, (name, address)]).Count == 0);
        Assert.Equal(allowed, Violations([.. others, ("SourceAddresses", $"binance={address}")])
            .Count == 0);
        Assert.Equal(allowed, Violations([.. others, ("DashboardServices", $"executor={address}")])
            .Count == 0);
    }

    [Fact]
    public void on_an_exchange_an_account_begins_with_what_is_there_unless_a_figure_is_given()
    {
        (string, string)[] exchange = [("Exchange", "binance"), ("ExchangeTestNetwork", "true"), ("Feed", "simulated")];
        Assert.True(Read(exchange).OpensFromExchange());
        Assert.Contains("Trading:StartingCashUsd = exchange", SettingsReader.Lines(Read(exchange)));
        Assert.Equal(500, Read([.. exchange, ("StartingCashUsd", "500")]).StartingCashUsd);
        Assert.True(Read([.. exchange, ("StartingCashUsd", "exchange")]).OpensFromExchange());
        Assert.Single(Violations(("StartingCashUsd", "exchange")));
    }

    [Fact]
    public void the_document_lists_every_setting_once_with_its_local_default()
    {
        // One table for each area; other tables have another third column.
        var meaning = false;
        var document = File.ReadLines(Path.Combine(Root(), "docs", "settings.md"))
            .Where(line =>
                (meaning = line.StartsWith('|') && (meaning || line == "| key | `local` | meaning |")) && line[2] is >= 'A' and <= 'Z')
            .Select(line => line.Split('|', StringSplitOptions.TrimEntries)).Select(cells => (Name: cells[1], Default: cells[2]))
            .OrderBy(setting => setting.Name, StringComparer.Ordinal).ToList();
        Assert.Equal(SettingsReader.Names.Order(StringComparer.Ordinal), document.Select(setting => setting.Name));
        var local = TradingSettings.ForProfile(TradingSettings.DefaultProfile)!;
        Assert.Equal(Sorted(local), document.Select(setting => $"Trading:{setting.Name} = "
            + $"{Default().Match(setting.Default).Groups["alone"].Value.Replace(", ", ",", StringComparison.Ordinal)}"));
        Assert.Equal(Sorted(AllInOneProgram.Program.Defaults(local)), document.Select(setting =>
        {
            var match = Default().Match(setting.Default);
            var value = match.Groups[match.Groups["together"].Success ? "together" : "alone"].Value;
            return $"Trading:{setting.Name} = {value.Replace(", ", ",", StringComparison.Ordinal)}";
        }));
    }

    private static (string, string)[] Given(string key, string? value) => value is null ? [] : [(key, value)];

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
