using System.Text.Json;
using Trading.TestKit.Exchanges;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Programs;
using Xunit;

namespace Trading.Integration.Tests.Exchanges;

/// <summary>trading doctor on a simulated exchange: its clock, the key and what that may do.</summary>
public sealed class DoctorTests : SerialTest
{
    [Fact]
    public async Task the_exchange_its_clock_and_the_rights_of_the_key_are_checked()
    {
        await using var binance = new BinanceSimulator(
            new Venue(new("BTC", "USDT"), TimeProvider.System), Faults.None, TimeProvider.System, "key", "secret"u8.ToArray());
        await binance.StartAsync();
        var good = await FindAsync("binance", binance.Address);
        Assert.All(new[] { "exchange binance", "clock", "key: trade", "key: withdraw", "key: address" }, what => Assert.True(good[what]));

        (binance.KeyTrades, binance.KeyWithdraws, binance.KeyIsBound) = (false, true, false);
        var bad = await FindAsync("binance", binance.Address);
        Assert.All(new[] { "key: trade", "key: withdraw", "key: address" }, what => Assert.False(bad[what]));
        Assert.True(bad["exchange binance"]);
    }

    [Fact]
    public async Task an_exchange_that_does_not_answer_and_a_key_that_is_missing_are_findings()
    {
        Assert.False((await FindAsync("binance", new("http://127.0.0.1:1")))["exchange binance"]);
        await using var binance = new BinanceSimulator(
            new Venue(new("BTC", "USDT"), TimeProvider.System), Faults.None, TimeProvider.System, "key", "secret"u8.ToArray());
        await binance.StartAsync();
        Assert.False((await FindAsync("coinbase", binance.Address, key: false)).GetValueOrDefault("exchange coinbase"));
        Assert.False((await FindAsync("binance", binance.Address, key: false))["key"]);
    }

    [Fact]
    public async Task on_the_test_network_the_key_is_used_and_its_rights_are_not_told()
    {
        await using var binance = new BinanceSimulator(
            new Venue(new("BTC", "USDT"), TimeProvider.System), Faults.None, TimeProvider.System, "key", "secret"u8.ToArray());
        await binance.StartAsync();
        var found = await FindAsync("binance", binance.Address, network: true);
        Assert.True(found["key"] && found["key: rights"]);
        Assert.DoesNotContain(binance.Requests, request => request.Path.StartsWith("/sapi", StringComparison.Ordinal));
        binance.RefuseAll(403);
        Assert.False((await FindAsync("binance", binance.Address, network: true)).GetValueOrDefault("key"));
    }

    private async Task<Dictionary<string, bool>> FindAsync(string exchange, Uri address, bool key = true, bool network = false)
    {
        var secrets = Path.Combine(Folder, "secrets.json");
        var name = $"trading/{exchange}{(network ? "-test" : "")}";
        await File.WriteAllTextAsync(secrets, key ? $$"""{ "{{name}}": { "apiKey": "key", "apiSecret": "secret" } }""" : "{}");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(secrets, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var (_, output, errors) = await CliProgram.RunHereAsync("doctor", "--json", "--set", $"Exchange={exchange}",
            "--set", $"ExchangeUrl={address}", "--set", $"EnableRealTrading={!network}", "--set",
            $"ExchangeTestNetwork={network}", "--set", "Journal=postgres",
            "--set", "JournalConnection=Host=127.0.0.1;Port=1", "--set", "Secrets=file", "--set", $"SecretsFile={secrets}",
            "--set", "Sources=binance,kraken", "--set", "SourceAddresses=binance=http://127.0.0.1:1,kraken=http://127.0.0.1:1",
            "--set", "SourceTimeoutSeconds=1", "--set", "HttpPort=0");
        Assert.Equal("", errors);
        return JsonDocument.Parse(output).RootElement.EnumerateArray()
            .ToDictionary(finding => finding.GetProperty("what").GetString()!, finding => finding.GetProperty("ok").GetBoolean());
    }
}
