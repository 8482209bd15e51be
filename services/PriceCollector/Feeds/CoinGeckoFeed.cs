using Trading.Contracts;
using Trading.Hosting;

namespace Trading.Services.Feeds;

/// <summary>CoinGecko's mean price over many exchanges. It is refreshed about once a minute, and carries the time of that.</summary>
internal sealed class CoinGeckoFeed(SourceQuestion question, string? apiKey) : IPriceFeed
{
    public const string Name = "coingecko";
    public const string PublicAddress = "https://api.coingecko.com";

    public string Source => Name;

    public async Task<Quote> QuoteAsync(string symbol, CancellationToken cancellation, Action<HttpAnswer>? heard = null)
    {
        var asked = SourceSymbol.Of(symbol);
        if (asked.Quote is not ("USD" or "EUR"))
            throw new PriceFeedException(SourceFault.Symbol, $"does not quote in {asked.Quote}");
        var path = $"/api/v3/simple/price?ids={asked.CoinGeckoId}&vs_currencies={Currency(asked)}"
            + "&include_market_cap=true&include_24hr_vol=true&include_24hr_change=true&include_last_updated_at=true";
        (string, string)? key = string.IsNullOrEmpty(apiKey) ? null : ("x-cg-demo-api-key", apiKey);
        return await question.AskAsync(path, (body, arrivedAt) => Parse(body, asked, arrivedAt), heard, cancellation, key);
    }

    /// <summary>Reads an answer of /api/v3/simple/price. Everything but the price may be missing.</summary>
    public static Quote Parse(ReadOnlyMemory<byte> body, SourceSymbol asked, DateTimeOffset arrivedAt) => Answer.Read(body, root =>
    {
        var coin = root.Member(asked.CoinGeckoId);
        var currency = Currency(asked);
        return new Quote(
            Name,
            asked.Quote,
            coin.Member(currency).Price(currency),
            coin.TryGetProperty($"{currency}_24h_vol", out var volume) ? volume.Amount($"{currency}_24h_vol") : null,
            // CoinGecko writes 0 for a capitalisation that it does not know.
            coin.TryGetProperty($"{currency}_market_cap", out var cap) && cap.Amount($"{currency}_market_cap") is > 0 and var known ? known : null,
            coin.TryGetProperty($"{currency}_24h_change", out var change) ? change.ChangePercent($"{currency}_24h_change") : null,
            coin.TryGetProperty("last_updated_at", out var updatedAt) ? updatedAt.UnixSeconds("last_updated_at") : arrivedAt);
    });

    private static string Currency(SourceSymbol asked) => asked.Quote.ToLowerInvariant();
}
