using Trading.Contracts;
using Trading.Hosting.Stores;

namespace Trading.Services.Feeds;

/// <summary>
/// The last trade on Binance. It has no market in dollars, so a symbol in USD is quoted in USDT, and the quote says so.
/// The public data host also answers in countries that the trading host refuses with 451.
/// </summary>
internal sealed class BinanceFeed(SourceQuestion question) : IPriceFeed
{
    public const string Name = "binance";
    public const string PublicAddress = "https://data-api.binance.vision";

    public string Source => Name;

    public async Task<Quote> QuoteAsync(string symbol, CancellationToken cancellation, Action<HttpAnswer>? heard = null)
    {
        var asked = SourceSymbol.Of(symbol);
        return await question.AskAsync($"/api/v3/ticker/24hr?symbol={Pair(asked)}",
            (body, arrivedAt) => Parse(body, asked), heard, cancellation);
    }

    /// <summary>Reads an answer of /api/v3/ticker/24hr.</summary>
    public static Quote Parse(ReadOnlyMemory<byte> body, SourceSymbol asked) => Answer.Read(body, root =>
    {
        root.Member("symbol").MustBe("symbol", Pair(asked));
        return new Quote(
            Name,
            Currency(asked),
            root.Member("lastPrice").Price("lastPrice"),
            root.Member("quoteVolume").Amount("quoteVolume"),
            MarketCapUsd: null,
            root.Member("priceChangePercent").ChangePercent("priceChangePercent"),
            root.Member("closeTime").UnixMilliseconds("closeTime"));
    });

    internal static string Currency(SourceSymbol asked) => asked.Quote == "USD" ? "USDT" : asked.Quote;

    private static string Pair(SourceSymbol asked) => asked.Base + Currency(asked);
}

/// <summary>Makes Binance's prices and candles.</summary>
internal sealed class BinanceMaker : ISourceMaker
{
    public string Name => BinanceFeed.Name;

    public string PublicAddress => BinanceFeed.PublicAddress;

    public IPriceFeed Feed(SourceQuestion question, SourceExtras extras) => new BinanceFeed(question);

    public IExchangeCandles Candles(SourceQuestion question) => new BinanceCandles(question);
}
