using System.Collections.Concurrent;
using System.Text.Json;
using Trading.Contracts;
using Trading.Hosting.Stores;

namespace Trading.Services.Feeds;

/// <summary>CoinGecko's mean price over many exchanges. It is updated about once a minute and has the time of the update.</summary>
internal sealed class CoinGeckoFeed(SourceQuestion question, string? apiKey, CoinGeckoIds ids) : IPriceFeed
{
    public const string Name = "coingecko";
    public const string PublicAddress = "https://api.coingecko.com";

    // A coin that is not listed is looked for again after it.
    private static readonly TimeSpan MissingFor = TimeSpan.FromHours(1);

    private readonly ConcurrentDictionary<string, long> _missing = new();

    public string Source => Name;

    public async Task<Quote> QuoteAsync(string symbol, CancellationToken cancellation, Action<HttpAnswer>? heard = null)
    {
        var asked = SourceSymbol.Of(symbol);
        if (asked.Quote is not ("USD" or "EUR"))
            throw new PriceFeedException(SourceFault.Symbol, $"does not quote in {asked.Quote}");
        (string, string)? key = string.IsNullOrEmpty(apiKey) ? null : ("x-cg-demo-api-key", apiKey);
        if (asked.CoinGeckoId is null)
            asked = asked with { CoinGeckoId = await ids.OfAsync(asked.Base, () => LookUpAsync(asked.Base, key, cancellation)) };
        var path = $"/api/v3/simple/price?ids={Uri.EscapeDataString(asked.CoinGeckoId)}&vs_currencies={Currency(asked)}"
            + "&include_market_cap=true&include_24hr_vol=true&include_24hr_change=true&include_last_updated_at=true";
        return await question.AskAsync(path, (body, arrivedAt) => Parse(body, asked, arrivedAt), heard, cancellation, key);
    }

    /// <summary>Reads an answer of /api/v3/simple/price. Everything but the price may be missing.</summary>
    public static Quote Parse(ReadOnlyMemory<byte> body, SourceSymbol asked, DateTimeOffset arrivedAt) => Answer.Read(body, root =>
    {
        var coin = root.Member(asked.CoinGeckoId!);
        var currency = Currency(asked);
        return new Quote(
            Name,
            asked.Quote,
            coin.Member(currency).Price(currency),
            coin.TryGetProperty($"{currency}_24h_vol", out var volume) ? volume.Amount($"{currency}_24h_vol") : null,
            // CoinGecko writes 0 for an unknown capitalisation.
            coin.TryGetProperty($"{currency}_market_cap", out var cap) && cap.Amount($"{currency}_market_cap") is > 0 and var known
                ? known : null,
            coin.TryGetProperty($"{currency}_24h_change", out var change) ? change.ChangePercent($"{currency}_24h_change") : null,
            coin.TryGetProperty("last_updated_at", out var updatedAt) ? updatedAt.UnixSeconds("last_updated_at") : arrivedAt);
    });

    /// <summary>
    /// Reads an answer of /api/v3/search: the id of the coin of a symbol. Many coins share one; the one of the largest capitalisation is
    /// meant.
    /// </summary>
    public static string ParseId(ReadOnlyMemory<byte> body, string symbol) => Answer.Read(body, root =>
    {
        var coins = root.Member("coins");
        if (coins.ValueKind != JsonValueKind.Array)
            throw Answer.Unreadable("coins must be a list");
        var best = coins.EnumerateArray()
            .Where(coin => coin.TryGetProperty("symbol", out var name) && name.ValueKind == JsonValueKind.String
                && string.Equals(name.GetString(), symbol, StringComparison.OrdinalIgnoreCase)
                && coin.TryGetProperty("id", out var id) && id.ValueKind == JsonValueKind.String && IsId(id.GetString()!))
            .OrderBy(coin => coin.TryGetProperty("market_cap_rank", out var rank)
                && rank.ValueKind == JsonValueKind.Number && rank.TryGetInt32(out var place) ? place : int.MaxValue)
            .FirstOrDefault();
        return best.ValueKind == JsonValueKind.Object
            ? best.GetProperty("id").GetString()! : throw new PriceFeedException(SourceFault.Symbol, $"does not list {symbol}");
    });

    private async Task<string> LookUpAsync(string symbol, (string, string)? key, CancellationToken cancellation)
    {
        if (_missing.TryGetValue(symbol, out var asked) && question.Time.GetElapsedTime(asked) < MissingFor)
            throw new PriceFeedException(SourceFault.Symbol, $"does not list {symbol}");
        try
        {
            return await question.AskAsync(
                $"/api/v3/search?query={symbol}", (body, _) => ParseId(body, symbol), null, cancellation, key);
        }
        catch (PriceFeedException unlisted) when (unlisted.Fault == SourceFault.Symbol)
        {
            _missing[symbol] = question.Time.GetTimestamp();
            throw;
        }
    }

    private static bool IsId(string id) => id.Length > 0 && !id.Any(letter => char.IsWhiteSpace(letter) || char.IsControl(letter));

    private static string Currency(SourceSymbol asked) => asked.Quote.ToLowerInvariant();
}

/// <summary>Makes CoinGecko's prices.</summary>
internal sealed class CoinGeckoMaker : ISourceMaker
{
    public string Name => CoinGeckoFeed.Name;

    public string PublicAddress => CoinGeckoFeed.PublicAddress;

    public IPriceFeed Feed(SourceQuestion question, SourceExtras extras) => new CoinGeckoFeed(question, extras.CoinGeckoApiKey,
        new(extras.DataFolder is { } folder ? Path.Combine(folder, CoinGeckoIds.FileName) : null, question.Time));
}
