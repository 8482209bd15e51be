using System.Text.Json;
using Trading.Contracts;
using Trading.Hosting.Stores;

namespace Trading.Services.Feeds;

/// <summary>
/// The last trade on Coinbase. This public answer contains the time of the price, so an inactive market is seen as stale; it has no volume
/// and no change.
/// </summary>
internal sealed class CoinbaseFeed(SourceQuestion question) : IPriceFeed
{
    public const string Name = "coinbase";
    public const string PublicAddress = "https://api.coinbase.com";

    public string Source => Name;

    public async Task<Quote> QuoteAsync(string symbol, CancellationToken cancellation, Action<HttpAnswer>? heard = null)
    {
        var asked = SourceSymbol.Of(symbol);
        return await question.AskAsync(
            $"/api/v3/brokerage/market/products/{Product(asked)}/ticker?limit=1",
            (body, arrivedAt) => Parse(body, asked), heard, cancellation);
    }

    /// <summary>Reads an answer of /api/v3/brokerage/market/products/{id}/ticker: the price is that of its newest trade.</summary>
    public static Quote Parse(ReadOnlyMemory<byte> body, SourceSymbol asked) => Answer.Read(body, root =>
    {
        var trades = root.Member("trades");
        if (trades.ValueKind != JsonValueKind.Array || trades.GetArrayLength() == 0)
            throw Answer.Unreadable("there is no trade in it");
        var trade = trades.EnumerateArray().MaxBy(one => one.Member("time").Instant("time"));
        trade.Member("product_id").MustBe("product_id", Product(asked));
        return new Quote(
            Name, asked.Quote, trade.Member("price").Price("price"),
            Volume24hUsd: null, MarketCapUsd: null, Change24hPercent: null, trade.Member("time").Instant("time"));
    });

    private static string Product(SourceSymbol asked) => $"{asked.Base}-{asked.Quote}";
}

/// <summary>Makes Coinbase's prices and candles.</summary>
internal sealed class CoinbaseMaker : ISourceMaker
{
    public string Name => CoinbaseFeed.Name;

    public string PublicAddress => CoinbaseFeed.PublicAddress;

    public IPriceFeed Feed(SourceQuestion question, SourceExtras extras) => new CoinbaseFeed(question);

    public IExchangeCandles Candles(SourceQuestion question) => new CoinbaseCandles(question);
}
