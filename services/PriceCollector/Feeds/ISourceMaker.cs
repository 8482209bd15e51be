using Trading.Hosting.Settings;

namespace Trading.Services.Feeds;

/// <summary>
/// Makes a live source of prices. A new source is one new file here, with its maker, and one line in
/// <see cref="TradingSettings.KnownSources"/>.
/// </summary>
internal interface ISourceMaker : INamed
{
    /// <summary>Where the source is.</summary>
    string PublicAddress { get; }

    /// <summary>Makes the source of current prices.</summary>
    /// <param name="question">Queries the source.</param>
    /// <param name="coinGeckoApiKey">The key for CoinGecko; only CoinGecko uses it.</param>
    IPriceFeed Feed(SourceQuestion question, string? coinGeckoApiKey);

    /// <summary>Makes the source of past prices; null when it has none.</summary>
    IExchangeCandles? Candles(SourceQuestion question) => null;
}
