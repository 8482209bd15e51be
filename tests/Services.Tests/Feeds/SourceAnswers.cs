using System.Text;
using Trading.Contracts;
using Trading.Services.Feeds;
using Trading.TestKit.Data;
using Xunit;

namespace Trading.Services.Tests.Feeds;

/// <summary>An answer of each source, and how it is read.</summary>
internal static class SourceAnswers
{
    internal const string CoinGecko =
        """{"bitcoin":{"usd":60000.5,"usd_market_cap":1200000000000.5,"usd_24h_vol":30000000000.25,"usd_24h_change":"""
            + """-2.5,"last_updated_at":1704067200}}""";

    internal const string Binance =
        """{"symbol":"BTCUSDT","priceChangePercent":"-2.5","lastPrice":"60000.5","""
        + """
        "volume":"500000","quoteVolume":"30000000000.25","closeTime":1704067200000}
        """;

    internal const string Coinbase =
        """{"trades":[{"trade_id":"1","product_id":"BTC-USD","price":"60000.5","size":"0.1","time":"2024-01-01T00:00:"""
            + """00.5Z","side":"BUY"}],"best_bid":"60000","best_ask":"60001"}""";

    internal const string Kraken =
        """{"error":[],"result":{"XXBTZUSD":{"a":["60001","1","1.0"],"b":["60000","1","1.0"],"c":["60000.5","0.01"],"v":"""
            + """["100","200.5"],"p":["59000","59500"],"o":"59999"}}}""";

    internal static readonly DateTimeOffset Arrival = new(2024, 1, 1, 0, 0, 5, TimeSpan.Zero);

    internal static string Refusal(string source, string body) => Assert.Throws<PriceFeedException>(() => Read(source, body)).Message;

    internal static Quote ReadFile(string source, string file, string symbol = "BTC-USD") =>
        Read(source, File.ReadAllBytes(SharedData.Path($"api-fixtures/{file}")), symbol);

    internal static Quote Read(string source, string body) => Read(source, Encoding.UTF8.GetBytes(body));

    internal static Quote Read(string source, byte[] body, string symbol = "BTC-USD")
    {
        var asked = SourceSymbol.Of(symbol);
        return source switch
        {
            "coingecko" => CoinGeckoFeed.Parse(body, asked, Arrival),
            "binance" => BinanceFeed.Parse(body, asked),
            "coinbase" => CoinbaseFeed.Parse(body, asked),
            _ => KrakenFeed.Parse(body, asked, Arrival),
        };
    }
}
