using Trading.Hosting.Settings;
using Xunit;
using static Trading.Services.Tests.Hosting.SettingsReading;

namespace Trading.Services.Tests.Hosting;

/// <summary>Settings that are refused where money, keys or a connection are at stake.</summary>
public sealed class RealTradingSettingsTests
{
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

    private static (string, string)[] Given(string key, string? value) => value is null ? [] : [(key, value)];
}
