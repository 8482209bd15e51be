using System.Net;
using Trading.Hosting.Settings;

namespace Trading.Services.Feeds;

/// <summary>The live sources.</summary>
public static class LiveFeeds
{
    /// <summary>The names of the sources.</summary>
    public static IReadOnlyList<string> Sources => TradingSettings.KnownSources;

    /// <summary>Makes one source.</summary>
    /// <param name="source">One of <see cref="Sources"/>.</param>
    /// <param name="http">The client that all sources share, from <see cref="NewHttpClient"/>.</param>
    /// <param name="rules">Time-outs, retries and limits.</param>
    /// <param name="time">The clock.</param>
    /// <param name="address">Its address; the public one when null.</param>
    /// <param name="coinGeckoApiKey">Sent only to CoinGecko, which allows more queries with a key. A secret.</param>
    /// <param name="dataFolder">Where a source may keep what it looked up; null for nowhere.</param>
    /// <exception cref="ArgumentException">There is no such source, or the key is malformed.</exception>
    public static IPriceFeed Create(string source, HttpClient http, LiveFeedRules rules, TimeProvider time, Uri? address = null,
        string? coinGeckoApiKey = null, string? dataFolder = null)
    {
        if (coinGeckoApiKey is not null && !coinGeckoApiKey.All(c => c is > ' ' and < '\x7f'))
            throw new ArgumentException("the key for CoinGecko must be letters, digits and signs without spaces");
        if (!Sources.Contains(source))
            throw new ArgumentException($"Trading:Sources must be among {string.Join(", ", Sources)}, was {source}");
        var maker = Named.Find<ISourceMaker>(source);
        return maker.Feed(new(http, address ?? new Uri(maker.PublicAddress), rules, time), new(coinGeckoApiKey, dataFolder));
    }

    /// <summary>The sources of past prices among the named ones, in the order in which they are queried.</summary>
    /// <param name="sources">Names of live sources.</param>
    /// <param name="http">The client that all sources share, from <see cref="NewHttpClient"/>.</param>
    /// <param name="rules">Time-outs, retries and limits.</param>
    /// <param name="time">The clock.</param>
    /// <param name="address">Address of a source; the public one when null.</param>
    public static IReadOnlyList<IExchangeCandles> Candles(IReadOnlyList<string> sources, HttpClient http, LiveFeedRules rules,
        TimeProvider time, Func<string, Uri?> address)
    {
        var candles = new List<IExchangeCandles>();
        foreach (var maker in Sources.Where(sources.Contains).Select(Named.Find<ISourceMaker>))
        {
            if (maker.Candles(new(http, address(maker.Name) ?? new(maker.PublicAddress), rules, time)) is { } source)
                candles.Add(source);
        }
        return candles;
    }

    /// <summary>Exchanges whose candles can be downloaded.</summary>
    public static IReadOnlyList<string> Exchanges { get; } = [BinanceFeed.Name, CoinbaseFeed.Name, KrakenFeed.Name];

    /// <summary>The candles of an exchange.</summary>
    /// <param name="exchange">One of <see cref="Exchanges"/>.</param>
    /// <param name="http">The client, from <see cref="NewHttpClient"/>.</param>
    /// <param name="rules">Time-outs, retries and limits.</param>
    /// <param name="time">The clock.</param>
    /// <param name="address">Its address; the public one when null.</param>
    public static IExchangeCandles CandlesOf(string exchange, HttpClient http, LiveFeedRules rules, TimeProvider time, Uri? address)
    {
        var maker = Named.Find<ISourceMaker>(exchange);
        var question = new SourceQuestion(http, address ?? new(maker.PublicAddress), rules, time);
        // Live, Kraken is not asked for the past: its list is short.
        return maker.Candles(question) ?? (exchange == KrakenFeed.Name ? new KrakenCandles(question)
            : throw new ArgumentException($"{exchange} has no candles to download", nameof(exchange)));
    }

    /// <summary>
    /// A client for live sources: no cookies, no redirects, no time-out of its own; connections are renewed, so that they follow DNS.
    /// </summary>
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
