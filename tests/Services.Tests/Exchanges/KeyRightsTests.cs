using System.Text.Json.Nodes;
using Trading.Services.Exchanges;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Services.Tests.Exchanges;

/// <summary>What Binance says that a key may do: the answer as its documents have it (wallet API, Get API Key Permission).</summary>
public sealed class KeyRightsTests
{
    private const string Documented = """
        {
          "ipRestrict": false,
          "createTime": 1698645219000,
          "enableReading": true,
          "enableWithdrawals": false,
          "enableInternalTransfer": false,
          "enableMargin": false,
          "enableFutures": false,
          "permitsUniversalTransfer": false,
          "enableVanillaOptions": false,
          "enableFixApiTrade": false,
          "enableFixReadOnly": true,
          "enableSpotAndMarginTrading": true,
          "enablePortfolioMarginTrading": false
        }
        """;

    [Theory]
    [InlineData(null, null, false, false)]
    [InlineData("ipRestrict", null, false, true)]
    [InlineData("enableWithdrawals", null, true, false)]
    [InlineData("enableInternalTransfer", null, true, false)]
    [InlineData("permitsUniversalTransfer", null, true, false)]
    [InlineData("enableSpotAndMarginTrading", "it needs Enable Spot & Margin Trading in API Management", false, false)]
    [InlineData("enableReading", "it needs Enable Reading in API Management", false, false)]
    public async Task each_right_of_the_documented_answer_is_read(string? turned, string? lacks, bool moves, bool bound)
    {
        var answer = JsonNode.Parse(Documented)!;
        if (turned is not null)
            answer[turned] = !(bool)answer[turned]!;
        var (told, path) = await AskAsync(200, $"{answer}", test: false);
        Assert.Equal(new KeyRights(lacks, moves, bound), told.Value);
        Assert.StartsWith("/sapi/v1/account/apiRestrictions?recvWindow=", path, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ipRestrict")]
    [InlineData("enableReading")]
    [InlineData("enableWithdrawals")]
    [InlineData("enableSpotAndMarginTrading")]
    public async Task an_answer_that_lacks_a_right_says_nothing(string missing)
    {
        var answer = JsonNode.Parse(Documented)!.AsObject();
        answer.Remove(missing);
        var (told, _) = await AskAsync(200, $"{answer}", test: false);
        Assert.Equal((AnswerKind.Unknown, $"an answer that cannot be read: {missing} is missing"), (told.Kind, told.Reason));
    }

    [Fact]
    public async Task the_test_network_is_not_asked_and_that_is_said()
    {
        var (told, path) = await AskAsync(200, Documented, test: true);
        Assert.Equal((AnswerKind.Refused, ExchangeRefusal.NotSupported, "binance's test network does not tell what a key may do"),
            (told.Kind, told.Refusal, told.Reason));
        Assert.Null(path);
    }

    private static async Task<(ExchangeAnswer<KeyRights> Told, string? Path)> AskAsync(int status, string body, bool test)
    {
        await using var server = await LocalServer.StartAsync(
            LocalServer.Answer(200, """{"serverTime":1499827319559}"""), LocalServer.Answer(status, body));
        using var exchange = new BinanceSpot(_ => Task.FromResult(new BinanceKey("key", "secret")),
            PatientOptions.At(server.Address, "USDT", test), TimeProvider.System);
        var told = await exchange.KeyRightsAsync(default);
        return (told, server.Seen.Select(request => request.Path).LastOrDefault());
    }
}
