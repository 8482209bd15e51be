using System.Net;

namespace Trading.Services.Feeds;

/// <summary>How live sources are asked.</summary>
public sealed record LiveFeedRules
{
    /// <summary>Most time for one question, retries included.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Most time for one try.</summary>
    public TimeSpan TryTimeout { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>How often a question is repeated after a failure that may pass.</summary>
    public int Retries { get; init; } = 2;

    /// <summary>Mean wait before the first repetition; it doubles with each, and varies by chance.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>A source is left alone for a while when at least half of its tries within <see cref="BreakerWindow"/> failed, and they were at least this many.</summary>
    public int BreakerTries { get; init; } = 6;

    /// <summary>The period in which tries are counted.</summary>
    public TimeSpan BreakerWindow { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long a failing source is left alone.</summary>
    public TimeSpan BreakDuration { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Longest request of a source to be left alone that is obeyed.</summary>
    public TimeSpan LongestRetryAfter { get; init; } = TimeSpan.FromHours(1);

    /// <summary>A longer answer is not read.</summary>
    public int MaxAnswerBytes { get; init; } = 256 * 1024;
}

/// <summary>The live sources.</summary>
public static class LiveFeeds
{
    /// <summary>The names of the sources.</summary>
    public static IReadOnlyList<string> Sources { get; } = [CoinGeckoFeed.Name, BinanceFeed.Name, CoinbaseFeed.Name, KrakenFeed.Name];

    /// <summary>Makes one source.</summary>
    /// <param name="source">One of <see cref="Sources"/>.</param>
    /// <param name="http">The client that all sources share, from <see cref="NewHttpClient"/>.</param>
    /// <param name="rules">How it is asked.</param>
    /// <param name="time">The clock.</param>
    /// <param name="address">Where it is; its public address when null.</param>
    /// <param name="coinGeckoApiKey">Sent to CoinGecko alone; it answers more often to those who have one. A secret.</param>
    /// <exception cref="ArgumentException">There is no such source, or the key cannot be one.</exception>
    public static IPriceFeed Create(
        string source, HttpClient http, LiveFeedRules rules, TimeProvider time, Uri? address = null, string? coinGeckoApiKey = null)
    {
        if (coinGeckoApiKey is not null && !coinGeckoApiKey.All(c => c is > ' ' and < '\x7f'))
            throw new ArgumentException("the key for CoinGecko must be letters, digits and signs without spaces");
        return source switch
        {
            CoinGeckoFeed.Name => new CoinGeckoFeed(Question(CoinGeckoFeed.PublicAddress), coinGeckoApiKey),
            BinanceFeed.Name => new BinanceFeed(Question(BinanceFeed.PublicAddress)),
            CoinbaseFeed.Name => new CoinbaseFeed(Question(CoinbaseFeed.PublicAddress)),
            KrakenFeed.Name => new KrakenFeed(Question(KrakenFeed.PublicAddress)),
            _ => throw new ArgumentException($"Trading:Sources must be among {string.Join(", ", Sources)}, was {source}"),
        };

        SourceQuestion Question(string publicAddress) => new(http, address ?? new Uri(publicAddress), rules, time);
    }

    /// <summary>The sources of past prices among those that the settings name, in the order in which they are asked.</summary>
    /// <param name="sources">Names of live sources.</param>
    /// <param name="http">The client that all sources share, from <see cref="NewHttpClient"/>.</param>
    /// <param name="rules">How they are asked.</param>
    /// <param name="time">The clock.</param>
    /// <param name="address">Where a source is; its public address when null.</param>
    public static IReadOnlyList<IExchangeCandles> Candles(IReadOnlyList<string> sources, HttpClient http, LiveFeedRules rules, TimeProvider time, Func<string, Uri?> address)
    {
        var candles = new List<IExchangeCandles>();
        if (sources.Contains(BinanceFeed.Name))
            candles.Add(new BinanceCandles(new(http, address(BinanceFeed.Name) ?? new(BinanceFeed.PublicAddress), rules, time)));
        if (sources.Contains(CoinbaseFeed.Name))
            candles.Add(new CoinbaseCandles(new(http, address(CoinbaseFeed.Name) ?? new(CoinbaseFeed.PublicAddress), rules, time)));
        return candles;
    }

    /// <summary>A client for questions to live sources: no cookies, no redirects, no time-out of its own, connections that notice a changed address.</summary>
    public static HttpClient NewHttpClient()
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.GZip | DecompressionMethods.Deflate,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            MaxResponseHeadersLength = 32,
        };
        var client = new HttpClient(handler) { Timeout = System.Threading.Timeout.InfiniteTimeSpan };
        client.DefaultRequestHeaders.UserAgent.ParseAdd("trading-price-collector");
        client.DefaultRequestHeaders.Accept.ParseAdd("application/json");
        return client;
    }
}
